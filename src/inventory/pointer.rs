//! Where a snapshot is.

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use super::problem::Completeness;

/// Where a snapshot is and what its manifest must hash to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotPointer {
    pub generation: Generation,
    /// `sha256:` of `snapshots/{generation}.json`.
    pub manifest_sha256: String,
    pub completeness: Completeness,
}
