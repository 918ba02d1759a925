//! Azure Resource Manager: subscriptions, registries with their children, role assignments and definitions.

mod access;
pub(super) mod error;
pub(super) mod headers;
pub(super) mod resource;

use axum::http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use self::error::{failure, forbidden, not_found, unauthorized};
use super::tokens;
use super::wire::{Refusal, SimReply, SimRequest, ViewResult};
use super::world::{Registry, TENANT_ID, World};

/// Collections that a registry has in ARM (facts: api-version 2025-11-01), apart from `listUsages`.
const COLLECTIONS: &[&str] = &[
    "cacherules",
    "connectedregistries",
    "credentialsets",
    "privateendpointconnections",
    "privatelinkresources",
    "replications",
    "scopemaps",
    "tokens",
    "webhooks",
];
const PROVIDER: &str = "microsoft.containerregistry";

/// Answers every GET below `/subscriptions` and `/providers`.
pub(super) fn serve(world: &World, request: &SimRequest) -> ViewResult {
    let reply = headers::common(headers::provider(answer(world, request)?, request));
    let id = crate::random::uuid().to_string();
    Ok(reply
        .with("x-ms-ratelimit-remaining-subscription-reads", "249")
        .with("x-ms-ratelimit-remaining-subscription-global-reads", "3749")
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
    if request.method != Method::GET {
        return Err(Refusal("ARM is read-only here".to_owned()));
    }
    if let Some(result) = access::serve(world, request, version) {
        return result;
    }
    request.only_query(&["api-version", "$skiptoken"])?;
    let segments: Vec<&str> = request
        .path
        .split('/')
        .skip(1)
        .filter(|part| !part.is_empty())
        .collect();
    let lower: Vec<String> = segments.iter().map(|part| part.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    match lower.as_slice() {
        ["subscriptions"] => subscriptions(world, request, version),
        ["subscriptions", id, ..] if !world.subscriptions.contains_key(*id) => {
            let text = format!("The subscription '{id}' could not be found.");
            Ok(failure(StatusCode::NOT_FOUND, "SubscriptionNotFound", &text))
        }
        ["subscriptions", id, ..] if !world.subscriptions[*id].readable => {
            let action = "Microsoft.ContainerRegistry/registries/read";
            Ok(forbidden(action, &format!("/subscriptions/{id}")))
        }
        ["subscriptions", id, "providers", PROVIDER, "registries"] => {
            registries(world, request, version, |registry| registry.subscription == *id)
        }
        [
            "subscriptions",
            id,
            "resourcegroups",
            group,
            "providers",
            PROVIDER,
            "registries",
        ] => registries(world, request, version, |registry| {
            registry.subscription == *id && registry.resource_group.eq_ignore_ascii_case(group)
        }),
        [
            "subscriptions",
            id,
            "resourcegroups",
            group,
            "providers",
            PROVIDER,
            "registries",
            name,
            rest @ ..,
        ] => {
            resource::known_version(version)?;
            let found = world.registries.values().find(|registry| {
                registry.subscription == *id
                    && registry.resource_group.eq_ignore_ascii_case(group)
                    && registry.name.eq_ignore_ascii_case(name)
            });
            match (found, rest) {
                (None, _) => Ok(not_found(segments[7])),
                (Some(registry), []) => Ok(SimReply::json(StatusCode::OK, &resource::document(registry, version))),
                (Some(registry), rest) => child(world, request, registry, rest, segments[segments.len() - 1]),
            }
        }
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
    if version != "2022-12-01" {
        return Err(Refusal(format!("subscriptions api-version {version} is not simulated")));
    }
    let readable = world
        .subscriptions
        .iter()
        .filter(|(_, subscription)| subscription.readable);
    let items = readable.map(|(id, subscription)| {
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

fn registries(world: &World, request: &SimRequest, version: &str, keep: impl Fn(&Registry) -> bool) -> ViewResult {
    resource::known_version(version)?;
    let kept = world.registries.values().filter(|registry| keep(registry));
    let items = kept.map(|registry| resource::document(registry, version)).collect();
    Ok(page(world, request, items))
}

fn child(world: &World, request: &SimRequest, registry: &Registry, rest: &[&str], shown: &str) -> ViewResult {
    let items = |collection: &str| {
        let children = registry.children.iter();
        let mut found = children.filter(|(name, _)| name.eq_ignore_ascii_case(collection));
        found.next().map(|(_, items)| items.clone()).unwrap_or_default()
    };
    match rest {
        ["listusages"] => Ok(SimReply::json(StatusCode::OK, &json!({"value": items("listusages")}))),
        [collection] if COLLECTIONS.contains(collection) => Ok(page(world, request, items(collection))),
        [collection, name] if COLLECTIONS.contains(collection) => {
            let named = |item: &Value| {
                item["name"]
                    .as_str()
                    .is_some_and(|given| given.eq_ignore_ascii_case(name))
            };
            Ok(match items(collection).into_iter().find(named) {
                Some(item) => SimReply::json(StatusCode::OK, &item),
                None => not_found(shown),
            })
        }
        _ => Err(Refusal("a registry has no such child here".to_owned())),
    }
}

/// One page of an ARM list; the rest is under `nextLink`, an absolute URL of the host that was asked.
pub(super) fn page<T: Serialize>(world: &World, request: &SimRequest, items: Vec<T>) -> SimReply {
    let start = request
        .query("$skiptoken")
        .and_then(|token| token.strip_prefix("page-"));
    let start: usize = start.and_then(|start| start.parse().ok()).unwrap_or(0);
    let size = world.arm.page_size.max(1);
    let next = (items.len() > start + size).then(|| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(request.query.iter().filter(|(key, _)| key != "$skiptoken"));
        query.append_pair("$skiptoken", &format!("page-{}", start + size));
        let host = request.header("host").unwrap_or(&request.host);
        format!("https://{host}{}?{}", request.path, query.finish())
    });
    let page = Page {
        value: items.iter().skip(start).take(size).collect(),
        next_link: next,
    };
    SimReply::json(StatusCode::OK, &page)
}

#[derive(Serialize)]
struct Page<'a, T> {
    value: Vec<&'a T>,
    #[serde(rename = "nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
}
