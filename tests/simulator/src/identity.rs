//! The managed identity endpoint of App Service and Functions, api-version 2019-08-01.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::tokens;
use super::wire::{Refusal, SimReply, SimRequest, ViewResult};
use super::world::World;
use super::world::settings::PRINCIPAL_ID;

/// Answers `GET /msi/token`. `secret` is what `x-identity-header` must carry.
pub(super) fn serve(world: &World, request: &SimRequest, secret: &str) -> ViewResult {
    if request.method != Method::GET || request.path != "/msi/token" {
        return Err(Refusal("the identity endpoint only has GET /msi/token".to_owned()));
    }
    request.only_query(&["api-version", "resource", "client_id", "object_id", "principal_id"])?;
    if request.query("api-version") != Some("2019-08-01") {
        return Err(Refusal("api-version must be 2019-08-01".to_owned()));
    }
    let Some(given) = request.header("x-identity-header") else {
        return Err(Refusal("missing header x-identity-header".to_owned()));
    };
    if given != secret {
        return Ok(failure(StatusCode::UNAUTHORIZED, "Unauthorized"));
    }
    let Some(resource) = request.query("resource").filter(|resource| !resource.is_empty()) else {
        return Ok(failure(StatusCode::BAD_REQUEST, "The parameter resource is missing."));
    };
    let settings = &world.identity;
    let object_id = request.query("object_id").or_else(|| request.query("principal_id"));
    let assigned = match (request.query("client_id"), object_id) {
        (Some(client_id), _) => settings.identity_client_ids.iter().any(|known| known == client_id),
        (None, Some(object_id)) => settings.identity_object_ids.iter().any(|known| known == object_id),
        (None, None) => settings.system_assigned,
    };
    if !assigned {
        return Ok(failure(
            StatusCode::BAD_REQUEST,
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
        ));
    }
    let now = world.clock.now();
    let audience = resource.trim_end_matches('/');
    Ok(SimReply::json(
        StatusCode::OK,
        &json!({
            "access_token": tokens::entra(audience, PRINCIPAL_ID, now, settings.token_seconds),
            "client_id": request.query("client_id"),
            "expires_on": (now.unix_timestamp() + settings.token_seconds).to_string(),
            "resource": resource,
            "token_type": "Bearer",
        }),
    ))
}

fn failure(status: StatusCode, message: &str) -> SimReply {
    SimReply::json(status, &json!({"statusCode": status.as_u16(), "message": message}))
}
