//! What would hand out secrets: a tripwire. An audit that asks for it is itself the leak.

use axum::http::StatusCode;
use serde_json::json;

use super::rights::refused;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::world::{Registry, World};

/// POST actions that nobody may ask for: passwords, tokens' passwords, tasks with their credentials, signed URLs.
const NEVER: &[&str] = &[
    "generatecredentials",
    "listbuildsourceuploadurl",
    "listcredentials",
    "listdetails",
    "listlogsasurl",
    "regeneratecredential",
];

/// Answers a POST below a registry.
pub(super) fn serve(world: &World, request: &SimRequest, registry: &Registry, rest: &[&str]) -> ViewResult {
    let asked = rest.last().copied().unwrap_or("");
    if NEVER.contains(&asked) {
        return Err(Refusal(format!(
            "{asked} hands out secrets and must never be asked for"
        )));
    }
    let ["webhooks", name, "getcallbackconfig"] = rest else {
        return Err(Refusal("ARM is read-only here".to_owned()));
    };
    super::resource::known_version(request.query("api-version").unwrap_or(""))?;
    request.only_query(&["api-version"])?;
    let action = "Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action";
    if let Some(refused) = refused(world, request, action) {
        return Ok(refused);
    }
    let id = format!("{}/webhooks/{name}", registry.id());
    let mut known = world.arm.callbacks.iter();
    Ok(match known.find(|(webhook, _)| webhook.eq_ignore_ascii_case(&id)) {
        Some((_, config)) => SimReply::json(StatusCode::OK, &json!(config)),
        None => super::error::not_found(name),
    })
}
