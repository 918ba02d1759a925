//! Every version of every blob, with the time it became visible.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use serde_json::Value;
use time::OffsetDateTime;

use simulator::lock::lock;

/// One version of a blob; without content it was deleted.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub(super) at: OffsetDateTime,
    /// Which of all versions of all blobs it is: what came first, where the time is the same.
    pub(super) order: u64,
    pub(super) content: Option<Bytes>,
    /// Without quotes; empty if it was deleted.
    pub(super) etag: String,
}

impl Version {
    /// The JSON document; null if it was deleted or is none.
    pub(super) fn json(&self) -> Value {
        let content = self.content.as_deref();
        content
            .and_then(|bytes| serde_json::from_slice(bytes).ok())
            .unwrap_or_default()
    }
}

/// Shared between the view of the storage and the judge.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal {
    blobs: Arc<Mutex<BTreeMap<String, Vec<Version>>>>,
    noted: Arc<AtomicU64>,
    /// How often a repository's document was read.
    pub(super) reads: Arc<AtomicU64>,
    /// What was wrong when it happened.
    pub(super) complaints: Arc<Mutex<Vec<String>>>,
}

impl Journal {
    /// Notes a version.
    pub(super) fn note(&self, name: &str, at: OffsetDateTime, content: Option<Bytes>, etag: Option<String>) {
        let order = self.noted.fetch_add(1, Ordering::Relaxed);
        let etag = etag.unwrap_or_default().trim_matches('"').to_owned();
        let version = Version {
            at,
            order,
            content,
            etag,
        };
        self.all().entry(name.to_owned()).or_default().push(version);
    }

    /// How many versions have been noted: the order of the next one.
    pub(super) fn noted(&self) -> u64 {
        self.noted.load(Ordering::Relaxed)
    }

    /// All versions by name, oldest first.
    pub(super) fn all(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Version>>> {
        lock(&self.blobs)
    }

    /// How many blobs in a folder of this name are gone.
    pub(super) fn deleted(&self, folder: &str) -> u64 {
        let all = self.all();
        let of = all.iter().filter(|(name, _)| name.contains(folder));
        let last = of.filter_map(|(_, versions)| versions.last());
        last.filter(|version| version.content.is_none()).count() as u64
    }

    /// How many versions were written of blobs in a folder of this name.
    pub(super) fn count(&self, folder: &str) -> usize {
        let all = self.all();
        let of = all.iter().filter(|(name, _)| name.contains(folder));
        let written = of.flat_map(|(_, versions)| versions);
        written.filter(|version| version.content.is_some()).count()
    }
}
