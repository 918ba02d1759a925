//! The registry that passes every rule that does not exclude another one.

use serde_json::json;

use super::super::super::{Attributes, Registry, Repository, RoleAssignmentMode, TENANT_ID, World};
use super::super::{digest, image};
use super::access::{READ, only_repositories};
use super::{CLUSTER, PLATFORM_TEAM};

impl World {
    /// Adds a registry that passes every rule that does not exclude another one, as far as its subscription lets it.
    pub fn add_exemplary(&mut self, subscription: &str, name: &str) {
        let mut registry = Registry::new(subscription, &format!("rg-{name}"), name);
        "Premium".clone_into(&mut registry.sku);
        // A name that nobody else can take over once the registry is gone.
        registry.login_server = format!("{name}-b7c2d4f6a8e0h1j3.azurecr.io");
        let registry = self.insert_posture(registry);
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
        registry.add_private_endpoint(&format!("pe-{name}"), subscription, "Approved");
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
            sign(repository);
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
        self.set_callback(&webhook, "https://hooks.contoso.example/deploy");
        self.lock(&id, "keep", "CanNotDelete");
        self.send_diagnostics(
            &id,
            "audit",
            &["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"],
        );
        let reader = self.assign("Container Registry Repository Reader", CLUSTER, "ServicePrincipal", &id);
        only_repositories(reader, READ, "StringStartsWithIgnoreCase", "production/");
        reader["properties"]["description"] = json!("The cluster runs what is in production");
        self.assign(
            "Container Registry Repository Catalog Lister",
            PLATFORM_TEAM,
            "Group",
            &id,
        );
    }
}

/// Signs every image of a repository as cosign does: with an image of its own, under a tag that names the digest.
fn sign(repository: &mut Repository) {
    for subject in repository.manifests.keys().cloned().collect::<Vec<_>>() {
        let at = repository.created.clone();
        let signature = digest(0, &format!("{subject}/signature"));
        repository.tag(&format!("{}.sig", subject.replace(':', "-")), &signature, &at);
        repository.manifests.insert(signature.clone(), image(&signature, &at));
    }
}
