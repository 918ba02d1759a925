//! Snapshots: immutable, and named by hash from the pointer down, so that a reader can prove what it reads.

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use super::problem::Completeness;
use super::registry::Totals;
use crate::names::{LoginServer, RepositoryName};

/// A blob under the snapshot's folder and what it must hash to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartRef {
    /// File name, e.g. `part-{uuid}.ndjson.gz` (documents) or `index-{uuid}.ndjson.gz` ([`IndexEntry`] lines).
    pub name: String,
    /// `sha256:` of the blob's bytes.
    pub sha256: String,
    /// Size of the blob.
    pub bytes: u64,
    /// Repository documents (part) or entries (index) in it.
    pub repositories: u64,
}

/// `snapshots/{generation}/manifest.json`: written once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotManifest {
    pub schema_version: u32,
    pub login_server: LoginServer,
    pub generation: Generation,
    pub completeness: Completeness,
    pub totals: Totals,
    /// Documents, gzip NDJSON: each repository's lines in one part, header to end line.
    pub parts: Vec<PartRef>,
    /// One line per repository in catalog order, over all index blobs in the order listed.
    pub index: Vec<PartRef>,
    /// The snapshot that was current before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Box<SnapshotPointer>>,
}

/// One repository in the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexEntry {
    pub repository: RepositoryName,
    pub completeness: Completeness,
    pub manifests: u64,
    pub tags: u64,
    pub bytes: u64,
    /// Multi-platform indexes among the manifests.
    #[serde(default)]
    pub indexes: u64,
    /// Hash of the document's content lines; empty when nothing is known of the repository.
    pub content_hash: String,
    /// The part that holds the document; absent when nothing is known of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

/// Where a snapshot is and what its manifest must hash to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotPointer {
    pub generation: Generation,
    /// `sha256:` of `snapshots/{generation}/manifest.json`.
    pub manifest_sha256: String,
    pub completeness: Completeness,
}

/// First line of a repository in a part; manifest, tag and end lines follow as in its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "repository")]
pub struct PartHeader {
    pub schema_version: u32,
    pub login_server: LoginServer,
    pub repository: RepositoryName,
    /// RFC 3339, UTC: when the observation began.
    pub observed_at: String,
}
