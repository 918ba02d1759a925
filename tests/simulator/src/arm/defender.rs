//! `Microsoft.Security`: the Defender plan of a subscription, api-version 2024-01-01.

use axum::http::StatusCode;
use serde_json::json;

use super::rights::refused;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::world::World;

/// Answers `{subscription}/providers/Microsoft.Security/pricings/Containers`.
pub(super) fn serve(world: &World, request: &SimRequest, version: &str, scope: &str, rest: &[&str]) -> ViewResult {
    let subscription = scope.strip_prefix("/subscriptions/").filter(|id| !id.contains('/'));
    let (Some(id), "2024-01-01", ["pricings", "containers"]) = (subscription, version, rest) else {
        return Err(Refusal(format!("Microsoft.Security {version} has no such route here")));
    };
    request.only_query(&["api-version"])?;
    if let Some(refused) = refused(world, request, "Microsoft.Security/pricings/read") {
        return Ok(refused);
    }
    // A subscription has every plan; one that nobody bought is free.
    let free = json!({"pricingTier": "Free", "freeTrialRemainingTime": "PT0S"});
    let body = json!({
        "id": format!("/subscriptions/{id}/providers/Microsoft.Security/pricings/Containers"),
        "name": "Containers",
        "type": "Microsoft.Security/pricings",
        "properties": world.arm.defender.get(id).unwrap_or(&free),
    });
    Ok(SimReply::json(StatusCode::OK, &body))
}
