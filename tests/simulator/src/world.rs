//! The state of the simulated world: everything a view reads or changes.

pub mod access;
pub mod change;
pub mod children;
pub mod directory;
pub mod generated;
pub mod guard;
mod manifest_body;
mod multi_platform;
pub mod mutate;
pub mod seed;
pub mod settings;
pub mod truth;

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};
use time::OffsetDateTime;

use self::change::Change;
use self::directory::Directory;
use self::generated::Generated;
use self::settings::{ArmSettings, IdentitySettings, PageLimits, ResourceGraphSettings};
use super::clock::Clock;

/// Tenant id of the simulated world.
pub const TENANT_ID: &str = "5f1b4c1e-0000-4000-8000-00000000aaaa";

/// Everything behind one lock in the front: views are called with `&mut World`, one at a time, and never wait.
#[derive(Debug, Default)]
pub struct World {
    pub clock: std::sync::Arc<Clock>,
    /// Azure subscriptions by id; what the identity may see.
    pub subscriptions: BTreeMap<String, Subscription>,
    /// Registries by login server, e.g. `contoso.azurecr.io`.
    pub registries: BTreeMap<String, Registry>,
    /// The oldest seed of everything that has to look random (digests, ids).
    pub seed: u64,
    /// Counts the mutations made so far, so that two pushes of the same tag give two digests.
    pub mutations: u64,
    /// Who may ask for tokens and how long they live.
    pub identity: IdentitySettings,
    /// Paging and access documents of the simulated resource manager.
    pub arm: ArmSettings,
    /// What the simulated Resource Graph leaves out or refuses.
    pub resource_graph: ResourceGraphSettings,
    /// Who is in the directory.
    pub directory: Directory,
    /// Page sizes of every registry; set from the options when the simulator starts.
    pub pages: PageLimits,
}

/// One subscription.
#[derive(Debug, Clone, Default)]
pub struct Subscription {
    pub display_name: String,
    /// True: the identity is Reader here through a group, without an assignment of its own. False: it may do here what
    /// its assignments say ([`World::grant`]), else ARM answers 403 and Resource Graph leaves the registries out.
    pub readable: bool,
}

/// How the registry decides who may do what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RoleAssignmentMode {
    #[default]
    Legacy,
    Abac,
}

/// What the identity may do on the data plane of one registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataPlaneAccess {
    /// Pull, metadata read and catalog on everything: what an inventory needs and no more.
    Full,
    /// Everything, with push, metadata write and delete. No inventory should hold this.
    Owner,
    /// ABAC: only repositories with one of these prefixes; the catalog needs `catalog`.
    Prefixes { prefixes: Vec<String>, catalog: bool },
    /// `/oauth2/exchange` answers 403.
    Denied,
    /// Every path answers 403 DENIED `client with IP '…' is not allowed access`.
    Firewall,
    /// What its role assignments give it in the registry's role assignment mode ([`World::grant`]).
    Assigned,
}

/// One registry: its ARM resource and its content.
#[derive(Debug, Clone)]
pub struct Registry {
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    pub login_server: String,
    pub location: String,
    pub sku: String,
    pub mode: RoleAssignmentMode,
    pub anonymous_pull: bool,
    pub access: DataPlaneAccess,
    /// ARM `properties` beyond the usual ones, merged over the defaults (policies, networkRuleSet, …).
    pub properties: Value,
    /// ARM `identity` block, or null.
    pub identity: Value,
    pub tags: Value,
    pub created: String,
    /// ARM collections under the registry (`webhooks`, `tokens`, `scopeMaps`, …), full resources in list order.
    pub children: BTreeMap<String, Vec<Value>>,
    /// Content by repository name (byte order, as the service lists it).
    pub repositories: BTreeMap<String, Repository>,
    /// Reads of the data plane allowed in one minute before 429; none: no limit.
    pub requests_per_minute: Option<u32>,
    /// Start of the minute being counted and the reads in it.
    pub minute: Option<(OffsetDateTime, u32)>,
    /// Seconds until a change becomes visible to reads, as on a replica that lags behind.
    pub replica_lag_seconds: u32,
    /// Changes that are made and not yet visible, with the time they become visible, oldest first.
    pub pending: VecDeque<(OffsetDateTime, Change)>,
}

impl Registry {
    /// ARM resource id.
    pub fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}",
            self.subscription, self.resource_group, self.name
        )
    }

    /// A Standard registry in legacy mode with nothing in it.
    pub fn new(subscription: &str, resource_group: &str, name: &str) -> Self {
        Self {
            subscription: subscription.to_owned(),
            resource_group: resource_group.to_owned(),
            name: name.to_owned(),
            login_server: format!("{}.azurecr.io", name.to_lowercase()),
            location: "westeurope".to_owned(),
            sku: "Standard".to_owned(),
            mode: RoleAssignmentMode::Legacy,
            anonymous_pull: false,
            access: DataPlaneAccess::Full,
            properties: json!({}),
            identity: Value::Null,
            tags: json!({}),
            created: "2025-01-15T08:00:00.1234567Z".to_owned(),
            children: BTreeMap::new(),
            repositories: BTreeMap::new(),
            requests_per_minute: None,
            minute: None,
            replica_lag_seconds: 0,
            pending: VecDeque::new(),
        }
    }
}

/// The four lock switches of a repository, manifest or tag (`changeableAttributes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    pub delete_enabled: bool,
    pub write_enabled: bool,
    pub read_enabled: bool,
    pub list_enabled: bool,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            delete_enabled: true,
            write_enabled: true,
            read_enabled: true,
            list_enabled: true,
        }
    }
}

/// One repository.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    pub created: String,
    pub last_update: String,
    pub attributes: Attributes,
    /// Manifests by digest.
    pub manifests: BTreeMap<String, Manifest>,
    /// Tags by name.
    pub tags: BTreeMap<String, Tag>,
    /// Content that is computed when it is asked for; both maps are empty then.
    pub generated: Option<Generated>,
}

/// One manifest.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    pub media_type: String,
    /// Absent for imported images.
    pub config_media_type: Option<String>,
    pub architecture: Option<String>,
    pub os: Option<String>,
    pub image_size: u64,
    pub created: String,
    pub last_update: String,
    pub attributes: Attributes,
    /// Children of a multi-platform index; empty for a single manifest.
    pub references: Vec<Reference>,
    /// Set on registries that have, or once had, the quarantine policy: `Passed` or `Quarantined`.
    pub quarantine_state: Option<String>,
    /// JSON in a string, as scanners left it there.
    pub quarantine_details: Option<String>,
    /// The bytes as pushed; none for seeded manifests.
    pub content: Option<bytes::Bytes>,
}

/// One child of a multi-platform index.
#[derive(Debug, Clone)]
pub struct Reference {
    pub digest: String,
    pub architecture: String,
    pub os: String,
    /// The image that it is the attestation of, as BuildKit pushes one beside each.
    pub attests: Option<String>,
}

/// One tag.
#[derive(Debug, Clone, Default)]
pub struct Tag {
    pub digest: String,
    pub created: String,
    pub last_update: String,
    pub attributes: Attributes,
}
