//! Queue messages: hints that name what to read again. They carry no facts, no cursor and no authority.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::generation::Generation;
use super::{DocumentError, decode};
use crate::names::{Digest, LoginServer, RegistryId, RepositoryName, Tag};

/// A message by its `kind`.
pub trait Message: DeserializeOwned {
    const KIND: &'static str;
}

impl Message for RefreshRegistry {
    const KIND: &'static str = "refresh-registry";
}

impl Message for RefreshRepository {
    const KIND: &'static str = "refresh-repository";
}

impl Message for Check {
    const KIND: &'static str = "check";
}

/// Reads a message of this kind. (Serde writes the tag of a struct and does not look at it when reading.)
pub fn decode_message<T: Message>(bytes: &[u8]) -> Result<T, DocumentError> {
    #[derive(Deserialize)]
    struct Tagged {
        kind: String,
    }
    let message = decode(bytes)?;
    let tagged: Tagged = serde_json::from_slice(bytes).map_err(|error| DocumentError::Malformed(error.to_string()))?;
    if tagged.kind == T::KIND {
        Ok(message)
    } else {
        Err(DocumentError::Malformed(format!("its kind is not {}", T::KIND)))
    }
}

/// Asks for a registry's refresh to be started or continued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "refresh-registry")]
pub struct RefreshRegistry {
    pub schema_version: u32,
    pub login_server: LoginServer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_id: Option<RegistryId>,
    pub generation: Generation,
    /// Which piece of work this is: the same when it is put off, another when the refresh got any further.
    #[serde(default = "crate::random::uuid")]
    pub id: Uuid,
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
    /// Which event this is about, from its first message to its last.
    #[serde(default = "crate::random::uuid")]
    pub id: Uuid,
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

/// Asks for nothing: `check` sends it to see whether it may send. It is the same every time, so that duplicate detection
/// keeps one of many, and whoever gets it acknowledges it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "check")]
pub struct Check {
    pub schema_version: u32,
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
