//! Settings of the simulated services that belong to no registry.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Object id of the one principal of the simulated world; every Entra token names it.
pub const PRINCIPAL_ID: &str = "5f1b4c1e-0000-4000-8000-00000000bbbb";

/// Client id of the application that [`IdentitySettings`] knows from the start.
pub const APPLICATION_ID: &str = "5f1b4c1e-0000-4000-8000-00000000cccc";

/// Secret of that application: unique text, so a log, blob or message that holds it has leaked it.
pub const APPLICATION_SECRET: &str = "canary-application-secret-7Q~acr-inventory";

/// Who may ask for Entra tokens and how long they live.
#[derive(Debug, Clone)]
pub struct IdentitySettings {
    /// Client ids of the user-assigned identities that the host has; another one is answered with 400.
    pub identity_client_ids: Vec<String>,
    /// Object ids of the same identities.
    pub identity_object_ids: Vec<String>,
    /// False: the host has no system-assigned identity.
    pub system_assigned: bool,
    /// Secret by client id, for the client credentials flow.
    pub applications: BTreeMap<String, String>,
    /// Client ids whose secret has expired.
    pub expired: BTreeSet<String>,
    /// Seconds an Entra token lives; managed identity tokens live 24 h.
    pub token_seconds: i64,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            identity_client_ids: Vec::new(),
            identity_object_ids: Vec::new(),
            system_assigned: true,
            applications: BTreeMap::from([(APPLICATION_ID.to_owned(), APPLICATION_SECRET.to_owned())]),
            expired: BTreeSet::new(),
            token_seconds: 86_400,
        }
    }
}

/// The simulated resource manager.
#[derive(Debug, Clone)]
pub struct ArmSettings {
    /// Items of one page of any ARM list; the rest follows under `nextLink`.
    pub page_size: usize,
    /// Role assignments of the tenant, as ARM returns them (`properties.scope` says where they apply).
    pub role_assignments: Vec<Value>,
    /// Seconds until a new role assignment counts; lists show it at once.
    pub role_lag_seconds: u32,
    /// Custom role definitions of the tenant, as ARM returns them; the built-in ones are always there.
    pub role_definitions: Vec<Value>,
    /// Deny assignments of the tenant, as ARM returns them.
    pub deny_assignments: Vec<Value>,
    /// Locks of the tenant, as ARM returns them; the id says what they lock.
    pub locks: Vec<Value>,
    /// Diagnostic settings of the tenant, as ARM returns them; the id says of which resource.
    pub diagnostic_settings: Vec<Value>,
    /// Defender plan `Containers` by subscription, as ARM returns it; none: `Free`.
    pub defender: BTreeMap<String, Value>,
    /// What `getCallbackConfig` answers, by the id of the webhook: it holds secrets, so no other answer shows it.
    pub callbacks: BTreeMap<String, Value>,
}

impl Default for ArmSettings {
    fn default() -> Self {
        Self {
            page_size: 1_000,
            role_assignments: Vec::new(),
            role_lag_seconds: 0,
            role_definitions: Vec::new(),
            deny_assignments: Vec::new(),
            locks: Vec::new(),
            diagnostic_settings: Vec::new(),
            defender: BTreeMap::new(),
            callbacks: BTreeMap::new(),
        }
    }
}

/// The simulated Resource Graph.
#[derive(Debug, Clone, Default)]
pub struct ResourceGraphSettings {
    /// True: every query is answered with 403.
    pub denied: bool,
    /// Registries (by name) that it has not heard of yet: it is eventually consistent.
    pub omit: BTreeSet<String>,
    /// Rows of one page at most, below the service's own 1,000; none: 1,000.
    pub page_size: Option<usize>,
}

/// Page sizes of the registries.
#[derive(Debug, Clone, Copy)]
pub struct PageLimits {
    /// Items when the request has no `n`; the service's own default is not documented.
    pub default: usize,
    /// Items at most, whatever `n` says.
    pub maximum: usize,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self {
            default: 100,
            maximum: 1_000,
        }
    }
}
