//! Entra: the client credentials flow, with a secret or with a client assertion.

mod discovery;

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::tokens;
use super::wire::{Refusal, SimReply, SimRequest, ViewResult};
use super::world::settings::PRINCIPAL_ID;
use super::world::{TENANT_ID, World};

const DISCOVERY: &str = "v2.0/.well-known/openid-configuration";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Answers `POST /{tenant}/oauth2/v2.0/token`, all that azure_identity 1.0 asks for, and the discovery before it.
pub(super) fn serve(world: &World, request: &SimRequest) -> ViewResult {
    let (tenant, route) = request
        .path
        .strip_prefix('/')
        .and_then(|path| path.split_once('/'))
        .unwrap_or_default();
    let unknown = |error| {
        let text = format!("Tenant '{tenant}' not found.");
        Ok(failure(world, StatusCode::BAD_REQUEST, error, 90_002, &text))
    };
    match (&request.method, route) {
        (&Method::POST, "oauth2/v2.0/token") if tenant != TENANT_ID => unknown("invalid_request"),
        (&Method::POST, "oauth2/v2.0/token") => token(world, request),
        (&Method::GET, DISCOVERY) if tenant != TENANT_ID => unknown("invalid_tenant"),
        (&Method::GET, DISCOVERY) => discovery::configuration(request, tenant),
        _ => Err(Refusal(
            "Entra only has POST /{tenant}/oauth2/v2.0/token and its discovery here".to_owned(),
        )),
    }
}

fn token(world: &World, request: &SimRequest) -> ViewResult {
    // MSAL for JavaScript names its request there; azure_identity does not.
    request.only_query(&["client-request-id"])?;
    let form = request.form();
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    if field("grant_type") != Some("client_credentials") {
        return Err(Refusal(format!(
            "grant_type {:?} is not simulated",
            field("grant_type")
        )));
    }
    let client_id = field("client_id").ok_or_else(|| Refusal("missing form field client_id".to_owned()))?;
    let Some(secret) = world.identity.applications.get(client_id) else {
        let text = format!("Application with identifier '{client_id}' was not found in the directory.");
        return Ok(failure(
            world,
            StatusCode::BAD_REQUEST,
            "unauthorized_client",
            700_016,
            &text,
        ));
    };
    match (field("client_secret"), field("client_assertion")) {
        (Some(given), _) if given == secret && world.identity.expired.contains(client_id) => {
            let text = format!(
                "The provided client secret keys for app '{client_id}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."
            );
            return Ok(failure(
                world,
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                7_000_222,
                &text,
            ));
        }
        (Some(given), _) if given == secret => {}
        (Some(_), _) => {
            let text = format!("Invalid client secret provided for app '{client_id}'.");
            return Ok(failure(
                world,
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                7_000_215,
                &text,
            ));
        }
        (None, Some(_)) if field("client_assertion_type") == Some(ASSERTION_TYPE) => {}
        (None, _) => {
            return Err(Refusal("neither client_secret nor a JWT client_assertion".to_owned()));
        }
    }
    let scope = field("scope").unwrap_or("");
    let Some(audience) = scope.strip_suffix("/.default").filter(|text| !text.contains(' ')) else {
        let text = format!("The provided value for scope {scope} is not valid.");
        return Ok(failure(
            world,
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            1_002_012,
            &text,
        ));
    };
    let audience = audience.trim_end_matches('/');
    let seconds = world.identity.token_seconds;
    Ok(SimReply::json(
        StatusCode::OK,
        &json!({
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": tokens::entra(audience, PRINCIPAL_ID, world.clock.now(), seconds),
        }),
    ))
}

fn failure(world: &World, status: StatusCode, error: &str, code: u32, text: &str) -> SimReply {
    let body = json!({
        "error": error,
        "error_description": format!("AADSTS{code}: {text} Trace ID: 5f1b4c1e-0000-4000-8000-0000000000e1"),
        "error_codes": [code],
        "timestamp": super::clock::timestamp(world.clock.now()),
        "trace_id": "5f1b4c1e-0000-4000-8000-0000000000e1",
        "correlation_id": "5f1b4c1e-0000-4000-8000-0000000000e2",
    });
    SimReply::json(status, &body)
}
