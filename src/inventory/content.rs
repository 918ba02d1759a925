//! The content document: what only the manifests of a repository say themselves, one line per digest.
//!
//! A manifest never changes under its digest, so a line that is known is known for ever. Lines come in the order of
//! digests; a document without its end line was cut off.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::names::{Digest, LoginServer, RepositoryName};

/// First line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "content")]
pub struct ContentHeader {
    pub schema_version: u32,
    pub login_server: LoginServer,
    pub repository: RepositoryName,
    /// 1 for the first commit, then one more for each.
    pub version: u64,
    /// Identity of the write that made this document.
    pub commit_id: uuid::Uuid,
}

/// What is known of one digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum ContentRecord {
    /// A multi-platform index and what it refers to, in its own order.
    Index { digest: Digest, children: Vec<Child> },
    /// The manifest could not be had; it is asked for again.
    Unknown {
        digest: Digest,
        /// Code of the failure, as problems have it.
        code: String,
        /// How often it was asked for.
        attempts: u32,
        /// RFC 3339, UTC: not before.
        retry_after: String,
    },
}

impl ContentRecord {
    /// The digest that the line is about.
    pub fn digest(&self) -> &Digest {
        match self {
            Self::Index { digest, .. } | Self::Unknown { digest, .. } => digest,
        }
    }
}

/// One descriptor of an index (OCI image specification, image index).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Child {
    pub digest: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Size of the manifest itself, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// What names an attestation and the image it is about: `vnd.docker.reference.type` and `.digest`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// What a child runs on. An attestation says `unknown`/`unknown`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Platform {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
}

/// Last line: what the lines above add up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "end")]
pub struct ContentEnd {
    /// Lines of digests whose content is known.
    pub known: u64,
    /// Lines of digests whose content could not be had.
    pub unknown: u64,
    /// `sha256:` over the lines between the first and this one, as stored.
    pub content_hash: String,
}

/// Of how many multi-platform indexes of a registry the content is known; in `registry.json`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContentCoverage {
    /// Indexes whose children are known.
    pub known: u64,
    /// Indexes in the current snapshot.
    pub of: u64,
    /// Indexes that were asked for in vain, and are asked for again.
    pub refused: u64,
}

/// One repository of the work that the content phase has, a line of a work list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContentTask {
    pub repository: RepositoryName,
    /// Content hash of the document that it is about. Another one by the time that it is done (an event came between), and
    /// it is looked at once more: the next list may show this one again, and nobody would take it for new.
    pub content_hash: String,
}
