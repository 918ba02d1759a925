//! What lies under a registry: collections, each with its action and the api-versions that know it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::error::not_found;
use super::page::page;
use super::resource::{PREVIEW, VERSIONS};
use super::rights::refused;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::world::{Registry, World};

/// Tasks and what belongs to them have stayed on this version.
const TASKS: &[&str] = &["2019-06-01-preview"];
const SINCE_2025: &[&str] = &["2025-11-01", PREVIEW];

/// Collections of a registry as the service spells them, and the versions that have them.
const COLLECTIONS: &[(&str, &[&str])] = &[
    ("agentPools", TASKS),
    ("cacheRules", VERSIONS),
    ("connectedRegistries", SINCE_2025),
    ("credentialSets", VERSIONS),
    ("exportPipelines", &[PREVIEW]),
    ("importPipelines", &[PREVIEW]),
    ("listUsages", VERSIONS),
    ("pipelineRuns", &[PREVIEW]),
    ("privateEndpointConnections", VERSIONS),
    ("privateLinkResources", VERSIONS),
    ("replications", VERSIONS),
    ("runs", TASKS),
    ("scopeMaps", VERSIONS),
    ("taskRuns", TASKS),
    ("tasks", TASKS),
    ("tokens", VERSIONS),
    ("webhooks", VERSIONS),
];

/// Answers a GET of a collection or of one of its items. `rest` is in lower case.
pub(super) fn serve(
    world: &World,
    request: &SimRequest,
    version: &str,
    registry: &Registry,
    rest: &[&str],
) -> ViewResult {
    let (collection, name) = match rest {
        [collection] => (collection, None),
        [collection, name] => (collection, Some(name)),
        _ => return Err(Refusal("a registry has no such child here".to_owned())),
    };
    let mut known = COLLECTIONS.iter();
    let Some((collection, versions)) = known.find(|(known, _)| known.eq_ignore_ascii_case(collection)) else {
        return Err(Refusal(format!("a registry has no {collection} here")));
    };
    if !versions.contains(&version) {
        return Err(Refusal(format!("{collection}: api-version {version} is not simulated")));
    }
    let action = format!("Microsoft.ContainerRegistry/registries/{collection}/read");
    if let Some(refused) = refused(world, request, &action) {
        return Ok(refused);
    }
    let children = registry.children.iter();
    let mut children = children.filter(|(key, _)| key.eq_ignore_ascii_case(collection));
    let items = children.next().map(|(_, items)| items.clone()).unwrap_or_default();
    match name {
        // A list without pages.
        None if *collection == "listUsages" => Ok(SimReply::json(StatusCode::OK, &json!({"value": items}))),
        None => Ok(page(world, request, items)),
        Some(name) => {
            let named = |item: &Value| item["name"].as_str().is_some_and(|is| is.eq_ignore_ascii_case(name));
            Ok(match items.into_iter().find(named) {
                Some(item) => SimReply::json(StatusCode::OK, &item),
                None => {
                    let path = request.path.trim_end_matches('/');
                    not_found(path.rsplit('/').next().unwrap_or(name))
                }
            })
        }
    }
}
