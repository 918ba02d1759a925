//! A world with a registry in every posture that an audit tells apart; most differ from a new registry in one thing.
//!
//! ```text
//!  tenant ── group "contoso" ─┬─ Guarded   one exemplary registry and those whose settings fail one rule each
//!                             ├─ Loose     inherited Contributor, custom roles, no Defender plan
//!                             └─ Sealed    the identity holds AcrPull, Configuration Reader or nothing, at a registry each
//! ```

mod access;
mod credentials;
mod directory;
mod exemplary;
mod identity;
mod network;
mod policies;
mod sealed;
mod transfer;

use serde_json::json;

use super::super::{Registry, Subscription, World};
use super::{Repository, date, digest, image};

/// The identity is Reader here, and the Defender plan is bought.
pub const GUARDED: &str = "5f1b4c1e-0000-4000-8000-000000000011";
/// The identity is Reader here.
pub const LOOSE: &str = "5f1b4c1e-0000-4000-8000-000000000012";
/// The identity has roles at single registries here.
pub const SEALED: &str = "5f1b4c1e-0000-4000-8000-000000000013";
/// A subscription that nobody scans: the private endpoint of `endpointforeign` is in it.
pub const UNKNOWN: &str = "5f1b4c1e-0000-4000-8000-000000000019";
/// Management group above all subscriptions.
pub const MANAGEMENT_GROUP: &str = "/providers/Microsoft.Management/managementGroups/contoso";

/// Groups, users and service principals (managed identities are of that type too) of the tenant.
pub const PLATFORM_TEAM: &str = "5f1b4c1e-0000-4000-8000-00000000a001";
pub const DEVELOPER: &str = "5f1b4c1e-0000-4000-8000-00000000a002";
pub const CLUSTER: &str = "5f1b4c1e-0000-4000-8000-00000000a003";
pub const PIPELINE: &str = "5f1b4c1e-0000-4000-8000-00000000a004";
pub const PARTNERS: &str = "5f1b4c1e-0000-4000-8000-00000000a005";
/// A principal that is no longer in the directory; its assignment is still there, as it is when one is deleted.
pub const DELETED: &str = "5f1b4c1e-0000-4000-8000-00000000a0ff";

/// Each rule of the audit that Resource Manager decides, with a registry that passes it and one that fails it. Not here:
/// `managed-identity-preferred`, which the directory alone could tell.
pub const RULES: &[(&str, &str, &str)] = &[
    ("admin-user-disabled", "exemplary", "adminuser"),
    ("anonymous-pull-disabled", "exemplary", "anonymous"),
    ("registry-managed-identity", "identityuser", "identitynull"),
    ("arm-audience-token-disabled", "exemplary", "publicopen"),
    ("role-assignment-mode-abac", "exemplary", "publicopen"),
    ("repository-tokens-reviewed", "exemplary", "tokensforever"),
    ("scope-map-orphaned", "exemplary", "tokensforever"),
    ("public-network-access-disabled", "exemplary", "publicopen"),
    ("firewall-default-deny", "publicwide", "publicopen"),
    ("private-endpoint-approved", "exemplary", "endpointpending"),
    ("private-endpoint-foreign", "exemplary", "endpointforeign"),
    ("firewall-rules-narrow", "exemplary", "publicwide"),
    ("trusted-services-bypass", "exemplary", "bypassnone"),
    ("tasks-bypass-disabled", "exemplary", "publicwide"),
    ("dedicated-data-endpoint", "publicwide", "publicopen"),
    ("webhook-https", "configured", "webhookplain"),
    ("customer-managed-key", "exemplary", "publicopen"),
    ("key-rotation-automatic", "exemplary", "keymanual"),
    ("export-disabled", "exemplary", "publicopen"),
    ("content-trust-retiring", "exemplary", "contenttrust"),
    ("quarantine", "exemplary", "publicopen"),
    ("retention-untagged", "exemplary", "publicopen"),
    ("soft-delete", "softdelete", "publicopen"),
    ("resource-lock", "exemplary", "publicopen"),
    ("zone-redundant", "exemplary", "zonesmixed"),
    ("geo-replicated", "exemplary", "publicopen"),
    ("sku-not-basic", "exemplary", "basic"),
    ("usage-below-90-percent", "exemplary", "nearlyfull"),
    ("diagnostics-audited", "exemplary", "diagnosticspartial"),
    ("defender-for-containers", "exemplary", "broadwriters"),
    ("cache-rules-reviewed", "exemplary", "cachewild"),
    ("transfer-pipelines-absent", "exemplary", "transfer"),
    ("tasks-identity", "exemplary", "taskssecret"),
    ("domain-name-label-scope", "exemplary", "publicopen"),
    ("immutable-tags-locked", "exemplary", "publicopen"),
    ("images-signed", "exemplary", "publicopen"),
    ("no-broad-writers", "exemplary", "broadwriters"),
    ("assignment-at-registry-scope", "exemplary", "broadwriters"),
    ("no-inert-assignment", "exemplary", "abacinert"),
    ("condition-prefix-closed", "exemplary", "abacprefixes"),
    ("no-deleted-principal", "exemplary", "deletedprincipal"),
    ("no-wildcard-custom-role", "exemplary", "wildcardrole"),
    ("secret-reading-roles", "exemplary", "broadwriters"),
];

impl World {
    /// The world of this file; [`RULES`] says which registry is there for what.
    pub fn postures() -> Self {
        let mut world = Self::default();
        for (id, name, readable) in [
            (GUARDED, "Guarded", true),
            (LOOSE, "Loose", true),
            (SEALED, "Sealed", false),
        ] {
            let display_name = name.to_owned();
            let subscription = Subscription { display_name, readable };
            world.subscriptions.insert(id.to_owned(), subscription);
        }
        world.buy_defender(GUARDED);
        world.assign("Reader", PLATFORM_TEAM, "Group", MANAGEMENT_GROUP);
        world.add_exemplary(GUARDED, "exemplary");
        identity::add(&mut world);
        network::add(&mut world);
        policies::add(&mut world);
        credentials::add(&mut world);
        transfer::add(&mut world);
        access::add(&mut world);
        sealed::add(&mut world);
        directory::add(&mut world);
        world
    }

    /// Buys the Defender plan that scans a subscription's registries.
    pub fn buy_defender(&mut self, subscription: &str) {
        let plan = json!({
            "pricingTier": "Standard", "freeTrialRemainingTime": "PT0S", "enablementTime": "2025-01-15T08:00:00Z",
            "enforce": "False", "inherited": "False", "resourcesCoverageStatus": "FullyCovered",
            "extensions": [{"name": "ContainerRegistriesVulnerabilityAssessments", "isEnabled": "True"}],
        });
        self.arm.defender.insert(subscription.to_owned(), plan);
    }

    /// Adds a registry as it is right after its creation, with one repository of one unlocked image.
    fn add_posture(&mut self, subscription: &str, name: &str, sku: &str) -> &mut Registry {
        let mut registry = Registry::new(subscription, &format!("rg-{name}"), name);
        sku.clone_into(&mut registry.sku);
        self.insert_posture(registry)
    }

    fn insert_posture(&mut self, mut registry: Registry) -> &mut Registry {
        registry.add_system_scope_maps();
        registry.set_usage(20_000_000);
        registry.add_image(self.seed, "production/api");
        let server = registry.login_server.clone();
        self.registries.entry(server).or_insert(registry)
    }

    /// The registry of this name.
    pub fn posture(&self, name: &str) -> Option<&Registry> {
        self.registries.values().find(|registry| registry.name == name)
    }
}

impl Registry {
    /// Adds a repository of one unlocked image.
    pub(super) fn add_image(&mut self, seed: u64, repository: &str) {
        let path = format!("{}/{repository}", self.name);
        let (digest, at) = (digest(seed, &path), date(seed, &path));
        let mut content = Repository::default();
        content.manifests.insert(digest.clone(), image(&digest, &at));
        content.tag("1.0.0", &digest, &at);
        content.finish(&at);
        self.repositories.insert(repository.to_owned(), content);
    }
}
