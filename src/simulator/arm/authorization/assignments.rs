//! Lists of role assignments.

use serde_json::Value;

use super::{page, place, placed};
use crate::simulator::wire::{SimRequest, ViewResult};
use crate::simulator::world::World;
use crate::simulator::world::access::permission::within;

/// At the scope and above it with `atScope()`, also below it without a filter, and those of one principal alone with
/// `principalId eq '…'`.
pub(super) fn list(world: &World, request: &SimRequest, scope: &str) -> ViewResult {
    let assignments = &world.arm.role_assignments;
    let filter = request.query("$filter").unwrap_or("");
    let principal = filter.strip_prefix("principalId eq ").map(|id| id.trim_matches('\''));
    let items = match principal {
        None => placed(assignments, request, scope)?,
        Some(principal) => {
            let theirs = |assignment: &&Value| {
                let set = place(assignment);
                assignment["properties"]["principalId"] == principal && (within(scope, set) || within(set, scope))
            };
            assignments.iter().filter(theirs).collect()
        }
    };
    Ok(page(world, request, items))
}
