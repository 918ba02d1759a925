//! Role definitions: one by its id, and lists of what can be assigned at a scope.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::page;
use crate::arm::error::failure;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::world::World;
use crate::world::access::permission::{subscription, within};
use crate::world::access::roles;

pub(super) fn list(world: &World, request: &SimRequest, scope: &str) -> ViewResult {
    let mut below = false;
    let mut wanted: Vec<(&str, String)> = Vec::new();
    for term in request
        .query("$filter")
        .into_iter()
        .flat_map(|filter| filter.split(" and "))
    {
        let equals = term.split_once(" eq ");
        match (term, equals) {
            ("atScopeAndBelow()", _) => below = true,
            (_, Some((key @ ("roleName" | "type"), value))) => {
                wanted.push((key, value.trim_matches('\'').to_owned()));
            }
            _ => return Err(Refusal(format!("role definition filter {term} is not simulated"))),
        }
    }
    let applies = |role: &&Value| {
        let properties = &role["properties"];
        let mut scopes = properties["assignableScopes"].as_array().into_iter().flatten();
        let assignable = scopes.any(|at| {
            let at = at.as_str().unwrap_or("");
            within(scope, at) || below && within(at, scope)
        });
        let mut wanted = wanted.iter();
        // Names are compared in any case: `acrpull` finds AcrPull.
        let named = wanted.all(|(key, value)| {
            properties[key]
                .as_str()
                .is_some_and(|is| is.eq_ignore_ascii_case(value))
        });
        assignable && named
    };
    let known = roles::built_in().iter().chain(&world.arm.role_definitions);
    let items: Vec<Value> = known.filter(applies).map(|role| shown(role, scope)).collect();
    Ok(page(world, request, items))
}

pub(super) fn one(world: &World, scope: &str, id: &str) -> SimReply {
    match world.role(id) {
        Some(role) => SimReply::json(StatusCode::OK, &shown(role, scope)),
        None => {
            let text = format!("The specified role definition with ID '{id}' does not exist.");
            failure(StatusCode::NOT_FOUND, "RoleDefinitionDoesNotExist", &text)
        }
    }
}

/// The id of a definition is below the subscription that was asked, whatever the scope.
fn shown(role: &Value, scope: &str) -> Value {
    let mut role = role.clone();
    let id = role["name"].as_str().unwrap_or_default();
    let above = match subscription(scope) {
        "" => String::new(),
        id => format!("/subscriptions/{id}"),
    };
    role["id"] = json!(format!(
        "{above}/providers/Microsoft.Authorization/roleDefinitions/{id}"
    ));
    role
}
