//! Azure Resource Manager: subscriptions, registries with what lies under them, access, locks, diagnostics, plans.
//!
//! Every route does the same in the same order: api-version, query, the action that the identity's roles must hold,
//! then the answer.

mod authorization;
mod children;
mod defender;
mod diagnostics;
pub(super) mod error;
pub(super) mod headers;
mod page;
mod registries;
pub(super) mod resource;
mod rights;
mod secrets;

use axum::http::{Method, StatusCode};
use serde_json::json;

use self::error::{failure, unauthorized};
use self::page::page;
use super::tokens;
use super::wire::{Refusal, SimReply, SimRequest, ViewResult};
use super::world::access::permission::subscription;
use super::world::{TENANT_ID, World};

/// Answers every request below `/subscriptions` and `/providers`.
pub(super) fn serve(world: &World, request: &SimRequest) -> ViewResult {
    let reply = headers::common(headers::provider(answer(world, request)?, request));
    let id = crate::random::uuid().to_string();
    let reply = match request.method == Method::GET {
        true => reply
            .with("x-ms-ratelimit-remaining-subscription-reads", "249")
            .with("x-ms-ratelimit-remaining-subscription-global-reads", "3749"),
        // Actions are counted with the writes, whatever they do.
        false => reply.with("x-ms-ratelimit-remaining-subscription-writes", "199"),
    };
    Ok(reply
        .with("x-ms-correlation-request-id", &id)
        .with("x-ms-request-id", &id))
}

fn answer(world: &World, request: &SimRequest) -> ViewResult {
    if let Some(refused) = authenticate(world, request) {
        return Ok(refused);
    }
    let Some(version) = request.query("api-version") else {
        let text = "The api-version query parameter (?api-version=) is required for all requests.";
        return Ok(failure(StatusCode::BAD_REQUEST, "MissingApiVersionParameter", text));
    };
    let path = request.path.trim_end_matches('/').to_ascii_lowercase();
    let asked = subscription(&path);
    if !asked.is_empty() && !world.subscriptions.contains_key(asked) {
        let text = format!("The subscription '{asked}' could not be found.");
        return Ok(failure(StatusCode::NOT_FOUND, "SubscriptionNotFound", &text));
    }
    let (scope, rest) = path.rsplit_once("/providers/").unwrap_or((&path, ""));
    let rest: Vec<&str> = rest.split('/').collect();
    let (namespace, rest) = rest.split_first().map_or(("", &[][..]), |(first, rest)| (*first, rest));
    if request.method != Method::GET && namespace != "microsoft.containerregistry" {
        return Err(Refusal("ARM is read-only here".to_owned()));
    }
    match namespace {
        "microsoft.authorization" => authorization::serve(world, request, version, scope, rest),
        "microsoft.containerregistry" => registries::serve(world, request, version, scope, rest),
        "microsoft.insights" => diagnostics::serve(world, request, version, rest),
        "microsoft.security" => defender::serve(world, request, version, scope, rest),
        "" if scope == "/subscriptions" => subscriptions(world, request, version),
        _ => Err(Refusal("ARM has no such route here".to_owned())),
    }
}

/// Checks the token of a request to ARM or Resource Graph; the refusal, if it is refused.
pub(super) fn authenticate(world: &World, request: &SimRequest) -> Option<SimReply> {
    let Some(token) = request.bearer() else {
        let text = "Authentication failed. The 'Authorization' header is missing.";
        return Some(unauthorized("AuthenticationFailed", text));
    };
    let now = world.clock.now();
    let audiences = ["https://management.azure.com", "https://management.core.windows.net"];
    let checks = audiences.map(|audience| tokens::check(token, audience, now));
    if checks.iter().any(Result::is_ok) {
        return None;
    }
    let text = match checks[0] {
        Err("expired") => "The access token expiry UTC time is earlier than current UTC time.",
        Err("wrong audience") => "The access token has been obtained for wrong audience or resource.",
        _ => "The access token is invalid.",
    };
    Some(unauthorized("InvalidAuthenticationToken", text))
}

fn subscriptions(world: &World, request: &SimRequest, version: &str) -> ViewResult {
    request.only_query(&["api-version", "$skiptoken"])?;
    if version != "2022-12-01" {
        return Err(Refusal(format!("subscriptions api-version {version} is not simulated")));
    }
    // Whoever has a role anywhere in a subscription sees that it is there.
    let all = world.subscriptions.iter();
    let seen = all.filter(|(id, _)| world.holds_anything(&format!("/subscriptions/{id}")));
    let items = seen.map(|(id, subscription)| {
        json!({
            "id": format!("/subscriptions/{id}"),
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "subscriptionId": id,
            "tenantId": TENANT_ID,
            "displayName": subscription.display_name,
            "state": "Enabled",
            "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"},
        })
    });
    Ok(page(world, request, items.collect()))
}
