//! The simulated world that is compared: the demo's, with what the recorded registries had and it has not, and a few
//! registries in special postures with everything that lies under them.

use serde_json::json;
use simulator::world::{DataPlaneAccess, World};

/// The registry that the data plane is asked of.
pub(super) const SERVER: &str = "contosolab.azurecr.io";

/// The least role that may ask where a webhook goes.
const CONFIGURATION_READER: &str = "Container Registry Configuration Reader and Data Access Configuration Reader";

pub(super) const POSTURES: &[&str] = &["cachewild", "endpointmixed", "exemplary", "tokensforever", "transfer"];

pub(super) fn world() -> World {
    let mut world = World::demo(1);
    let lab = world.registries.get_mut(SERVER).unwrap();
    lab.access = DataPlaneAccess::Owner;
    let notebooks = lab.repositories.get_mut("notebooks").unwrap();
    let mut manifests = notebooks.manifests.values_mut();
    // One that an old scanner looked at, one that was imported and not pushed.
    let scanned = manifests.next().unwrap();
    scanned.quarantine_state = Some("Passed".to_owned());
    manifests.next().unwrap().config_media_type = None;
    let vault = world.registries.get_mut("contosovault.azurecr.io").unwrap();
    let user = "/subscriptions/5f1b4c1e-0000-4000-8000-000000000001/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/keys";
    let ids = json!({"principalId": "5f1b4c1e-0000-4000-8000-00000000d001", "clientId": "5f1b4c1e-0000-4000-8000-00000000d002"});
    vault.identity = json!({"type": "userAssigned", "userAssignedIdentities": {user: ids}});
    vault.properties["encryption"] = json!({"status": "enabled", "keyVaultProperties": {
        "keyIdentifier": "https://contoso.vault.azure.net/keys/registry",
        "versionedKeyIdentifier": "https://contoso.vault.azure.net/keys/registry/1",
        "identity": "5f1b4c1e-0000-4000-8000-00000000d002",
        "keyRotationEnabled": true,
        "lastKeyRotationTimestamp": "2025-01-15T08:00:00.123Z",
    }});
    vault.properties["networkRuleSet"] = json!({
        "defaultAction": "Deny",
        "virtualNetworkRules": [],
        "ipRules": [{"action": "Allow", "value": "192.0.2.0/24"}],
    });
    postures(&mut world);
    world
}

/// Registries of the world of postures; between them they have something in every collection.
fn postures(world: &mut World) {
    let mut postures = World::postures();
    world.subscriptions.append(&mut postures.subscriptions);
    world.arm = postures.arm;
    let (webhook, _) = world.arm.callbacks.first_key_value().unwrap();
    let (registry, _) = webhook.split_once("/webhooks/").unwrap();
    let registry = registry.to_owned();
    world.grant(CONFIGURATION_READER, &registry);
    for (server, registry) in postures.registries {
        if POSTURES.contains(&registry.name.as_str()) {
            world.registries.insert(server, registry);
        }
    }
}
