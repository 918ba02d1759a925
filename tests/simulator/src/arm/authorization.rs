//! `Microsoft.Authorization`: role assignments, role definitions, deny assignments and locks.

mod assignments;
mod definitions;

use serde_json::Value;

use super::error::not_found;
use super::page::page;
use super::rights::refused;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::world::World;
use crate::world::access::permission::within;

/// Answers what follows `{scope}/providers/Microsoft.Authorization/`.
pub(super) fn serve(world: &World, request: &SimRequest, version: &str, scope: &str, rest: &[&str]) -> ViewResult {
    let (action, known) = match rest.first() {
        Some(&"roleassignments") => ("Microsoft.Authorization/roleAssignments/read", "2022-04-01"),
        Some(&"roledefinitions") => ("Microsoft.Authorization/roleDefinitions/read", "2022-04-01"),
        Some(&"denyassignments") => ("Microsoft.Authorization/denyAssignments/read", "2022-04-01"),
        Some(&"locks") => ("Microsoft.Authorization/locks/read", "2020-05-01"),
        _ => return Err(Refusal("Microsoft.Authorization has no such route here".to_owned())),
    };
    if version != known {
        return Err(Refusal(format!("{action}: api-version {version} is not simulated")));
    }
    request.only_query(&["api-version", "$filter", "$skiptoken"])?;
    if let Some(refused) = refused(world, request, action) {
        return Ok(refused);
    }
    let arm = &world.arm;
    match rest {
        ["roleassignments"] => assignments::list(world, request, scope),
        ["roledefinitions"] => definitions::list(world, request, scope),
        ["roledefinitions", id] => Ok(definitions::one(world, scope, id)),
        ["denyassignments"] => Ok(page(world, request, placed(&arm.deny_assignments, request, scope)?)),
        ["locks"] => Ok(page(world, request, placed(&arm.locks, request, scope)?)),
        ["roleassignments", name] => Ok(one(&arm.role_assignments, request, name)),
        ["denyassignments", name] => Ok(one(&arm.deny_assignments, request, name)),
        ["locks", name] => Ok(one(&arm.locks, request, name)),
        _ => Err(Refusal("Microsoft.Authorization has no such route here".to_owned())),
    }
}

/// With `atScope()`: what is set at the scope or above it. Without a filter: also below it. (Of assignments by the
/// specification and the recordings, of locks by the documentation of the PowerShell module; of denials inferred.)
fn placed<'a>(items: &'a [Value], request: &SimRequest, scope: &str) -> Result<Vec<&'a Value>, Refusal> {
    let below = match request.query("$filter") {
        None => true,
        Some("atScope()") => false,
        Some(filter) => return Err(Refusal(format!("filter {filter} is not simulated"))),
    };
    let applies = |item: &&Value| {
        let set = place(item);
        within(scope, set) || below && within(set, scope)
    };
    Ok(items.iter().filter(applies).collect())
}

/// Where something is set: its `scope`, or what its id is an extension of.
fn place(item: &Value) -> &str {
    let id = item["id"].as_str().unwrap_or("");
    let extended = id.to_ascii_lowercase().rfind("/providers/microsoft.authorization/");
    let extended = extended.map(|at| &id[..at]);
    item["properties"]["scope"].as_str().or(extended).unwrap_or("/")
}

fn one(items: &[Value], request: &SimRequest, name: &str) -> SimReply {
    let asked = |item: &&Value| {
        item["id"]
            .as_str()
            .is_some_and(|id| id.eq_ignore_ascii_case(&request.path))
    };
    match items.iter().find(asked) {
        Some(item) => SimReply::json(axum::http::StatusCode::OK, item),
        None => not_found(name),
    }
}
