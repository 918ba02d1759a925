//! The world of the demo: an organisation with six visible registries in six postures.

mod postures;

use serde_json::json;

use super::super::{
    Attributes, DataPlaneAccess, Manifest, Registry, Repository, RoleAssignmentMode, Subscription, World,
};
use super::{OCI_MANIFEST, closed, date, digest, image};

/// Platform team's subscription (readable).
pub const PLATFORM: &str = "5f1b4c1e-0000-4000-8000-000000000001";
/// Product teams' subscription (readable).
pub const PRODUCTS: &str = "5f1b4c1e-0000-4000-8000-000000000002";
/// A subscription that the identity may not read; it holds one more registry.
pub const FOREIGN: &str = "5f1b4c1e-0000-4000-8000-000000000003";

const PLATFORM_REPOSITORIES: &[&str] = &[
    "base/alpine",
    "base/debian",
    "base/distroless/java",
    "base/distroless/static",
    "build/dotnet-sdk",
    "build/golang",
    "build/node",
    "build/rust",
    "charts/ingress",
    "charts/observability/collector",
    "gateway/api",
    "gateway/edge",
    "identity/broker",
    "identity/directory-sync",
    "observability/agent",
    "observability/dashboards",
    "policy/admission",
    "policy/bundles",
];
const PRODUCT_REPOSITORIES: &[&str] = &[
    "billing/invoices",
    "billing/ledger",
    "billing/worker",
    "catalogue/search",
    "catalogue/search-indexer",
    "checkout/api",
    "checkout/frontend",
    "checkout/payments/adapter",
    "customers/profile",
    "customers/export",
    "mobile/bff",
    "notifications/email",
    "notifications/push",
    "orders/api",
    "orders/fulfilment.worker",
    "orders/returns",
    "pricing/engine",
    "recommendations/model",
    "shipping/labels",
    "shipping/tracking_events",
];
const LAB_REPOSITORIES: &[&str] = &["experiments/vision", "experiments/speech", "notebooks", "scratch"];
const PUBLIC_REPOSITORIES: &[&str] = &["samples/hello", "samples/voting/api", "samples/voting/web", "tools/cli"];
const VAULT_REPOSITORIES: &[&str] = &["keys/rotator", "keys/signer", "audit/collector"];
const PARTNER_REPOSITORIES: &[&str] = &[
    "acme/edi",
    "acme/gateway",
    "contoso/portal",
    "contoso/sync",
    "fabrikam/feeds",
    "fabrikam/reports",
    "northwind/import",
    "northwind/export",
    "shared/contracts",
    "shared/schemas",
    "tailwind/shop",
];

impl World {
    /// Two readable subscriptions and one that is not; six visible registries with 60 repositories.
    pub fn demo(seed: u64) -> Self {
        let mut world = Self {
            seed,
            ..Self::default()
        };
        for (id, name, readable) in [
            (PLATFORM, "Platform", true),
            (PRODUCTS, "Products", true),
            (FOREIGN, "Acquired company", false),
        ] {
            let display_name = name.to_owned();
            world
                .subscriptions
                .insert(id.to_owned(), Subscription { display_name, readable });
        }

        let mut platform = Registry::new(PLATFORM, "rg-platform", "platform");
        platform.login_server = "platform-d4dafvhpevapbeaz.azurecr.io".to_owned();
        platform.sku = "Premium".to_owned();
        platform.mode = RoleAssignmentMode::Abac;
        platform.identity = json!({"principalId": "5f1b4c1e-0000-4000-8000-00000000dddd", "tenantId": super::super::TENANT_ID, "type": "systemAssigned"});
        platform.tags = json!({"costcenter": "4711", "environment": "production"});
        platform.access = DataPlaneAccess::Prefixes {
            prefixes: [
                "base/",
                "build/",
                "charts/",
                "gateway/",
                "identity/",
                "observability/",
                "policy/",
            ]
            .map(str::to_owned)
            .to_vec(),
            catalog: true,
        };
        world.add(platform, PLATFORM_REPOSITORIES);

        let mut products = Registry::new(PRODUCTS, "rg-products", "contosoproducts");
        products.tags = json!({"environment": "production"});
        world.add(products, PRODUCT_REPOSITORIES);

        let mut lab = Registry::new(PRODUCTS, "rg-lab", "contosolab");
        lab.sku = "Basic".to_owned();
        lab.properties = json!({"adminUserEnabled": true});
        world.add(lab, LAB_REPOSITORIES);

        let mut public = Registry::new(PRODUCTS, "rg-public", "contosopublic");
        public.anonymous_pull = true;
        public.location = "northeurope".to_owned();
        world.add(public, PUBLIC_REPOSITORIES);

        let mut vault = Registry::new(PLATFORM, "rg-security", "contosovault");
        vault.sku = "Premium".to_owned();
        vault.properties = closed();
        vault.access = DataPlaneAccess::Firewall;
        world.add(vault, VAULT_REPOSITORIES);

        let mut partners = Registry::new(PRODUCTS, "rg-partners", "contosopartners");
        partners.sku = "Premium".to_owned();
        partners.access = DataPlaneAccess::Denied;
        world.add(partners, PARTNER_REPOSITORIES);

        world.add(Registry::new(FOREIGN, "rg-legacy", "acquiredlegacy"), &[]);
        postures::add(&mut world);
        world
    }

    fn add(&mut self, mut registry: Registry, repositories: &[&str]) {
        for (position, name) in repositories.iter().enumerate() {
            let path = format!("{}/{name}", registry.login_server);
            let repository = repository(self.seed, &path, position);
            registry.repositories.insert((*name).to_owned(), repository);
        }
        self.registries.insert(registry.login_server.clone(), registry);
    }
}

/// A repository whose shape depends on its position: every fourth has an index, every fifth an untagged manifest,
/// every sixth a locked tag, the fourth an artifact; `checkout/frontend` has a hidden tag.
fn repository(seed: u64, path: &str, position: usize) -> Repository {
    let mut repository = Repository::default();
    for release in 0..3 + position % 6 {
        let path = format!("{path}/release/{release}");
        let (digest, at) = (digest(seed, &path), date(seed, &path));
        repository.tag(&format!("1.{release}.{}", position % 4), &digest, &at);
        repository.manifests.insert(digest.clone(), image(&digest, &at));
    }
    let newest = if position.is_multiple_of(4) {
        let platforms = [
            ("linux", "amd64"),
            ("linux", "arm64"),
            ("linux", "arm"),
            ("windows", "amd64"),
        ];
        let platforms = &platforms[..2 + position % 3];
        repository.push_index(seed, &format!("{path}/index"), platforms)
    } else {
        digest(seed, &format!("{path}/release/0"))
    };
    let at = date(seed, &format!("{path}/latest"));
    repository.tag("latest", &newest, &at);
    if position.is_multiple_of(5) {
        let path = format!("{path}/untagged");
        let (digest, at) = (digest(seed, &path), date(seed, &path));
        repository.manifests.insert(digest.clone(), image(&digest, &at));
    }
    if position.is_multiple_of(6)
        && let Some(tag) = repository.tags.values_mut().next()
    {
        tag.attributes = Attributes {
            write_enabled: false,
            delete_enabled: false,
            ..Attributes::default()
        };
    }
    if position == 3 {
        let path = format!("{path}/sbom");
        let (digest, at) = (digest(seed, &path), date(seed, &path));
        let artifact = Manifest {
            media_type: OCI_MANIFEST.to_owned(),
            config_media_type: Some("application/vnd.oci.empty.v1+json".to_owned()),
            image_size: 2_048,
            created: at.clone(),
            last_update: at.clone(),
            ..Manifest::default()
        };
        repository.tag("sbom", &digest, &at);
        repository.manifests.insert(digest, artifact);
    }
    if path.ends_with("checkout/frontend") {
        let at = date(seed, &format!("{path}/hidden"));
        repository.tag("hidden", &newest, &at);
        if let Some(tag) = repository.tags.get_mut("hidden") {
            tag.attributes.list_enabled = false;
        }
    }
    repository.finish(&date(seed, path));
    repository
}
