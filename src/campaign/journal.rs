//! Every version of every blob, with the time it became visible.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use time::OffsetDateTime;

use crate::lock::lock;

/// One version of a blob; without content it was deleted.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub(super) at: OffsetDateTime,
    pub(super) content: Option<Bytes>,
}

/// Shared between the view of the storage and the judge.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal {
    blobs: Arc<Mutex<BTreeMap<String, Vec<Version>>>>,
}

impl Journal {
    /// Notes a version.
    pub(super) fn note(&self, name: &str, at: OffsetDateTime, content: Option<Bytes>) {
        self.all()
            .entry(name.to_owned())
            .or_default()
            .push(Version { at, content });
    }

    /// All versions by name, oldest first.
    pub(super) fn all(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Version>>> {
        lock(&self.blobs)
    }

    /// How many versions there are of blobs in a folder of this name.
    pub(super) fn count(&self, folder: &str) -> usize {
        let all = self.all();
        let of = all.iter().filter(|(name, _)| name.contains(folder));
        of.map(|(_, versions)| versions.len()).sum()
    }
}
