//! 403 for what the identity's roles do not let it do.

use super::error::forbidden;
use crate::wire::{SimReply, SimRequest};
use crate::world::World;

/// The refusal of a request that needs `action` on what its path names; none if the identity may.
pub(super) fn refused(world: &World, request: &SimRequest, action: &str) -> Option<SimReply> {
    refused_all(world, request, &[action])
}

/// The same where any of several actions is enough. The message names the first.
pub(super) fn refused_all(world: &World, request: &SimRequest, actions: &[&str]) -> Option<SimReply> {
    let path = request.path.trim_end_matches('/');
    let may = actions.iter().any(|action| world.may(action, path));
    (!may).then(|| forbidden(actions[0], shown(path)))
}

/// The scope as messages name it: the resource, or for a list what the list belongs to
/// (`/subscriptions/…/providers/Microsoft.Authorization`).
pub(super) fn shown(path: &str) -> &str {
    let lower = path.to_ascii_lowercase();
    let Some(at) = lower.rfind("/providers/") else {
        return path;
    };
    // Namespace, then types and names by turns: an even number ends with a type.
    let parts = path[at + "/providers/".len()..].split('/').count();
    match parts.is_multiple_of(2) {
        true => path.rsplit_once('/').map_or(path, |(parent, _)| parent),
        false => path,
    }
}
