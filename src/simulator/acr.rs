//! x
use super::wire::*;
use super::world::World;
pub(super) fn serve(_world: &mut World, _request: &SimRequest) -> Option<ViewResult> { None }
