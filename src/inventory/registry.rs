//! The registry document `registry.json`: ARM properties, status, totals, pointer to the current snapshot.

use serde::{Deserialize, Serialize};

use super::content::ContentCoverage;
use super::generation::Generation;
use super::pointer::SnapshotPointer;
use super::problem::{Completeness, Problems};
use crate::names::{LoginServer, RegistryId};

/// What is known of one registry as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistryDocument {
    pub schema_version: u32,
    pub login_server: LoginServer,
    /// ARM id; absent when the registry was named by its login server and ARM was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_id: Option<RegistryId>,
    pub version: u64,
    pub commit_id: uuid::Uuid,
    #[serde(default)]
    pub previous_commit_id: Option<uuid::Uuid>,
    /// The refresh that wrote this document last.
    pub generation: Generation,
    /// RFC 3339, UTC.
    pub observed_at: String,
    pub status: Status,
    /// Totals of the current snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// The newest snapshot, complete or partial; readers start here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotPointer>,
    /// The newest snapshot that is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_complete: Option<SnapshotPointer>,
    /// The ARM resource as last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// Of how many multi-platform indexes it is known what they refer to; absent before that was first asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentCoverage>,
}

impl RegistryDocument {
    /// Its ARM id: as it was found, else as the resource has it. None where Resource Manager was not asked.
    pub fn arm_id(&self) -> Option<RegistryId> {
        let of_resource = || RegistryId::parse(self.resource.as_ref()?.body.get("id")?.as_str()?).ok();
        self.registry_id.clone().or_else(of_resource)
    }
}

/// How the last refresh ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub completeness: Completeness,
    #[serde(default)]
    pub problems: Problems,
}

/// Sums over repositories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    pub repositories: u64,
    pub manifests: u64,
    pub tags: u64,
    /// Sum of `imageSize`, bytes.
    pub bytes: u64,
}

impl Totals {
    /// Adds one repository.
    pub fn add(&mut self, manifests: u64, tags: u64, bytes: u64) {
        self.repositories += 1;
        self.manifests += manifests;
        self.tags += tags;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// The ARM resource of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// API version it was read with; properties this version does not know are absent.
    pub api_version: String,
    /// The resource as ARM sent it.
    pub body: serde_json::Value,
}
