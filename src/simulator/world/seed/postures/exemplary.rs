//! The registry that passes every rule that does not exclude another one.

use serde_json::json;

use super::super::super::{Attributes, Registry, RoleAssignmentMode, TENANT_ID, World};
use super::access::{READ, only_repositories};
use super::{CLUSTER, GUARDED, PLATFORM_TEAM};

pub(super) fn add(world: &mut World) {
    let mut registry = Registry::new(GUARDED, "rg-exemplary", "exemplary");
    "Premium".clone_into(&mut registry.sku);
    // A name that nobody else can take over once the registry is gone.
    "exemplary-b7c2d4f6a8e0h1j3.azurecr.io".clone_into(&mut registry.login_server);
    let registry = world.insert_posture(registry);
    registry.mode = RoleAssignmentMode::Abac;
    registry.identity = json!({
        "principalId": "5f1b4c1e-0000-4000-8000-00000000d101",
        "tenantId": TENANT_ID,
        "type": "systemAssigned, userAssigned",
        "userAssignedIdentities": super::identity::user("id-keys"),
    });
    registry.properties = json!({
        "dataEndpointEnabled": true,
        "encryption": super::policies::customer_key(true),
        "networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "192.0.2.0/24"}]},
        "policies": {
            "quarantinePolicy": {"status": "enabled"},
            "retentionPolicy": {"days": 30, "status": "enabled"},
            "exportPolicy": {"status": "disabled"},
            "azureADAuthenticationAsArmPolicy": {"status": "disabled"},
        },
        "publicNetworkAccess": "Disabled",
        "zoneRedundancy": "Enabled",
    });
    for region in ["northeurope", "westeurope"] {
        registry.replicate(region, "Enabled");
    }
    registry.add_private_endpoint("pe-exemplary", GUARDED, "Approved");
    let narrow = [
        "repositories/production/api/content/read",
        "repositories/production/api/metadata/read",
    ];
    registry.add_scope_map("production-readers", "UserDefined", &narrow);
    registry.add_token(
        "edge",
        "production-readers",
        "enabled",
        &[Some("2099-01-01T00:00:00+00:00")],
    );
    registry.add_credential_set("hub", &json!({"status": "Healthy"}));
    registry.add_cache_rule("ubuntu", "docker.io/library/ubuntu", "mirror/ubuntu", Some("hub"));
    super::transfer::add_task(registry, "purge", json!({"sourceRegistry": {"identity": "[system]"}}));
    if let Some(repository) = registry.repositories.get_mut("production/api") {
        let locked = Attributes {
            write_enabled: false,
            delete_enabled: false,
            ..Attributes::default()
        };
        repository.tags.values_mut().for_each(|tag| tag.attributes = locked);
        repository
            .manifests
            .values_mut()
            .for_each(|manifest| manifest.attributes = locked);
    }
    let (id, webhook) = (registry.id(), registry.add_webhook("deploy", "production/api:*"));
    world.set_callback(&webhook, "https://hooks.contoso.example/deploy");
    world.lock(&id, "keep", "CanNotDelete");
    world.send_diagnostics(
        &id,
        "audit",
        &["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"],
    );
    let reader = world.assign("Container Registry Repository Reader", CLUSTER, "ServicePrincipal", &id);
    only_repositories(reader, READ, "StringStartsWithIgnoreCase", "production/");
    reader["properties"]["description"] = json!("The cluster runs what is in production");
    world.assign(
        "Container Registry Repository Catalog Lister",
        PLATFORM_TEAM,
        "Group",
        &id,
    );
}
