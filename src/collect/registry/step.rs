//! What has been read since the last checkpoint, on its way into parts, index and checkpoint.

use tokio::time::Instant;

use super::{RegistryWork, SAVE_EVERY};
use crate::azure::Failure;
use crate::azure::acr::RegistryClient;
use crate::collect::CollectError;
use crate::collect::capture::{Capture, Captured};
use crate::collect::checkpoint::{Checkpoint, Mover};
use crate::collect::content::write_list;
use crate::collect::part::{PartKind, PartWriter};
use crate::collect::repository::{Refreshed, RepositoryOutcome, part_header};
use crate::collect::stored::StoredDocument;
use crate::inventory::content::ContentTask;
use crate::inventory::encode_line;
use crate::inventory::generation::Generation;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::refresh::{Phase, ScanState};
use crate::inventory::registry::Totals;
use crate::inventory::repository::{End, LineKind, ManifestRecord};
use crate::inventory::snapshot::{IndexEntry, PartRef};
use crate::names::{LoginServer, RepositoryName};
use crate::store::Store;

/// A checkpoint is written after so many repositories …
const REPOSITORIES: u64 = 500;
/// … or so many bytes of lines, or [`SAVE_EVERY`], whichever comes first.
const BYTES: usize = 16 << 20;

/// The work between two checkpoints.
pub(in crate::collect) struct Step<'a> {
    store: &'a Store,
    login_server: &'a LoginServer,
    mover: &'a Mover,
    generation: &'a Generation,
    shared: Option<PartWriter<'a>>,
    parts: Vec<PartRef>,
    index: Vec<IndexEntry>,
    totals: Totals,
    incomplete: u64,
    problems: Vec<Problem>,
    pending: Vec<ScanState>,
    cursor: Option<RepositoryName>,
    taken: u64,
    bytes: usize,
    begun: Instant,
    /// Repositories that changed since the last snapshot and have multi-platform indexes.
    content: Vec<ContentTask>,
    indexes: u64,
}

/// What became of a repository's outcome.
pub(super) enum Added {
    Taken,
    /// The walk has to stop before this repository.
    Reschedule(Failure),
}

impl<'a> Step<'a> {
    pub(in crate::collect) fn new(work: &RegistryWork<'a>, generation: &'a Generation) -> Self {
        Self {
            store: work.store,
            login_server: work.login_server,
            mover: work.mover,
            generation,
            shared: None,
            parts: Vec::new(),
            index: Vec::new(),
            totals: Totals::default(),
            incomplete: 0,
            problems: Vec::new(),
            pending: Vec::new(),
            cursor: None,
            taken: 0,
            bytes: 0,
            begun: Instant::now(),
            content: Vec::new(),
            indexes: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken == 0
    }

    /// True if there is nothing to save.
    pub(in crate::collect) fn is_untouched(&self) -> bool {
        self.index.is_empty() && self.problems.is_empty() && self.pending.is_empty()
    }

    /// Whether there is a repository to be read on.
    pub(in crate::collect) fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// A repository to be read on in the lane of long ones.
    pub(in crate::collect) fn suspend(&mut self, observation: ScanState) {
        self.pending.push(observation);
    }

    pub(super) fn is_full(&self) -> bool {
        self.taken >= REPOSITORIES || self.bytes >= BYTES || (!self.is_empty() && self.begun.elapsed() >= SAVE_EVERY)
    }

    /// A problem of the catalog: the registry cannot be complete.
    pub(in crate::collect) fn problem(&mut self, problem: Problem) {
        self.incomplete += 1;
        self.problems.push(problem);
    }

    /// Takes in what became of one repository. A passing fault stops the walk, unless it is to be passed over; any
    /// other failure is recorded, with what was known of the repository before.
    pub(super) async fn add(
        &mut self,
        name: RepositoryName,
        outcome: Result<Refreshed, CollectError>,
        pass_over: bool,
        before: Option<&IndexEntry>,
    ) -> Result<Added, CollectError> {
        match outcome {
            Ok(Refreshed::Done(outcome)) => self.take(&name, *outcome, before).await?,
            Ok(Refreshed::Suspended(observation)) => self.pending.push(*observation),
            Err(CollectError::Service(failure @ Failure::Throttled { .. })) => return Ok(Added::Reschedule(failure)),
            Err(CollectError::Service(failure @ Failure::Unavailable { .. })) if !pass_over => {
                return Ok(Added::Reschedule(failure));
            }
            Err(CollectError::Contended { what }) if !pass_over => {
                let detail = "it kept changing while it was read".to_owned();
                return Ok(Added::Reschedule(Failure::Unavailable { target: what, detail }));
            }
            Err(error @ CollectError::Store(_)) => return Err(error),
            Err(error) => self.record_failure(&name, &error).await?,
        }
        self.taken += 1;
        self.cursor = Some(name);
        Ok(Added::Taken)
    }

    /// `before` is what the last snapshot has of it.
    pub(in crate::collect) async fn take(
        &mut self,
        name: &RepositoryName,
        outcome: RepositoryOutcome,
        before: Option<&IndexEntry>,
    ) -> Result<(), CollectError> {
        // Deleted since the catalog was read: it is not part of the snapshot.
        if !outcome.is_present {
            return Ok(());
        }
        self.problems.extend(outcome.problems);
        let is_changed = before.is_none_or(|before| before.content_hash != outcome.content_hash);
        if outcome.indexes > 0 && is_changed {
            self.content.push(ContentTask {
                repository: name.clone(),
                content_hash: outcome.content_hash.clone(),
            });
        }
        let part = match outcome.captured {
            Some(captured) => Some(self.place(captured).await?),
            None => None,
        };
        self.enter(IndexEntry {
            repository: name.clone(),
            completeness: outcome.completeness,
            manifests: outcome.manifests,
            tags: outcome.tags,
            bytes: outcome.bytes,
            indexes: outcome.indexes,
            content_hash: outcome.content_hash,
            part,
        });
        Ok(())
    }

    /// A repository that could not be read: the snapshot holds what its document holds, marked as not complete.
    pub(in crate::collect) async fn record_failure(
        &mut self,
        name: &RepositoryName,
        error: &CollectError,
    ) -> Result<(), CollectError> {
        let completeness = match error {
            CollectError::Service(failure) => failure.completeness(),
            CollectError::Contended { .. } | CollectError::TooSoon { .. } => Completeness::Unreachable,
            CollectError::Store(_) | CollectError::Document { .. } => Completeness::Partial,
        };
        self.problems.push(error.problem().of(name));
        let known = match error {
            CollectError::Document { .. } => None,
            _ => match self.copy_stored(name, completeness).await {
                Err(error @ CollectError::Document { .. }) => {
                    self.problems.push(error.problem().of(name));
                    None
                }
                copied => copied?,
            },
        };
        let (end, indexes, part) = match known {
            Some((end, indexes, captured)) => (Some(end), indexes, Some(self.place(captured).await?)),
            None => (None, 0, None),
        };
        // An event may have brought what no list phase has named, and the next one takes it for known.
        if let Some(end) = end.as_ref().filter(|_| indexes > 0) {
            self.content.push(ContentTask {
                repository: name.clone(),
                content_hash: end.content_hash.clone(),
            });
        }
        self.enter(IndexEntry {
            repository: name.clone(),
            completeness,
            manifests: end.as_ref().map_or(0, |end| end.manifests),
            tags: end.as_ref().map_or(0, |end| end.tags),
            bytes: end.as_ref().map_or(0, |end| end.bytes),
            indexes,
            content_hash: end.map(|end| end.content_hash).unwrap_or_default(),
            part,
        });
        Ok(())
    }

    async fn copy_stored(
        &self,
        name: &RepositoryName,
        completeness: Completeness,
    ) -> Result<Option<(End, u64, Captured)>, CollectError> {
        let Some(mut stored) = StoredDocument::open(self.store, self.login_server, name).await? else {
            return Ok(None);
        };
        let mut capture = Capture::new(self.store, self.login_server, self.generation);
        capture
            .write(&part_header(self.login_server, name, &stored.header.observed_at))
            .await?;
        let mut indexes = 0;
        while stored.peek().await?.is_some() {
            if let Some(line) = stored.take() {
                if line.kind == LineKind::Manifest {
                    indexes += u64::from(stored.record::<ManifestRecord>(&line)?.is_index());
                }
                capture.write(&line.bytes).await?;
                capture.write(b"\n").await?;
            }
        }
        let Some(end) = stored.end().cloned() else {
            return Ok(None);
        };
        let end = End { completeness, ..end };
        let mut line = Vec::new();
        encode_line(&end, &mut line);
        capture.write(&line).await?;
        Ok(Some((end, indexes, capture.finish().await?)))
    }

    async fn place(&mut self, captured: Captured) -> Result<String, CollectError> {
        let lines = match captured {
            Captured::Part(part) => {
                self.parts.push(part.clone());
                return Ok(part.name);
            }
            Captured::Inline(lines) => lines,
        };
        self.bytes += lines.len();
        let (store, server, generation) = (self.store, self.login_server, self.generation);
        let shared = self
            .shared
            .get_or_insert_with(|| PartWriter::new(store, server, generation, PartKind::Documents));
        shared.write(&lines).await?;
        shared.count_repository();
        Ok(shared.name().to_owned())
    }

    fn enter(&mut self, entry: IndexEntry) {
        self.totals.add(entry.manifests, entry.tags, entry.bytes);
        self.indexes += entry.indexes;
        if entry.completeness != Completeness::Complete {
            self.incomplete += 1;
        }
        self.index.push(entry);
    }

    /// Writes part, index and checkpoint, in this order: a checkpoint never names what is not there. False: somebody
    /// else moved the checkpoint.
    pub(in crate::collect) async fn save(
        self,
        checkpoint: &mut Checkpoint,
        client: &RegistryClient,
        phase: Phase,
    ) -> Result<bool, CollectError> {
        let document = &mut checkpoint.document;
        document.parts.extend(self.parts);
        if let Some(shared) = self.shared {
            document.parts.push(shared.finish().await?);
        }
        if !self.index.is_empty() {
            let mut index = PartWriter::new(self.store, self.login_server, self.generation, PartKind::Index);
            for entry in &self.index {
                let mut line = Vec::new();
                encode_line(entry, &mut line);
                index.write(&line).await?;
                index.count_repository();
            }
            document.index.push(index.finish().await?);
        }
        document.totals.repositories += self.totals.repositories;
        document.totals.manifests += self.totals.manifests;
        document.totals.tags += self.totals.tags;
        document.totals.bytes = document.totals.bytes.saturating_add(self.totals.bytes);
        document.incomplete_repositories += self.incomplete;
        document.problems.extend(self.problems);
        document.pending.extend(self.pending);
        document.content.indexes += self.indexes;
        let list = write_list(self.store, self.login_server, &self.content).await?;
        document.content.lists.extend(list);
        document.cursor = self.cursor.or_else(|| document.cursor.take());
        document.phase = phase;
        document.requests += client.take_sent();
        checkpoint.save(self.store, self.mover).await
    }
}
