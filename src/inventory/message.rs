//! Queue messages: hints that name what to read again. They carry no facts, no cursor and no authority.

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use crate::names::{Digest, LoginServer, RegistryId, RepositoryName, Tag};

/// Asks for a registry's refresh to be started or continued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "refresh-registry")]
pub struct RefreshRegistry {
    pub schema_version: u32,
    pub login_server: LoginServer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_id: Option<RegistryId>,
    pub generation: Generation,
    /// How often this work was put off after a passing fault.
    #[serde(default)]
    pub attempt: u32,
}

/// Asks for one repository to be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "refresh-repository")]
pub struct RefreshRepository {
    pub schema_version: u32,
    pub login_server: LoginServer,
    pub repository: RepositoryName,
    /// How often this work was put off after a passing fault.
    #[serde(default)]
    pub attempt: u32,
    /// How many delayed looks were taken because the registry did not yet show the event.
    #[serde(default)]
    pub recheck: u32,
    /// What the event said, so that the reader can tell whether the registry shows it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<EventHint>,
}

/// The part of an event that tells when it has arrived in the registry's lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventHint {
    pub effect: EventEffect,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
}

/// What an event says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventEffect {
    Pushed,
    Deleted,
}
