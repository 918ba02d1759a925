//! Refreshing one repository: read, observe, merge, commit, by the commit rules.

mod absent;
mod event;
mod merge;

use super::CollectError;
use super::capture::Captured;
pub use super::scan::discard;
use super::scan::{self, RepositoryScan, Scanned, scan};
use super::stored::StoredDocument;
use crate::azure::acr::{Access, RegistryClient};
use crate::deadline::Deadline;
use crate::inventory::generation::Generation;
use crate::inventory::message::EventHint;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::refresh::{ScanState, Segment};
use crate::inventory::snapshot::PartHeader;
use crate::inventory::{SCHEMA_VERSION, encode_line};
use crate::names::{LoginServer, RepositoryName};
use crate::store::{Store, StoreError};
pub(super) use absent::attributes_of;
use absent::commit_tombstone;
pub use event::{EventWork, refresh_after_event};
use merge::merge_and_commit;

/// Rounds of read–observe–write before giving way to whoever keeps changing the document or the repository.
const ROUNDS: u32 = 8;

/// An observation begins again so often when others write the document meanwhile; then they have to settle it.
const RESTARTS: u32 = 3;

/// What a refresh of a repository needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct RepositoryWork<'a> {
    pub client: &'a RegistryClient,
    pub store: &'a Store,
    pub login_server: &'a LoginServer,
    pub access: &'a Access,
    pub deadline: Deadline,
    /// Record that a repository is new: not in the first inventory of a registry.
    pub record_changes: bool,
    /// Read the repository's own attributes and counts in any case.
    pub read_attributes: bool,
    /// Observed lines held in memory, bytes; a repository with more is a long one.
    pub long: usize,
    pub(super) lane: Lane,
    /// The snapshot that the lines are for, if any.
    pub(super) snapshot: Option<&'a Generation>,
}

/// Who reads a repository, and what becomes of one that is long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// The walk: a long repository leaves it.
    Walk,
    /// The lane of long repositories, which keep what they have from one invocation to the next.
    Long,
    /// An event: what one invocation cannot do is left to the next refresh of the registry.
    Event,
}

/// How far a refresh of a repository came.
#[derive(Debug)]
pub enum Refreshed {
    Done(Box<RepositoryOutcome>),
    /// Its lists are longer than there was time or room for.
    Suspended(Box<ScanState>),
}

/// How a refresh of a repository ended.
#[derive(Debug)]
pub struct RepositoryOutcome {
    /// False: the registry does not have the repository, confirmed by two scans.
    pub is_present: bool,
    pub completeness: Completeness,
    pub manifests: u64,
    pub tags: u64,
    pub bytes: u64,
    /// Multi-platform indexes among the manifests.
    pub indexes: u64,
    pub content_hash: String,
    /// Whether a document was written.
    pub written: bool,
    pub problems: Vec<Problem>,
    /// Whether the registry shows what the event said (true without an event).
    pub shows_event: bool,
    pub(super) captured: Option<Captured>,
    /// Of no use any more once the outcome is recorded.
    pub(super) segments: Vec<Segment>,
}

/// Reads a repository, from the beginning or from where an earlier invocation stopped, and brings its document up to
/// date.
pub(super) async fn refresh_repository(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    mut resumed: Option<ScanState>,
) -> Result<Refreshed, CollectError> {
    let mut miscounted = false;
    for _ in 0..ROUNDS {
        // Rule 1: the document and its version, before anything is observed.
        let stored = StoredDocument::open(work.store, work.login_server, repository).await?;
        let round = round(work, repository, None, stored, resumed.take(), &mut miscounted);
        if let Some(refreshed) = round.await? {
            return Ok(refreshed);
        }
    }
    Err(contended(work.login_server, repository))
}

/// Rules 2 to 5, once, over a document that was read a moment ago. None: it or the repository changed meanwhile, and the
/// caller begins again at rule 1.
async fn round(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    hint: Option<&EventHint>,
    stored: Option<StoredDocument>,
    resumed: Option<ScanState>,
    miscounted: &mut bool,
) -> Result<Option<Refreshed>, CollectError> {
    // Segments that a checkpoint names are deleted by whoever writes the checkpoint, afterwards.
    let named = resumed
        .as_ref()
        .map_or_else(Vec::new, |resumed| resumed.segments.clone());
    let discard_own = async |observed: &RepositoryScan| {
        let own: Vec<_> = (observed.state.segments.iter())
            .filter(|segment| !named.contains(segment))
            .cloned()
            .collect();
        discard(work.store, work.login_server, &own).await;
    };
    let version = stored.as_ref().map(|stored| stored.etag.to_string());
    let observation = resume_or_restart(work, repository, version, resumed);
    let observation = observation.ok_or_else(|| contended(work.login_server, repository))?;
    // Rule 2: the registry.
    let observed = match scan(work, hint, observation).await {
        Ok(Scanned::Whole(observed)) => *observed,
        Ok(Scanned::Suspended(observation)) => return Ok(Some(Refreshed::Suspended(observation))),
        Ok(Scanned::Absent(observation)) => {
            let outcome = commit_tombstone(work, hint, &observation, stored).await?;
            return Ok(outcome.map(|outcome| Refreshed::Done(Box::new(outcome))));
        }
        Err(error) if is_race(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let merged = merge_and_commit(work, stored, &observed, miscounted);
    let merged = match work.lane {
        // What is long takes its time here too, and an event keeps nothing for another invocation.
        Lane::Event => match tokio::time::timeout_at(work.deadline.requests_end(), merged).await {
            Ok(merged) => merged,
            Err(_) => return Ok(Some(Refreshed::Suspended(Box::new(observed.state)))),
        },
        Lane::Walk | Lane::Long => merged.await,
    };
    match merged {
        Ok(Some(outcome)) => {
            if work.lane == Lane::Event {
                // What is done is done: it must not be done again for want of time to tidy up.
                let _ = tokio::time::timeout_at(work.deadline.requests_end(), discard_own(&observed)).await;
            }
            return Ok(Some(Refreshed::Done(Box::new(outcome))));
        }
        Ok(None) => {}
        Err(error) if is_race(&error) => {}
        // What a long list has shown is not thrown away for a fault that passes.
        Err(CollectError::Service(failure)) if failure.is_transient() && work.lane == Lane::Long => {
            let suspended = observed.suspend(work).await?;
            return Ok(Some(Refreshed::Suspended(Box::new(suspended))));
        }
        Err(error) => return Err(error),
    }
    discard_own(&observed).await;
    Ok(None)
}

/// Others kept writing the document or changing the repository.
fn contended(login_server: &LoginServer, repository: &RepositoryName) -> CollectError {
    CollectError::Contended {
        what: format!("{login_server}/{repository}"),
    }
}

/// The observation to go on with. One that began over another version of the document is of no use any more (rule 5);
/// none when that has happened too often.
fn resume_or_restart(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    version: Option<String>,
    resumed: Option<ScanState>,
) -> Option<ScanState> {
    let Some(resumed) = resumed else {
        return Some(scan::begin(work, repository, version, 0));
    };
    if resumed.stored == version {
        return Some(resumed);
    }
    (resumed.restarts < RESTARTS).then(|| scan::begin(work, repository, version, resumed.restarts + 1))
}

/// Somebody changed the repository or its document while they were read: scan again.
fn is_race(error: &CollectError) -> bool {
    matches!(
        error,
        CollectError::Contended { .. } | CollectError::Store(StoreError::Conflict { .. })
    )
}

/// The first line of a repository in a snapshot part.
pub(super) fn part_header(login_server: &LoginServer, repository: &RepositoryName, observed_at: &str) -> Vec<u8> {
    let mut line = Vec::new();
    let header = PartHeader {
        schema_version: SCHEMA_VERSION,
        login_server: login_server.clone(),
        repository: repository.clone(),
        observed_at: observed_at.to_owned(),
    };
    encode_line(&header, &mut line);
    line
}
