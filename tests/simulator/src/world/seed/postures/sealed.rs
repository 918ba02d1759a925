//! Registries of which the identity may see little or nothing.

use super::super::super::{DataPlaneAccess, World};
use super::SEALED;

pub(super) fn add(world: &mut World) {
    let configuration = "Container Registry Configuration Reader and Data Access Configuration Reader";
    for (name, role, access) in [
        ("pullonly", Some("AcrPull"), DataPlaneAccess::Full),
        ("configured", Some(configuration), DataPlaneAccess::Denied),
        ("readeronly", Some("Reader"), DataPlaneAccess::Full),
        ("sealed", None, DataPlaneAccess::Denied),
    ] {
        let registry = world.add_posture(SEALED, name, "Premium");
        registry.access = access;
        let id = registry.id();
        let webhook = registry.add_webhook("deploy", "");
        world.set_callback(&webhook, "https://hooks.contoso.example/deploy");
        if let Some(role) = role {
            world.grant(role, &id);
        }
    }
}
