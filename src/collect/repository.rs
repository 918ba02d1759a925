//! Refreshing one repository: read, observe, merge, commit, by the commit rules.

mod absent;
mod event;
mod merge;
mod unlisted;
mod unobserved;
mod vouched;

use super::CollectError;
use super::room::{More, Room};
pub use super::scan::discard;
use super::scan::{self, RepositoryScan, Scanned, scan};
use super::stored::StoredDocument;
use super::stored_names::Known;
use crate::azure::acr::{Access, RegistryClient};
use crate::deadline::Deadline;
use crate::inventory::index::IndexLine;
use crate::inventory::message::EventHint;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::refresh::{ScanState, Segment};
use crate::names::{LoginServer, RepositoryName};
use crate::snapshot::{BaseLine, KnownChunks, Piece, Snapshot, SnapshotWriter, TagPatterns};
use crate::store::{Store, StoreError, bare};
pub(super) use absent::attributes_of;
use absent::commit_tombstone;
pub use event::{AfterEvent, EventWork, refresh_after_event};
use merge::merge_and_commit;
pub(super) use unlisted::{Unlisted, look_at_unlisted};
pub(super) use unobserved::unobserved;
use vouched::as_before;

/// Rounds of read–observe–write before giving way to whoever keeps changing the document or the repository.
const ROUNDS: u32 = 8;

/// An observation that began again so often because others wrote the document meanwhile is no progress any more.
pub(super) const RESTARTS: u32 = 3;

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
    /// For its observed lines; a repository with more is a long one.
    pub room: &'a Room,
    /// Lines of its document; what has more has them in snapshots alone.
    pub document_lines: u64,
    pub(super) lane: Lane,
    /// What its line of the index is made with; none: there is no snapshot to make.
    pub(super) snapshot: Option<ForSnapshot<'a>>,
}

/// Who reads a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// The walk: what has been read is kept from one invocation to the next.
    Walk,
    /// An event: what one invocation cannot do is left to the next refresh of the registry.
    Event,
}

/// What a repository's line of the index is made with.
#[derive(Debug, Clone, Copy)]
pub(super) struct ForSnapshot<'a> {
    /// Patterns of production tags.
    pub(super) patterns: &'a TagPatterns,
    /// What the base has of its lines.
    pub(super) known: &'a KnownChunks,
    /// The base, and its line of it, where there is one.
    pub(super) base: Option<(&'a Snapshot<'a>, &'a BaseLine)>,
}

/// How far a refresh of a repository came.
#[derive(Debug)]
pub(super) enum Refreshed {
    Done(Box<RepositoryOutcome>),
    /// Its lists are longer than there was time for.
    Suspended(Box<ScanState>),
    /// Its lists were read, and are too long to be merged in memory; after an event: for a document.
    Long(Box<RepositoryScan>),
}

/// What a snapshot takes of a repository.
#[derive(Debug)]
pub(super) enum SnapshotLine {
    /// It has nothing of it, or there is no snapshot to make.
    Nothing,
    /// As the base has it.
    Unchanged(Box<BaseLine>),
    /// Its lines stay where this one says.
    Kept(Box<IndexLine>),
    /// Anew.
    Anew(Box<IndexLine>, Vec<Piece>),
    /// The same; its chunks were taken already.
    Ended(Box<IndexLine>),
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
    pub(super) line: SnapshotLine,
    /// Of no use any more once the outcome is recorded.
    pub(super) segments: Vec<Segment>,
    /// What its lines took beyond the room of each repository; `line` has them.
    pub(super) more: More,
}

impl Refreshed {
    /// A repository that is known to be gone, with what the snapshot takes of it.
    pub(super) fn gone(line: SnapshotLine) -> Self {
        Self::Done(Box::new(RepositoryOutcome::gone(line)))
    }

    /// A long one that is merged by another invocation.
    pub(super) async fn suspend(
        store: &Store,
        login_server: &LoginServer,
        observed: RepositoryScan,
    ) -> Result<Self, CollectError> {
        let state = observed.save(store, login_server).await?;
        Ok(Self::Suspended(Box::new(state)))
    }
}

impl RepositoryOutcome {
    fn gone(line: SnapshotLine) -> Self {
        Self {
            is_present: false,
            completeness: Completeness::Complete,
            manifests: 0,
            tags: 0,
            bytes: 0,
            indexes: 0,
            content_hash: String::new(),
            written: false,
            problems: Vec::new(),
            shows_event: true,
            line,
            segments: Vec::new(),
            more: More::default(),
        }
    }
}

/// What is known of the stored document before an observation (rule 1).
#[derive(Debug)]
enum Before<'k> {
    /// What it says and its version, from the index: it is not read.
    Vouched(&'k BaseLine),
    /// It was opened; none: there is none.
    Opened(Box<Option<StoredDocument<'k>>>),
}

impl Before<'_> {
    fn version(&self) -> Option<String> {
        match self {
            Self::Vouched(base) => base.line.etag.clone(),
            Self::Opened(stored) => (**stored).as_ref().map(|stored| bare(&stored.etag)),
        }
    }
}

/// Reads a repository, from the beginning or from where an earlier invocation stopped, and brings its document up to
/// date.
pub(super) async fn refresh_repository(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    known: &Known,
    mut resumed: Option<ScanState>,
) -> Result<Refreshed, CollectError> {
    let mut miscounted = false;
    let (mut vouched, mut is_absent) = (known.vouched(), known.listed.is_none());
    for _ in 0..ROUNDS {
        // Rule 1: the document's version, before anything is observed.
        let before = match vouched.take() {
            Some(base) => Before::Vouched(base),
            // The listing shows that there is none.
            None if std::mem::take(&mut is_absent) => Before::Opened(Box::new(None)),
            None => Before::Opened(Box::new(open_stored(work, repository).await?)),
        };
        let round = round(work, repository, None, before, resumed.take(), &mut miscounted);
        if let Some(refreshed) = round.await? {
            return Ok(refreshed);
        }
    }
    Err(contended(work.login_server, repository))
}

/// Rules 2 to 5, once, over a document whose version is known. None: it or the repository changed meanwhile, and the caller
/// begins again at rule 1.
async fn round(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    hint: Option<&EventHint>,
    before: Before<'_>,
    resumed: Option<ScanState>,
    miscounted: &mut bool,
) -> Result<Option<Refreshed>, CollectError> {
    let version = before.version();
    let observation = resume_or_restart(work, repository, version.clone(), resumed);
    // Rule 2: the registry.
    let mut observed = match scan(work, hint, observation).await {
        Ok(Scanned::Whole(observed)) => *observed,
        Ok(Scanned::Suspended(observation)) => return Ok(Some(Refreshed::Suspended(observation))),
        Ok(Scanned::Absent(observation)) => {
            let outcome = commit_tombstone(work, hint, &observation, before).await?;
            return Ok(outcome.map(|outcome| Refreshed::Done(Box::new(outcome))));
        }
        Err(error) if is_race(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    // Rule 3.
    if let Before::Vouched(base) = before
        && let Some(outcome) = as_before(work, base, &mut observed).await?
    {
        return Ok(Some(Refreshed::Done(Box::new(outcome))));
    }
    let is_long = match work.lane {
        Lane::Walk => observed.is_spilled(),
        Lane::Event => observed.state.manifests + observed.state.tags > work.document_lines,
    };
    if is_long {
        return Ok(Some(Refreshed::Long(Box::new(observed))));
    }
    let stored = match before {
        Before::Opened(stored) => *stored,
        // Rule 4: over another version it has to be observed again.
        Before::Vouched(_) => match open_version(work, repository, version.as_deref()).await? {
            Some(stored) => stored,
            None => return Ok(None),
        },
    };
    let merged = merge_and_commit(work, stored, &mut observed, miscounted, None);
    let merged = match work.lane {
        // What is long takes its time here too, and an event keeps nothing for another invocation.
        Lane::Event => match tokio::time::timeout_at(work.deadline.requests_end(), merged).await {
            Ok(merged) => merged,
            Err(_) => return Ok(Some(Refreshed::Suspended(Box::new(observed.state)))),
        },
        Lane::Walk => merged.await,
    };
    let refreshed = match merged {
        Ok(outcome) => outcome.map(|outcome| Refreshed::Done(Box::new(outcome))),
        Err(error) if is_race(&error) => None,
        Err(error) => return Err(error),
    };
    // Of an event; the walk has none here. What is done is done: it must not be done again for want of time to tidy up.
    let discarded = discard(work.store, work.login_server, &observed.state.segments);
    let _ = tokio::time::timeout_at(work.deadline.requests_end(), discarded).await;
    Ok(refreshed)
}

/// The document, with the lines that the base has of it where it has none itself.
async fn open_stored<'a>(
    work: &RepositoryWork<'a>,
    repository: &RepositoryName,
) -> Result<Option<StoredDocument<'a>>, CollectError> {
    let stored = StoredDocument::open(work.store, work.login_server, repository).await?;
    let base = work.snapshot.and_then(|snapshot| snapshot.base);
    Ok(stored.map(|stored| match base {
        Some((snapshot, line)) => stored.with_lines_of(snapshot, line),
        None => stored,
    }))
}

/// The document, if it still is of this version.
async fn open_version<'a>(
    work: &RepositoryWork<'a>,
    repository: &RepositoryName,
    version: Option<&str>,
) -> Result<Option<Option<StoredDocument<'a>>>, CollectError> {
    let stored = open_stored(work, repository).await?;
    let found = stored.as_ref().map(|stored| bare(&stored.etag));
    Ok((found.as_deref() == version).then_some(stored))
}

/// Merges a long repository whose lists were read; its chunks go straight into the snapshot. A document that changed
/// meanwhile makes it begin again, which another invocation does.
pub(super) async fn commit_long(
    work: &RepositoryWork<'_>,
    mut observed: RepositoryScan,
    writer: &mut SnapshotWriter<'_>,
) -> Result<Refreshed, CollectError> {
    let repository = observed.state.repository.clone();
    let restarted = |state: &ScanState| match state.restarts < RESTARTS {
        true => {
            // Its version is known when it is begun.
            let version = state.stored.clone();
            let state = scan::begin(work, &repository, version, state.restarts + 1);
            Ok(Refreshed::Suspended(Box::new(state)))
        }
        false => Err(contended(work.login_server, &repository)),
    };
    let version = observed.state.stored.clone();
    let Some(stored) = open_version(work, &repository, version.as_deref()).await? else {
        return restarted(&observed.state);
    };
    let mut miscounted = true;
    let merged = merge_and_commit(work, stored, &mut observed, &mut miscounted, Some(&mut *writer));
    let merged = tokio::time::timeout_at(work.deadline.requests_end(), merged).await;
    if !matches!(merged, Ok(Ok(Some(_)))) {
        writer.abandon();
    }
    match merged {
        Ok(Ok(Some(outcome))) => Ok(Refreshed::Done(Box::new(outcome))),
        Ok(Ok(None)) => restarted(&observed.state),
        Ok(Err(error)) if is_race(&error) => restarted(&observed.state),
        // What a long list has shown is not thrown away for a fault that passes, nor for want of time.
        Ok(Err(CollectError::Service(failure))) if failure.is_transient() => {
            Refreshed::suspend(work.store, work.login_server, observed).await
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Refreshed::suspend(work.store, work.login_server, observed).await,
    }
}

/// Others kept writing the document or changing the repository.
fn contended(login_server: &LoginServer, repository: &RepositoryName) -> CollectError {
    CollectError::Contended {
        what: format!("{login_server}/{repository}"),
    }
}

/// The observation to go on with. One that began over another version of the document is of no use any more (rule 5).
fn resume_or_restart(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    version: Option<String>,
    resumed: Option<ScanState>,
) -> ScanState {
    match resumed {
        None => scan::begin(work, repository, version, 0),
        Some(resumed) if resumed.stored == version => resumed,
        Some(resumed) => scan::begin(work, repository, version, resumed.restarts + 1),
    }
}

/// Somebody changed the repository or its document while they were read: scan again.
fn is_race(error: &CollectError) -> bool {
    matches!(
        error,
        CollectError::Contended { .. } | CollectError::Store(StoreError::Conflict { .. })
    )
}
