//! Editions, keys, policies, locks, zones, usage and diagnostics, one difference each.

use serde_json::{Value, json};

use super::super::super::World;
use super::GUARDED;

pub(super) fn add(world: &mut World) {
    world.add_posture(GUARDED, "basic", "Basic");
    for (name, sku, properties) in [
        ("keymanual", "Premium", json!({"encryption": customer_key(false)})),
        (
            "exportclosed",
            "Premium",
            json!({
                "policies": {"exportPolicy": {"status": "disabled"}}, "publicNetworkAccess": "Disabled",
            }),
        ),
        (
            "contenttrust",
            "Premium",
            json!({"policies": {"trustPolicy": {"status": "enabled"}}}),
        ),
        (
            "softdelete",
            "Premium",
            json!({"policies": {"softDeletePolicy": {"retentionDays": 30, "status": "enabled"}}}),
        ),
        ("zonesmixed", "Premium", json!({"zoneRedundancy": "Enabled"})),
        ("nearlyfull", "Standard", json!({})),
        ("lockedgroup", "Standard", json!({})),
        ("diagnosticspartial", "Standard", json!({})),
        ("diagnosticsall", "Standard", json!({})),
    ] {
        world.add_posture(GUARDED, name, sku).properties = properties;
    }
    for registry in world.registries.values_mut() {
        match registry.name.as_str() {
            "keymanual" => {
                registry.identity =
                    json!({"type": "userAssigned", "userAssignedIdentities": super::identity::user("id-keys")})
            }
            "zonesmixed" => {
                registry.replicate("northeurope", "Disabled");
                registry.replicate("westeurope", "Enabled");
            }
            "nearlyfull" => registry.set_usage(102_000_000_000),
            _ => {}
        }
    }
    let group = |name: &str| format!("/subscriptions/{GUARDED}/resourceGroups/rg-{name}");
    let id = |name: &str| {
        format!(
            "{}/providers/Microsoft.ContainerRegistry/registries/{name}",
            group(name)
        )
    };
    world.lock(&group("lockedgroup"), "group", "ReadOnly");
    world.send_diagnostics(&id("diagnosticspartial"), "logins", &["ContainerRegistryLoginEvents"]);
    world.send_diagnostics(&id("diagnosticsall"), "everything", &["allLogs"]);
}

/// A key of the customer's own; without rotation it is pinned to a version.
pub(super) fn customer_key(rotates: bool) -> Value {
    let key = "https://contoso.vault.azure.net/keys/registry";
    let version = format!("{key}/0123456789abcdef0123456789abcdef");
    let identity = super::identity::user("id-keys");
    let client = identity
        .as_object()
        .and_then(|known| known.values().next())
        .map(|known| known["clientId"].clone());
    json!({"status": "enabled", "keyVaultProperties": {
        "keyIdentifier": if rotates { key } else { &version },
        "versionedKeyIdentifier": version,
        "identity": client,
        "keyRotationEnabled": rotates,
        "lastKeyRotationTimestamp": "2025-06-15T08:00:00.123Z",
    }})
}
