//! Runs: which registries a timer covered and how each ended.

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use super::problem::{Completeness, Problems};
use crate::names::{LoginServer, RegistryId};

/// `v1/runs/{generation}.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunDocument {
    pub schema_version: u32,
    pub generation: Generation,
    pub commit_id: uuid::Uuid,
    /// RFC 3339, UTC.
    pub opened_at: String,
    /// How the registries were found, e.g. `resource-graph`, `arm`, `configured`.
    pub discovery: Discovery,
    pub registries: Vec<RunRegistry>,
}

/// What discovery could see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Discovery {
    pub source: DiscoverySource,
    /// Partial when a subscription could not be read: registries may exist that this run does not cover.
    pub completeness: Completeness,
    pub problems: Problems,
}

/// Where the list of registries came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiscoverySource {
    ResourceGraph,
    Arm,
    Configured,
}

/// One registry of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRegistry {
    pub login_server: LoginServer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_id: Option<RegistryId>,
    /// How its refresh ended; absent while it goes on. Filled in when the next run is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Completeness>,
}

/// `v1/runs/current.json`: the newest run; moved by a conditional write, which is what numbers the generations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CurrentRun {
    pub schema_version: u32,
    pub generation: Generation,
    pub commit_id: uuid::Uuid,
}
