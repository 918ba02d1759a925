//! What an audit finds in the demo beside the settings of the registries: who has access, what watches over what.

use super::super::super::{Registry, World};
use super::super::postures::{CLUSTER, DEVELOPER, PIPELINE};
use super::{FOREIGN, PLATFORM};

pub(super) fn add(world: &mut World) {
    world.buy_defender(PLATFORM);
    // In effect for the vault, inert for the platform's registry, which is in ABAC mode.
    world.assign(
        "AcrPull",
        CLUSTER,
        "ServicePrincipal",
        &format!("/subscriptions/{PLATFORM}"),
    );
    let id = |world: &World, name: &str| world.posture(name).map(Registry::id).unwrap_or_default();
    let (platform, vault) = (id(world, "platform"), id(world, "contosovault"));
    world.lock(&platform, "keep", "CanNotDelete");
    world.send_diagnostics(&platform, "audit", &["audit"]);
    let writer = "Container Registry Repository Writer";
    world.assign(writer, PIPELINE, "ServicePrincipal", &platform);
    world.assign("Contributor", DEVELOPER, "User", &vault);
    for registry in world.registries.values_mut() {
        registry.add_system_scope_maps();
        registry.set_usage(4_200_000_000);
        match registry.name.as_str() {
            "contosovault" => registry.add_private_endpoint("pe-vault", PLATFORM, "Approved"),
            // Approved from a subscription that the identity may not read.
            "contosopartners" => registry.add_private_endpoint("pe-partner", FOREIGN, "Approved"),
            "contosolab" => registry.add_token("notebooks", "_repositories_push", "enabled", &[None]),
            _ => {}
        }
    }
}
