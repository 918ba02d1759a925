//! Why a snapshot cannot be written or read. Whoever reads is told the blob.

use crate::inventory::DocumentError;
use crate::inventory::problem::sanitize;
use crate::store::{BlobKey, StoreError};

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("the inventory cannot be read or written")]
    Store(#[source] StoreError),
    /// Perhaps it was thinned since the snapshot was opened.
    #[error("{blob} is not there")]
    Absent { blob: String },
    #[error("{blob} does not match its hash")]
    Altered { blob: String },
    #[error("{blob} cannot be read")]
    Document {
        blob: String,
        #[source]
        source: DocumentError,
    },
    /// A mistake of the caller: a repository out of the order of the catalog, or another base than the one that chunks of
    /// the snapshot are in. Nothing is published.
    #[error("the snapshot cannot go on: {what}")]
    Misuse { what: String },
}

impl From<StoreError> for SnapshotError {
    fn from(error: StoreError) -> Self {
        match error {
            // No fault of the store: what lies there is not one of ours.
            StoreError::TooLarge { key, cap } => Self::Document {
                blob: key,
                source: DocumentError::TooLarge(cap),
            },
            error => Self::Store(error),
        }
    }
}

impl SnapshotError {
    /// The blob that is not as it has to be; none where it is not the blob's fault.
    pub fn blob(&self) -> Option<&str> {
        match self {
            Self::Absent { blob } | Self::Altered { blob } | Self::Document { blob, .. } => Some(blob),
            Self::Store(_) | Self::Misuse { .. } => None,
        }
    }

    pub(super) fn absent(key: &BlobKey) -> Self {
        Self::Absent { blob: key.to_string() }
    }

    pub(super) fn altered(key: &BlobKey) -> Self {
        Self::Altered { blob: key.to_string() }
    }

    pub(super) fn malformed(key: &BlobKey, detail: impl std::fmt::Display) -> Self {
        Self::Document {
            blob: key.to_string(),
            source: DocumentError::Malformed(sanitize(&detail.to_string())),
        }
    }
}
