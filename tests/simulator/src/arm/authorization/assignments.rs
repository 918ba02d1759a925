//! Lists of role assignments.

use serde_json::{Value, json};

use super::{page, place, placed};
use crate::wire::{SimRequest, ViewResult};
use crate::world::World;
use crate::world::access::permission::{subscription, within};

/// At the scope and above it with `atScope()`, also below it without a filter, and those of one principal alone with
/// `principalId eq '…'`.
pub(super) fn list(world: &World, request: &SimRequest, scope: &str) -> ViewResult {
    let assignments = &world.arm.role_assignments;
    let filter = request.query("$filter").unwrap_or("");
    let principal = filter.strip_prefix("principalId eq ").map(|id| id.trim_matches('\''));
    let items: Vec<&Value> = match principal {
        None => placed(assignments, request, scope)?,
        Some(principal) => {
            let theirs = |assignment: &&Value| {
                let set = place(assignment);
                assignment["properties"]["principalId"] == principal && (within(scope, set) || within(set, scope))
            };
            assignments.iter().filter(theirs).collect()
        }
    };
    let items = items.into_iter().map(|item| shown(item, scope)).collect();
    Ok(page(world, request, items))
}

/// In every recorded list the role definition is below the subscription that was asked, that of assignments at the
/// tenant and at management groups too.
fn shown(assignment: &Value, scope: &str) -> Value {
    let mut assignment = assignment.clone();
    let role = assignment["properties"]["roleDefinitionId"].as_str();
    let role = role.and_then(|id| id.rsplit_once('/')).map(|(_, id)| id.to_owned());
    let subscription = subscription(scope);
    if let (Some(role), false) = (role, subscription.is_empty()) {
        let role = format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}");
        assignment["properties"]["roleDefinitionId"] = json!(role);
    }
    assignment
}
