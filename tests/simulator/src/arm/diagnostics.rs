//! `Microsoft.Insights`: the diagnostic settings of a resource, api-version 2021-05-01-preview.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::error::not_found;
use super::rights::refused_all;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::world::World;

/// Either is enough: roles of a resource provider name the second, roles of the monitor the first.
const ACTIONS: [&str; 2] = [
    "Microsoft.Insights/diagnosticSettings/read",
    "Microsoft.ContainerRegistry/registries/providers/Microsoft.Insights/diagnosticSettings/read",
];

/// Answers what follows `{resource}/providers/Microsoft.Insights/`.
pub(super) fn serve(world: &World, request: &SimRequest, version: &str, rest: &[&str]) -> ViewResult {
    if version != "2021-05-01-preview" || rest.first() != Some(&"diagnosticsettings") {
        return Err(Refusal(format!("Microsoft.Insights {version} has no such route here")));
    }
    request.only_query(&["api-version"])?;
    if let Some(refused) = refused_all(world, request, &ACTIONS) {
        return Ok(refused);
    }
    let path = request.path.trim_end_matches('/').to_ascii_lowercase();
    let id = |setting: &Value| setting["id"].as_str().unwrap_or("").to_ascii_lowercase();
    let all = world.arm.diagnostic_settings.iter();
    match rest {
        [_] => {
            let of = |setting: &&Value| id(setting).rsplit_once('/').is_some_and(|(parent, _)| parent == path);
            let items: Vec<&Value> = all.filter(of).collect();
            // The one list without pages.
            Ok(SimReply::json(StatusCode::OK, &json!({"value": items})))
        }
        [_, name] => Ok(match all.into_iter().find(|setting| id(setting) == path) {
            Some(setting) => SimReply::json(StatusCode::OK, setting),
            None => not_found(name),
        }),
        _ => Err(Refusal("Microsoft.Insights has no such route here".to_owned())),
    }
}
