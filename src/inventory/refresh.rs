//! The checkpoint `refresh.json`: how far the refresh in progress has come.

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use super::problem::{Completeness, Problems};
use super::registry::{Resource, Totals};
use super::snapshot::PartRef;
use crate::names::{LoginServer, RegistryId, RepositoryName};

/// State of one registry's refresh; the only place that holds its cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshDocument {
    pub schema_version: u32,
    pub login_server: LoginServer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_id: Option<RegistryId>,
    pub generation: Generation,
    pub version: u64,
    pub commit_id: uuid::Uuid,
    pub phase: Phase,
    /// Every repository up to and including this one is in the parts.
    #[serde(default)]
    pub cursor: Option<RepositoryName>,
    pub parts: Vec<PartRef>,
    pub index: Vec<PartRef>,
    pub totals: Totals,
    /// Repositories whose observation was not complete.
    pub incomplete_repositories: u64,
    pub problems: Problems,
    /// The ARM resource, read when the refresh was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// True when the registry had no snapshot yet: its first inventory has no change records.
    #[serde(default)]
    pub baseline: bool,
    /// RFC 3339, UTC.
    pub started_at: String,
    pub updated_at: String,
    /// Requests sent to the registry so far, all invocations together.
    pub requests: u64,
    /// Set in phase `done`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Completeness>,
}

/// Where a refresh stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Reading the catalog from the cursor on.
    Walking,
    /// The catalog was read to its end; removals and the snapshot are being settled.
    Closing,
    /// Nothing left to do in this generation.
    Done,
}
