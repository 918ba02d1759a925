//! The world of `check --demo`: registries on which the identity has every role that it needs, or lacks one of them. It
//! has no roles but those assigned to it at each registry.

use serde_json::json;

use super::super::{DataPlaneAccess, Registry, RoleAssignmentMode, Subscription, World};

/// The one subscription.
const PLATFORM: &str = "5f1b4c1e-0000-4000-8000-000000000001";

/// Name, mode and the identity's roles of each registry.
const REGISTRIES: &[(&str, RoleAssignmentMode, &[&str])] = &[
    ("contosoproducts", RoleAssignmentMode::Legacy, &["Reader", "AcrPull"]),
    (
        "platform",
        RoleAssignmentMode::Abac,
        &[
            "Reader",
            "Container Registry Repository Reader",
            "Container Registry Repository Catalog Lister",
        ],
    ),
    (
        "contosoteams",
        RoleAssignmentMode::Abac,
        &["Reader", "Container Registry Repository Reader"],
    ),
    ("contosocluster", RoleAssignmentMode::Abac, &["Reader", "AcrPull"]),
    ("contosovault", RoleAssignmentMode::Legacy, &["Reader", "AcrPull"]),
];

impl World {
    /// Five registries; `contosovault` lets in one address, which is not ours.
    pub fn checks() -> Self {
        let mut world = Self::default();
        let subscription = Subscription {
            display_name: "Platform".to_owned(),
            readable: false,
        };
        world.subscriptions.insert(PLATFORM.to_owned(), subscription);
        for (name, mode, roles) in REGISTRIES {
            let mut registry = Registry::new(PLATFORM, &format!("rg-{name}"), name);
            registry.sku = "Premium".to_owned();
            registry.mode = *mode;
            registry.access = DataPlaneAccess::Assigned;
            for repository in ["team/api", "team/web"] {
                registry.add_image(world.seed, repository);
            }
            for role in *roles {
                world.grant(role, &registry.id());
            }
            world.registries.insert(registry.login_server.clone(), registry);
        }
        if let Some(vault) = world.registries.get_mut("contosovault.azurecr.io") {
            let rules = json!([{"action": "Allow", "value": "198.51.100.20"}]);
            vault.access = DataPlaneAccess::Firewall;
            vault.properties = json!({"networkRuleSet": {"defaultAction": "Deny", "ipRules": rules}});
        }
        world
    }
}
