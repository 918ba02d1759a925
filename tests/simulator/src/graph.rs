//! Microsoft Graph: the one call that turns object ids into names.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::tokens;
use super::wire::{Refusal, SimReply, SimRequest, ViewResult};
use super::world::World;

/// Ids of one request at most.
const MOST: usize = 1_000;

/// Answers `POST /v1.0/directoryObjects/getByIds`.
pub(super) fn serve(world: &World, request: &SimRequest) -> ViewResult {
    if request.method != Method::POST || request.path != "/v1.0/directoryObjects/getByIds" {
        return Err(Refusal(
            "Microsoft Graph only has POST /v1.0/directoryObjects/getByIds".to_owned(),
        ));
    }
    request.only_query(&[])?;
    let token = request.bearer().unwrap_or_default();
    if let Err(why) = tokens::check(token, "https://graph.microsoft.com", world.clock.now()) {
        let text = format!("Access token validation failure: {why}.");
        return Ok(failure(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", &text));
    }
    if !world.directory.readable {
        let text = "Insufficient privileges to complete the operation.";
        return Ok(failure(StatusCode::FORBIDDEN, "Authorization_RequestDenied", text));
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if let Some(unknown) = body.as_object().and_then(|body| body.keys().find(|key| *key != "ids")) {
        return Err(Refusal(format!("getByIds with {unknown} is not simulated")));
    }
    let Some(ids) = body["ids"].as_array().filter(|ids| (1..=MOST).contains(&ids.len())) else {
        let text = "Invalid value specified for property 'ids' of resource 'getByIds'.";
        return Ok(failure(StatusCode::BAD_REQUEST, "Request_BadRequest", text));
    };
    let known = |id: &Value| world.directory.objects.get(&id.as_str()?.to_lowercase());
    let found: Vec<&Value> = ids.iter().filter_map(known).collect();
    Ok(SimReply::json(
        StatusCode::OK,
        &json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#directoryObjects", "value": found}),
    ))
}

fn failure(status: StatusCode, code: &str, message: &str) -> SimReply {
    let id = crate::random::uuid().to_string();
    let inner = json!({"date": "2026-11-22T08:00:00", "request-id": id, "client-request-id": id});
    SimReply::json(
        status,
        &json!({"error": {"code": code, "message": message, "innerError": inner}}),
    )
}
