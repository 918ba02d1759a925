//! Segments: the index in pieces that stay as they are where no repository of theirs changed.

use flate2::Compression;
use serde::{Deserialize, Serialize};

use super::SnapshotError;
use super::cut::begins_with;
use super::member;
use crate::hash::sha256;
use crate::inventory::generation::Generation;
use crate::inventory::manifest::SegmentRef;
use crate::inventory::used_once::UsedOnce;
use crate::names::{LoginServer, RepositoryName};
use crate::store::{BlobKey, Condition, Store};

/// One repository in so many begins a segment.
const EVERY: u64 = 250;
/// Lines of a segment at the very most.
const MOST: u64 = 1_000;

/// A segment that was read, and what it would hash to unpacked: one with the same lines is named again and not written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KnownSegment {
    pub(super) reference: SegmentRef,
    pub(super) text_sha256: String,
}

/// The segments of a run.
#[derive(Debug)]
pub(super) struct SegmentWriter<'a> {
    store: &'a Store,
    login_server: &'a LoginServer,
    generation: &'a Generation,
    pub(super) closed: Vec<SegmentRef>,
    pub(super) open: OpenSegment,
}

/// Lines that wait for the end of their segment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpenSegment {
    first: Option<RepositoryName>,
    lines: u64,
    text: String,
    /// One that may have the same lines.
    known: Option<KnownSegment>,
}

impl<'a> SegmentWriter<'a> {
    pub(super) fn new(store: &'a Store, login_server: &'a LoginServer, generation: &'a Generation) -> Self {
        Self {
            store,
            login_server,
            generation,
            closed: Vec::new(),
            open: OpenSegment::default(),
        }
    }

    /// Adds the line of a repository, with its newline. `known` is the segment that had it before.
    pub(super) async fn add(
        &mut self,
        repository: &RepositoryName,
        line: &str,
        known: Option<&KnownSegment>,
    ) -> Result<(), SnapshotError> {
        if self.open.lines >= MOST || begins_with(repository.as_str(), EVERY) {
            self.close().await?;
        }
        let open = &mut self.open;
        open.first.get_or_insert_with(|| repository.clone());
        open.lines += 1;
        open.text.push_str(line);
        if let Some(known) = known
            && (open.known.as_ref()).is_none_or(|other| other.reference.name != known.reference.name)
        {
            open.known = Some(known.clone());
        }
        Ok(())
    }

    /// Ends the open segment.
    pub(super) async fn close(&mut self) -> Result<(), SnapshotError> {
        let open = std::mem::take(&mut self.open);
        let Some(first) = open.first else { return Ok(()) };
        let text_sha256 = sha256(open.text.as_bytes());
        if let Some(known) = open.known.filter(|known| known.text_sha256 == text_sha256) {
            self.closed.push(known.reference.clone());
            return Ok(());
        }
        let bytes = member::pack(open.text.as_bytes(), Compression::default());
        let name = UsedOnce::new(self.generation);
        let written = SegmentRef {
            name: name.clone(),
            sha256: sha256(&bytes),
            size: bytes.len() as u64,
            lines: open.lines,
            first,
        };
        let key = BlobKey::Index(self.login_server.clone(), name);
        self.store.write(&key, bytes, Condition::Always).await?;
        self.closed.push(written);
        Ok(())
    }
}
