//! Role assignments and role definitions, `Microsoft.Authorization` api-version 2022-04-01.

use axum::http::StatusCode;
use serde_json::Value;

use super::error::{failure, forbidden};
use crate::simulator::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::simulator::world::World;

/// Answers the paths that end in `/providers/Microsoft.Authorization/…`; none for other paths.
pub(super) fn serve(world: &World, request: &SimRequest, version: &str) -> Option<ViewResult> {
    let lower = request.path.to_ascii_lowercase();
    let (scope, rest) = lower.rsplit_once("/providers/microsoft.authorization/")?;
    if version != "2022-04-01" {
        return Some(Err(Refusal(format!(
            "Microsoft.Authorization api-version {version} is not simulated"
        ))));
    }
    if let Err(refusal) = request.only_query(&["api-version", "$filter", "$skiptoken"]) {
        return Some(Err(refusal));
    }
    let subscription = scope.split('/').nth(2).unwrap_or("");
    if let Some(known) = world.subscriptions.get(subscription)
        && !known.readable
    {
        return Some(Ok(forbidden("Microsoft.Authorization/roleAssignments/read", scope)));
    }
    let parts: Vec<&str> = rest.split('/').collect();
    Some(match parts.as_slice() {
        ["roleassignments"] => assignments(world, request, scope),
        ["roledefinitions"] => definitions(world, request),
        ["roledefinitions", id] => Ok(definition(world, id)),
        _ => Err(Refusal("Microsoft.Authorization has no such route here".to_owned())),
    })
}

/// With `atScope()`: assigned at the scope or above it. Without a filter: also below it.
fn assignments(world: &World, request: &SimRequest, scope: &str) -> ViewResult {
    let below = match request.query("$filter") {
        None => true,
        Some("atScope()") => false,
        Some(filter) => {
            return Err(Refusal(format!("role assignment filter {filter} is not simulated")));
        }
    };
    let applies = |assignment: &&Value| {
        let assigned = assignment["properties"]["scope"]
            .as_str()
            .unwrap_or("")
            .to_ascii_lowercase();
        let assigned = assigned.trim_end_matches('/');
        within(scope, assigned) || below && within(assigned, scope)
    };
    let items: Vec<&Value> = world.arm.role_assignments.iter().filter(applies).collect();
    Ok(super::page(world, request, items))
}

fn definitions(world: &World, request: &SimRequest) -> ViewResult {
    match request.query("$filter") {
        None | Some("atScopeAndBelow()") => {}
        Some(filter) => {
            return Err(Refusal(format!("role definition filter {filter} is not simulated")));
        }
    }
    Ok(super::page(world, request, world.arm.role_definitions.iter().collect()))
}

fn definition(world: &World, id: &str) -> SimReply {
    let named = |definition: &&Value| {
        definition["name"]
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case(id))
    };
    match world.arm.role_definitions.iter().find(named) {
        Some(definition) => SimReply::json(StatusCode::OK, definition),
        None => {
            let text = format!("The specified role definition with ID '{id}' does not exist.");
            failure(StatusCode::NOT_FOUND, "RoleDefinitionDoesNotExist", &text)
        }
    }
}

/// Whether `scope` is `parent` or below it; the empty parent is the tenant.
fn within(scope: &str, parent: &str) -> bool {
    scope
        .strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
