//! The document that an observation would write, merged line by line with the one that is stored.
//!
//! Both sides are sorted, so one pass in constant memory finds what was added, changed and removed.

mod describe;

use std::cmp::Ordering;

use azure_core::http::Etag;

use super::changes::ChangeLog;
use super::merged_lines::MergedLines;
use super::stored::{ContentLine, StoredDocument};
use super::{CollectError, commit};
use crate::hash::Sha256Hex;
use crate::inventory::change::Change;
use crate::inventory::encode_line;
use crate::inventory::repository::{End, Header, LineKind, ManifestRecord};
use crate::store::{BlobKey, Condition, StagedWriter, Store};

/// What to do with a stored line that the observation did not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unseen {
    /// The observation decides: it is gone.
    Remove,
    /// The observation is not complete: it stays.
    Keep,
}

/// A document in the making.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    store: &'a Store,
    pub(super) header: Header,
    pub(super) stored: Option<StoredDocument<'a>>,
    unseen: Unseen,
    document: StagedWriter<'a>,
    changes: ChangeLog<'a>,
    hash: Sha256Hex,
    pub(super) sums: Sums,
    line: Vec<u8>,
}

/// What the lines add up to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) manifests: u64,
    pub(super) tags: u64,
    /// Of the manifests that were kept only.
    pub(super) kept_bytes: u64,
    pub(super) kept_indexes: u64,
    /// Stored lines that the observation did not show, and that are not in the draft.
    pub(super) removed: u64,
    /// Lines that are not in the stored document as they are in the draft.
    pub(super) changed: u64,
}

/// What a draft is for.
pub(super) struct Purpose {
    pub(super) unseen: Unseen,
    /// Without it there is no change record (the first document of a repository in the first inventory of a registry;
    /// a tombstone where nothing was).
    pub(super) records_changes: bool,
}

impl<'a> Draft<'a> {
    /// Begins a document that follows `stored`.
    pub(super) async fn begin(
        store: &'a Store,
        header: Header,
        stored: Option<StoredDocument<'a>>,
        purpose: Purpose,
    ) -> Result<Self, CollectError> {
        let key = BlobKey::Repository(header.login_server.clone(), header.repository.clone());
        let mut draft = Self {
            store,
            document: store.writer(&key),
            changes: ChangeLog::new(store, purpose.records_changes),
            header,
            stored,
            unseen: purpose.unseen,
            hash: Sha256Hex::default(),
            sums: Sums::default(),
            line: Vec::new(),
        };
        encode_line(&draft.header, &mut draft.line);
        draft.document.write(&draft.line).await?;
        let is_new = draft
            .stored
            .as_ref()
            .is_none_or(|stored| stored.header.removed_at.is_some());
        if is_new {
            draft.change(&Change::RepositoryAdded).await?;
        }
        Ok(draft)
    }

    /// Adds an observed line; they have to come in order, manifests by digest, then tags by name. `into`: what takes every
    /// line of the document for a snapshot.
    pub(super) async fn line(
        &mut self,
        line: &ContentLine,
        into: &mut Option<MergedLines<'_, '_>>,
    ) -> Result<(), CollectError> {
        let old = self.stored_line(line, into).await?;
        self.count(line.kind);
        self.pass(&line.bytes, into).await?;
        if old.as_ref().is_some_and(|old| old.bytes == line.bytes) {
            return Ok(());
        }
        self.sums.changed += 1;
        if self.changes.is_on() {
            self.describe(old.as_ref(), Some(line)).await?;
        }
        Ok(())
    }

    /// No more lines: takes what is left of the stored document; the hash of the content.
    pub(super) async fn finish_content(
        &mut self,
        into: &mut Option<MergedLines<'_, '_>>,
    ) -> Result<String, CollectError> {
        self.catch_up(LineKind::End, b"", into).await?;
        Ok(std::mem::take(&mut self.hash).finish())
    }

    /// The end line of the stored document; known after [`Draft::finish_content`].
    pub(super) fn stored_end(&self) -> Option<&End> {
        self.stored.as_ref().and_then(StoredDocument::end)
    }

    /// Whether the document would say what the stored one says.
    pub(super) fn says_the_same(&self, end: &End) -> bool {
        // Lines are compared too: an end line says what a document should hold, not what it does hold. Where only snapshots
        // hold them, those of the last one may be older than the document.
        let is_elsewhere = (self.stored.as_ref()).is_some_and(|stored| stored.header.lines_in_snapshot);
        self.stored_end().is_some_and(|stored| stored == end)
            && (is_elsewhere || self.sums.changed + self.sums.removed == 0)
            && (self.stored.as_ref()).is_some_and(|stored| stored.header.removed_at.is_none())
    }

    /// Writes change record and document (commit rule 4).
    pub(super) async fn commit(mut self, end: &End) -> Result<commit::Committed, CollectError> {
        self.line.clear();
        encode_line(end, &mut self.line);
        self.document.write(&self.line).await?;
        self.changes.commit().await?;
        let read: Option<Etag> = self.stored.map(|stored| stored.etag);
        let written = self.document.commit(Condition::unchanged_since(read.clone())).await;
        let key = BlobKey::Repository(self.header.login_server, self.header.repository);
        commit::conclude(self.store, &key, written, self.header.commit_id, read).await
    }

    fn key(&self) -> BlobKey {
        BlobKey::Repository(self.header.login_server.clone(), self.header.repository.clone())
    }

    /// Records a change; see [`Change`].
    pub(super) async fn change(&mut self, change: &Change) -> Result<(), CollectError> {
        self.changes.add(&self.header, change).await
    }

    /// Takes every stored line before this one, then takes the stored line with the same key.
    async fn stored_line(
        &mut self,
        line: &ContentLine,
        into: &mut Option<MergedLines<'_, '_>>,
    ) -> Result<Option<ContentLine>, CollectError> {
        self.catch_up(line.kind, &line.key, into).await?;
        let Some(stored) = &mut self.stored else {
            return Ok(None);
        };
        let same = stored
            .peek()
            .await?
            .is_some_and(|stored| stored.order(line.kind, &line.key) == Ordering::Equal);
        Ok(if same { stored.take() } else { None })
    }

    async fn catch_up(
        &mut self,
        kind: LineKind,
        key: &[u8],
        into: &mut Option<MergedLines<'_, '_>>,
    ) -> Result<(), CollectError> {
        loop {
            let Some(stored) = &mut self.stored else {
                return Ok(());
            };
            let before = stored
                .peek()
                .await?
                .is_some_and(|line| line.order(kind, key) == Ordering::Less);
            let Some(line) = before.then(|| stored.take()).flatten() else {
                return Ok(());
            };
            match self.unseen {
                Unseen::Keep => self.keep(&line, into).await?,
                Unseen::Remove => self.remove(&line).await?,
            }
        }
    }

    async fn keep(&mut self, line: &ContentLine, into: &mut Option<MergedLines<'_, '_>>) -> Result<(), CollectError> {
        if let (LineKind::Manifest, Some(stored)) = (line.kind, &self.stored) {
            let manifest: ManifestRecord = stored.record(line)?;
            self.sums.kept_bytes = self.sums.kept_bytes.saturating_add(manifest.image_size.unwrap_or(0));
            self.sums.kept_indexes += u64::from(manifest.is_index());
        }
        self.count(line.kind);
        self.pass(&line.bytes, into).await
    }

    fn count(&mut self, kind: LineKind) {
        match kind {
            LineKind::Manifest => self.sums.manifests += 1,
            _ => self.sums.tags += 1,
        }
    }

    async fn pass(&mut self, line: &[u8], into: &mut Option<MergedLines<'_, '_>>) -> Result<(), CollectError> {
        self.line.clear();
        self.line.extend_from_slice(line);
        self.line.push(b'\n');
        self.hash.update(&self.line);
        if !self.header.lines_in_snapshot {
            self.document.write(&self.line).await?;
        }
        match into {
            Some(into) => into.take(line).await,
            None => Ok(()),
        }
    }
}
