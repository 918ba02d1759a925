//! Registries of which the identity may see little or nothing.

use super::super::super::World;
use super::SEALED;

pub(super) fn add(world: &mut World) {
    let configuration = "Container Registry Configuration Reader and Data Access Configuration Reader";
    for (name, role) in [
        ("pullonly", Some("AcrPull")),
        ("configured", Some(configuration)),
        ("readeronly", Some("Reader")),
        ("sealed", None),
    ] {
        let registry = world.add_posture(SEALED, name, "Premium");
        let id = registry.id();
        let webhook = registry.add_webhook("deploy", "");
        world.set_callback(&webhook, "https://hooks.contoso.example/deploy");
        if let Some(role) = role {
            world.grant(role, &id);
        }
    }
}
