//! The document that an observation would write, merged line by line with the one that is stored.
//!
//! Both sides are sorted, so one pass in constant memory finds what was added, changed and removed.

use std::cmp::Ordering;

use azure_core::http::Etag;
use uuid::Uuid;

use super::capture::Capture;
use super::changes::ChangeLog;
use super::stored::{StoredDocument, StoredLine};
use super::{CollectError, commit};
use crate::hash::Sha256Hex;
use crate::inventory::change::Change;
use crate::inventory::encode_line;
use crate::inventory::repository::{End, Header, LineKind, ManifestRecord, TagRecord};
use crate::names::Digest;
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
    pub(super) stored: Option<StoredDocument>,
    unseen: Unseen,
    document: StagedWriter<'a>,
    changes: ChangeLog<'a>,
    pub(super) capture: Option<Capture<'a>>,
    hash: Sha256Hex,
    pub(super) sums: Sums,
    line: Vec<u8>,
}

/// What the lines add up to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) manifests: u64,
    pub(super) tags: u64,
    pub(super) bytes: u64,
    /// Stored lines that the observation did not show, and that are not in the draft.
    pub(super) removed: u64,
    /// Stored lines that the observation did not show, and that are in the draft.
    pub(super) kept: u64,
    /// Lines that are not in the stored document as they are in the draft.
    pub(super) changed: u64,
}

impl<'a> Draft<'a> {
    /// Begins a document that follows `stored`. Without `record_changes` no change record is written (first inventory
    /// of a registry).
    pub(super) async fn begin(
        store: &'a Store,
        header: Header,
        stored: Option<StoredDocument>,
        unseen: Unseen,
        record_changes: bool,
        capture: Option<Capture<'a>>,
    ) -> Result<Self, CollectError> {
        let key = BlobKey::Repository(header.login_server.clone(), header.repository.clone());
        let mut draft = Self {
            store,
            document: store.writer(&key),
            changes: ChangeLog::new(store, record_changes),
            header,
            stored,
            unseen,
            capture,
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

    /// Adds a manifest; digests have to come in order.
    pub(super) async fn manifest(&mut self, manifest: &ManifestRecord) -> Result<(), CollectError> {
        let old = self.stored_line(LineKind::Manifest, manifest.digest.as_str()).await?;
        self.sums.manifests += 1;
        self.sums.bytes = self.sums.bytes.saturating_add(manifest.image_size);
        let changed = self.emit(manifest, old.as_ref()).await?;
        let Some(old) = old else {
            return self
                .change(&Change::ManifestAdded {
                    digest: manifest.digest.clone(),
                })
                .await;
        };
        let Some(before) = self.previous::<ManifestRecord>(&old, changed)? else {
            return Ok(());
        };
        if before.changeable_attributes == manifest.changeable_attributes {
            return Ok(());
        }
        let change = Change::LockChanged {
            tag: None,
            digest: manifest.digest.clone(),
            from: before.changeable_attributes,
            to: manifest.changeable_attributes.clone(),
        };
        self.change(&change).await
    }

    /// Adds a tag; names have to come in order, after all manifests.
    pub(super) async fn tag(&mut self, tag: &TagRecord) -> Result<(), CollectError> {
        let old = self.stored_line(LineKind::Tag, tag.name.as_str()).await?;
        self.sums.tags += 1;
        let changed = self.emit(tag, old.as_ref()).await?;
        let (name, digest) = (tag.name.clone(), tag.digest.clone());
        let Some(old) = old else {
            return self.change(&Change::TagCreated { tag: name, digest }).await;
        };
        let Some(before) = self.previous::<TagRecord>(&old, changed)? else {
            return Ok(());
        };
        if before.digest != digest {
            self.change(&Change::TagMoved {
                tag: name.clone(),
                from: before.digest,
                to: digest.clone(),
            })
            .await?;
        }
        if before.changeable_attributes == tag.changeable_attributes {
            return Ok(());
        }
        let (from, to) = (before.changeable_attributes, tag.changeable_attributes.clone());
        self.change(&Change::LockChanged {
            tag: Some(name),
            digest,
            from,
            to,
        })
        .await
    }

    /// The stored record behind a line, when it has changed and changes are recorded.
    fn previous<T: serde::de::DeserializeOwned>(
        &self,
        old: &StoredLine,
        changed: bool,
    ) -> Result<Option<T>, CollectError> {
        match &self.stored {
            Some(stored) if changed && self.changes.is_on() => stored.record(old).map(Some),
            _ => Ok(None),
        }
    }

    /// The manifest as stored, if it is there: what is known of it already need not be asked again.
    pub(super) async fn stored_manifest(&mut self, digest: &Digest) -> Result<Option<ManifestRecord>, CollectError> {
        self.catch_up(LineKind::Manifest, digest.as_str()).await?;
        let Some(stored) = &mut self.stored else {
            return Ok(None);
        };
        let is_it = |line: &StoredLine| line.order(LineKind::Manifest, digest.as_str()) == Ordering::Equal;
        match stored
            .peek()
            .await?
            .filter(|line| is_it(line))
            .map(|line| line.bytes.clone())
        {
            Some(bytes) => {
                let line = StoredLine {
                    kind: LineKind::Manifest,
                    key: digest.to_string(),
                    bytes,
                };
                stored.record(&line).map(Some)
            }
            None => Ok(None),
        }
    }

    /// No more lines: settles what is left of the stored document; the hash of the content.
    pub(super) async fn finish_content(&mut self) -> Result<String, CollectError> {
        self.catch_up(LineKind::End, "").await?;
        Ok(std::mem::take(&mut self.hash).finish())
    }

    /// The end line of the stored document; known after [`Draft::finish_content`].
    pub(super) fn stored_end(&self) -> Option<&End> {
        self.stored.as_ref().and_then(StoredDocument::end)
    }

    /// Writes change record and document (commit rule 4); the capture comes back.
    pub(super) async fn commit(mut self, end: &End) -> Result<(commit::Committed, Option<Capture<'a>>), CollectError> {
        self.line.clear();
        encode_line(end, &mut self.line);
        self.document.write(&self.line).await?;
        self.changes.commit().await?;
        let read: Option<Etag> = self.stored.map(|stored| stored.etag);
        let written = self.document.commit(Condition::unchanged_since(read)).await;
        let key = BlobKey::Repository(self.header.login_server, self.header.repository);
        let committed = commit::settle(self.store, &key, written, self.header.commit_id).await?;
        Ok((committed, self.capture))
    }

    /// Records a change; see [`Change`].
    pub(super) async fn change(&mut self, change: &Change) -> Result<(), CollectError> {
        self.changes.add(&self.header, change).await
    }

    /// Settles every stored line before (`kind`, `key`), then takes the stored line that is exactly it.
    async fn stored_line(&mut self, kind: LineKind, key: &str) -> Result<Option<StoredLine>, CollectError> {
        self.catch_up(kind, key).await?;
        let Some(stored) = &mut self.stored else {
            return Ok(None);
        };
        let same = stored
            .peek()
            .await?
            .is_some_and(|line| line.order(kind, key) == Ordering::Equal);
        Ok(if same { stored.take() } else { None })
    }

    async fn catch_up(&mut self, kind: LineKind, key: &str) -> Result<(), CollectError> {
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
                Unseen::Keep => self.keep(&line).await?,
                Unseen::Remove => self.remove(&line).await?,
            }
        }
    }

    async fn keep(&mut self, line: &StoredLine) -> Result<(), CollectError> {
        self.sums.kept += 1;
        match (line.kind, &self.stored) {
            (LineKind::Manifest, Some(stored)) => {
                let manifest: ManifestRecord = stored.record(line)?;
                self.sums.manifests += 1;
                self.sums.bytes = self.sums.bytes.saturating_add(manifest.image_size);
            }
            _ => self.sums.tags += 1,
        }
        self.line.clear();
        self.line.extend_from_slice(&line.bytes);
        self.line.push(b'\n');
        self.pass().await
    }

    async fn remove(&mut self, line: &StoredLine) -> Result<(), CollectError> {
        self.sums.removed += 1;
        let change = match line.kind {
            LineKind::Manifest => {
                self.previous::<ManifestRecord>(line, true)?
                    .map(|manifest| Change::ManifestRemoved {
                        digest: manifest.digest,
                    })
            }
            _ => self.previous::<TagRecord>(line, true)?.map(|tag| Change::TagRemoved {
                tag: tag.name,
                digest: tag.digest,
            }),
        };
        match change {
            Some(change) => self.change(&change).await,
            None => Ok(()),
        }
    }

    /// Writes a content line; whether it differs from the stored one.
    async fn emit(&mut self, record: &impl serde::Serialize, old: Option<&StoredLine>) -> Result<bool, CollectError> {
        self.line.clear();
        encode_line(record, &mut self.line);
        let same = old.is_some_and(|old| self.line.strip_suffix(b"\n") == Some(old.bytes.as_ref()));
        self.sums.changed += u64::from(!same);
        self.pass().await?;
        Ok(!same)
    }

    async fn pass(&mut self) -> Result<(), CollectError> {
        self.hash.update(&self.line);
        self.document.write(&self.line).await?;
        match &mut self.capture {
            Some(capture) => capture.write(&self.line).await,
            None => Ok(()),
        }
    }
}

/// The header of the document that follows `stored`.
pub(super) fn following_header(template: Header, stored: Option<&StoredDocument>) -> Header {
    Header {
        version: stored.map_or(0, |stored| stored.header.version) + 1,
        commit_id: Uuid::new_v4(),
        previous_commit_id: stored.map(|stored| stored.header.commit_id),
        ..template
    }
}
