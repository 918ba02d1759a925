//! Every way in which a registry has an identity or none.

use serde_json::{Value, json};

use super::super::super::access::assign::guid;
use super::super::super::{TENANT_ID, World};
use super::GUARDED;

pub(super) fn add(world: &mut World) {
    let principal = "5f1b4c1e-0000-4000-8000-00000000d102";
    for (name, identity) in [
        ("identitynull", Value::Null),
        ("identitynone", json!({"type": "None"})),
        (
            "identitysystem",
            json!({"principalId": principal, "tenantId": TENANT_ID, "type": "systemAssigned"}),
        ),
        (
            "identityuser",
            json!({"type": "userAssigned", "userAssignedIdentities": user("id-registry")}),
        ),
        // As the specification spells it; the service has been seen to answer in lower camel case.
        (
            "identitypascal",
            json!({"principalId": principal, "tenantId": TENANT_ID, "type": "SystemAssigned"}),
        ),
    ] {
        world.add_posture(GUARDED, name, "Standard").identity = identity;
    }
}

/// A user-assigned identity, under an id as the service writes it.
pub(super) fn user(name: &str) -> Value {
    let id = format!(
        "/subscriptions/{GUARDED}/resourcegroups/rg-identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    );
    let (principal, client) = (guid(&format!("{name} principal")), guid(&format!("{name} client")));
    json!({id: {"principalId": principal, "clientId": client}})
}
