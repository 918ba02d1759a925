//! The walk's writing side: what was read, on its way into the snapshot and the checkpoint.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::base::Base;
use super::{RegistryWork, SAVE_EVERY};
use crate::azure::Failure;
use crate::azure::acr::RegistryClient;
use crate::collect::checkpoint::Checkpoint;
use crate::collect::content::write_list;
use crate::collect::repository::{RESTARTS, Refreshed, RepositoryOutcome, SnapshotLine, unobserved};
use crate::collect::scan::discard;
use crate::collect::stored_names::Known;
use crate::collect::{CollectError, carry};
use crate::inventory::content::ContentTask;
use crate::inventory::index::IndexLine;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::refresh::{CarryRef, Phase, ScanState, Segment};
use crate::names::RepositoryName;
use crate::snapshot::{Saved, SnapshotWriter};

/// The work between two checkpoints.
pub(super) struct Step<'a> {
    work: &'a RegistryWork<'a>,
    base: &'a Base<'a>,
    pub(super) writer: SnapshotWriter<'a>,
    problems: Vec<Problem>,
    is_catalog_incomplete: bool,
    /// What was begun and goes on in another invocation.
    suspended: BTreeMap<RepositoryName, ScanState>,
    cursor: Option<RepositoryName>,
    taken: u64,
    begun: Instant,
    /// Repositories that changed since the last snapshot and have multi-platform indexes.
    content: Vec<ContentTask>,
    indexes: u64,
    /// Of no use once the checkpoint is saved.
    used: Vec<Segment>,
}

/// Whether a scan came further than it was. Beginning again because somebody else wrote is no step back, a few times.
fn is_further(before: Option<&ScanState>, now: &ScanState) -> bool {
    match before {
        Some(before) if before.restarts != now.restarts => now.restarts <= RESTARTS,
        before => now.pages > before.map_or(0, |before| before.pages),
    }
}

/// What became of a repository's outcome.
pub(super) enum Added {
    Taken,
    /// It goes on in another invocation: so does everything behind it.
    Suspended {
        /// Whether this invocation got any further in it.
        progressed: bool,
    },
    /// The walk has to stop before this repository.
    Reschedule(Failure),
}

impl<'a> Step<'a> {
    pub(super) fn new(work: &'a RegistryWork<'a>, base: &'a Base<'a>, writer: SnapshotWriter<'a>) -> Self {
        Self {
            work,
            base,
            writer,
            problems: Vec::new(),
            is_catalog_incomplete: false,
            suspended: BTreeMap::new(),
            cursor: None,
            taken: 0,
            begun: Instant::now(),
            content: Vec::new(),
            indexes: 0,
            used: Vec::new(),
        }
    }

    /// Whether no repository was taken since the last checkpoint.
    pub(super) fn is_empty(&self) -> bool {
        self.taken == 0
    }

    /// Whether there is anything for a checkpoint.
    pub(super) fn is_worth_saving(&self) -> bool {
        self.taken > 0 || !self.suspended.is_empty() || !self.problems.is_empty()
    }

    /// Whether a checkpoint is due.
    pub(super) fn is_due(&self) -> bool {
        !self.is_empty() && self.begun.elapsed() >= SAVE_EVERY
    }

    /// A problem of the catalog: the registry cannot be complete.
    pub(super) fn problem(&mut self, problem: Problem) {
        self.is_catalog_incomplete = true;
        self.problems.push(problem);
    }

    /// Takes in what became of one repository. A passing fault stops the walk, unless it is to be passed over; any
    /// other failure is recorded, with what was known of the repository before. `before`: how far it had been read.
    pub(super) async fn add(
        &mut self,
        (name, known): (&RepositoryName, &Known),
        outcome: Result<Refreshed, CollectError>,
        before: Option<&ScanState>,
        pass_over: bool,
    ) -> Result<Added, CollectError> {
        match outcome {
            Ok(Refreshed::Done(outcome)) => self.take((name, known), *outcome).await?,
            Ok(Refreshed::Long(_)) => {}
            Ok(Refreshed::Suspended(state)) => {
                let progressed = is_further(before, &state);
                if progressed || !pass_over {
                    self.suspended.insert(name.clone(), *state);
                    return Ok(Added::Suspended { progressed });
                }
                let failure = Failure::Unavailable {
                    target: name.to_string(),
                    detail: "one invocation is not enough to get any further in it".to_owned(),
                };
                self.used.extend(state.segments);
                self.record_failure((name, known), &failure.into()).await?;
            }
            Err(CollectError::Service(failure @ Failure::Throttled { .. })) => return Ok(Added::Reschedule(failure)),
            Err(CollectError::Service(failure @ Failure::Unavailable { .. })) if !pass_over => {
                return Ok(Added::Reschedule(failure));
            }
            Err(CollectError::Contended { what }) if !pass_over => {
                let detail = "it kept changing while it was read".to_owned();
                return Ok(Added::Reschedule(Failure::Unavailable { target: what, detail }));
            }
            Err(error @ CollectError::Store(_)) => return Err(error),
            Err(error) => self.record_failure((name, known), &error).await?,
        }
        self.cursor = Some(name.clone());
        self.taken += 1;
        Ok(Added::Taken)
    }

    /// Keeps what was begun behind a repository that goes on in another invocation; whether it came any further. `before`:
    /// how far it had been read.
    pub(super) async fn keep(
        &mut self,
        name: &RepositoryName,
        outcome: Result<Refreshed, CollectError>,
        before: Option<&ScanState>,
    ) -> Result<bool, CollectError> {
        let state = match outcome {
            Ok(Refreshed::Suspended(state)) => *state,
            Ok(Refreshed::Long(observed)) => observed.save(self.work.store, self.work.login_server).await?,
            // Read once more: what came of it is in its document, if anything did.
            Ok(Refreshed::Done(outcome)) => {
                self.used.extend(outcome.segments);
                return Ok(false);
            }
            Err(_) => return Ok(false),
        };
        let progressed = is_further(before, &state);
        if state.pages > 0 {
            self.suspended.insert(name.clone(), state);
        }
        Ok(progressed)
    }

    async fn take(
        &mut self,
        (name, known): (&RepositoryName, &Known),
        outcome: RepositoryOutcome,
    ) -> Result<(), CollectError> {
        self.used.extend(outcome.segments);
        if outcome.is_present {
            self.problems.extend(outcome.problems);
        }
        self.enter((name, known), outcome.line, outcome.content_hash).await?;
        // Its lines are the writer's by now.
        drop(outcome.more);
        Ok(())
    }

    /// A repository that could not be read: the snapshot holds what is known of it, marked as not complete.
    async fn record_failure(
        &mut self,
        (name, known): (&RepositoryName, &Known),
        error: &CollectError,
    ) -> Result<(), CollectError> {
        let completeness = match error {
            CollectError::Service(failure) => failure.completeness(),
            CollectError::Contended { .. } | CollectError::TooSoon { .. } => Completeness::Unreachable,
            CollectError::Store(_) | CollectError::Document { .. } => Completeness::Partial,
        };
        let problem = error.problem().of(name);
        self.problems.push(problem.clone());
        let chunks = self.base.hashes(known).await?;
        let (store, patterns) = ((self.work.store, self.work.login_server), self.work.patterns);
        let (line, content_hash) =
            unobserved(store, (name, known), chunks.as_deref(), patterns, completeness, problem).await?;
        self.enter((name, known), line, content_hash).await
    }

    async fn enter(
        &mut self,
        (name, known): (&RepositoryName, &Known),
        line: SnapshotLine,
        content_hash: String,
    ) -> Result<(), CollectError> {
        let base = known.base.as_ref();
        match line {
            SnapshotLine::Nothing => {}
            SnapshotLine::Unchanged(base) => {
                self.indexes += base.line.indexes;
                self.writer.unchanged(&base).await?;
            }
            SnapshotLine::Kept(line) => {
                self.count(name, known, &line, content_hash);
                self.writer.kept(*line, base).await?;
            }
            SnapshotLine::Anew(line, pieces) => {
                self.count(name, known, &line, content_hash);
                self.writer.changed(*line, pieces, base).await?;
            }
            SnapshotLine::Ended(line) => {
                self.count(name, known, &line, content_hash);
                self.writer.end(*line, base).await?;
            }
        }
        Ok(())
    }

    /// Counts the multi-platform indexes of a line. Where its document was written since the base, their content may not be
    /// known, whatever the document says now: it may have said something else meanwhile.
    fn count(&mut self, name: &RepositoryName, known: &Known, line: &IndexLine, content_hash: String) {
        self.indexes += line.indexes;
        let is_changed = (known.base.as_ref()).is_none_or(|base| base.line.etag != line.etag);
        if line.indexes > 0 && is_changed {
            self.content.push(ContentTask {
                repository: name.clone(),
                content_hash,
            });
        }
    }

    /// Writes what is not in the store yet, then the checkpoint: it never names what is not there. False: somebody else
    /// moved the checkpoint.
    pub(super) async fn save(
        &mut self,
        checkpoint: &mut Checkpoint,
        client: &RegistryClient,
        phase: Phase,
    ) -> Result<bool, CollectError> {
        let (store, login_server) = (self.work.store, self.work.login_server);
        // Where nothing was taken, the snapshot goes on from where it did.
        let saved = match self.is_empty() && phase == Phase::List {
            true => None,
            false => Some(self.save_writer(phase).await?),
        };
        let list = write_list(store, login_server, &self.content).await?;
        let document = &mut checkpoint.document;
        let named = |pending: &[ScanState]| -> Vec<Segment> {
            pending
                .iter()
                .flat_map(|state| state.segments.iter().cloned())
                .collect()
        };
        let mut used = std::mem::take(&mut self.used);
        used.extend(named(&document.pending));
        document.cursor = self.cursor.take().or_else(|| document.cursor.take());
        let begun = std::mem::take(&mut document.pending).into_iter();
        let mut pending: BTreeMap<_, _> = begun.map(|state| (state.repository.clone(), state)).collect();
        pending.append(&mut self.suspended);
        pending.retain(|name, _| document.cursor.as_ref().is_none_or(|cursor| name > cursor));
        document.pending = match phase {
            Phase::List => pending.into_values().collect(),
            _ => Vec::new(),
        };
        let mut before = None;
        if let Some((saved, carry)) = saved {
            (document.segments, document.packs) = (saved.segments, saved.packs);
            before = document.carry.replace(carry);
        }
        if std::mem::take(&mut self.is_catalog_incomplete) {
            document.catalog = Completeness::Partial;
        }
        document.problems.extend(std::mem::take(&mut self.problems));
        document.content.indexes += std::mem::take(&mut self.indexes);
        document.content.lists.extend(list);
        self.content.clear();
        document.phase = phase;
        document.requests += client.take_sent();
        let still = named(&document.pending);
        if !checkpoint.save(store, self.work.mover).await? {
            return Ok(false);
        }
        (self.taken, self.begun) = (0, Instant::now());
        used.retain(|segment| !still.contains(segment));
        used.sort_unstable_by_key(|segment| segment.id);
        used.dedup_by_key(|segment| segment.id);
        discard(store, login_server, &used).await;
        if let Some(before) = before {
            carry::discard(store, login_server, &before).await;
        }
        Ok(true)
    }

    /// Puts the open ends of the snapshot where another invocation finds them.
    async fn save_writer(&mut self, phase: Phase) -> Result<(Saved, CarryRef), CollectError> {
        if phase == Phase::Close {
            self.writer.seal().await?;
        }
        let saved = self.writer.save().await?;
        let carry = carry::write(self.work.store, self.work.login_server, &saved.carry).await?;
        Ok((saved, carry))
    }
}
