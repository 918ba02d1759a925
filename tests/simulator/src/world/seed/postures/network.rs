//! Open and half-closed networks, and private endpoints in every state.

use serde_json::json;

use super::super::super::World;
use super::{GUARDED, UNKNOWN};

pub(super) fn add(world: &mut World) {
    // What a new Premium registry has: everything open, nothing kept.
    world.add_posture(GUARDED, "publicopen", "Premium");
    world.add_posture(GUARDED, "publicwide", "Premium").properties = json!({
        "dataEndpointEnabled": true,
        "networkRuleBypassAllowedForTasks": true,
        "networkRuleSet": {
            "defaultAction": "Deny",
            "ipRules": [
                {"action": "Allow", "value": "0.0.0.0/0"},
                {"action": "Allow", "value": "198.51.100.7"},
                {"action": "Allow", "value": "203.0.113.0/25"},
            ],
        },
    });
    world.add_posture(GUARDED, "bypassnone", "Premium").properties = json!({"networkRuleBypassOptions": "None"});
    for (name, subscription, states) in [
        ("endpointpending", GUARDED, &["Pending", "Rejected", "Disconnected"][..]),
        ("endpointforeign", UNKNOWN, &["Approved"]),
        ("endpointmixed", GUARDED, &["Pending", "Approved"]),
    ] {
        let registry = world.add_posture(GUARDED, name, "Premium");
        registry.properties = json!({
            "publicNetworkAccess": "Disabled",
            "networkRuleSet": {"defaultAction": "Deny", "ipRules": []},
        });
        for state in states {
            registry.add_private_endpoint(&format!("pe-{}", state.to_lowercase()), subscription, state);
        }
    }
}
