//! Refreshing one repository: read, observe, merge, commit, by the commit rules.

use super::capture::{Capture, Captured};
use super::commit::Committed;
use super::draft::{Draft, Purpose, Unseen};
pub use super::observe::discard;
use super::observe::{self, Look, NAME_UNKNOWN, Observed, look};
use super::stored::StoredDocument;
use super::{CollectError, timestamp};
use crate::azure::Failure;
use crate::azure::acr::{Access, RegistryClient};
use crate::deadline::Deadline;
use crate::inventory::change::Change;
use crate::inventory::generation::Generation;
use crate::inventory::message::EventHint;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::refresh::{Observation, Segment};
use crate::inventory::repository::{Attributes, End, Header};
use crate::inventory::snapshot::PartHeader;
use crate::inventory::{SCHEMA_VERSION, encode_line};
use crate::names::{LoginServer, RepositoryName};
use crate::store::{Store, StoreError};

/// Rounds of read–observe–write before giving way to whoever keeps changing the document or the repository.
const ROUNDS: u32 = 8;

/// An observation begins again so often when others write the document meanwhile; then they have to settle it.
const RESTARTS: u32 = 3;

/// What a refresh of a repository needs.
#[derive(Debug, Clone, Copy)]
pub struct RepositoryWork<'a> {
    pub client: &'a RegistryClient,
    pub store: &'a Store,
    pub login_server: &'a LoginServer,
    pub access: &'a Access,
    pub deadline: Deadline,
    /// Write change records: not in the first inventory of a registry.
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

impl<'a> RepositoryWork<'a> {
    /// A refresh outside of any snapshot, after an event.
    pub fn for_event(
        client: &'a RegistryClient,
        store: &'a Store,
        login_server: &'a LoginServer,
        access: &'a Access,
        deadline: Deadline,
        long: usize,
    ) -> Self {
        Self {
            client,
            store,
            login_server,
            access,
            deadline,
            record_changes: true,
            read_attributes: true,
            long,
            lane: Lane::Event,
            snapshot: None,
        }
    }
}

/// How far a refresh of a repository came.
#[derive(Debug)]
pub enum Refreshed {
    Done(Box<RepositoryOutcome>),
    /// Its lists are longer than there was time or room for.
    Suspended(Box<Observation>),
}

/// How a refresh of a repository ended.
#[derive(Debug)]
pub struct RepositoryOutcome {
    /// False: the registry does not have the repository, confirmed by two looks.
    pub is_present: bool,
    pub completeness: Completeness,
    pub manifests: u64,
    pub tags: u64,
    pub bytes: u64,
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
pub async fn refresh_repository(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    hint: Option<&EventHint>,
    resumed: Option<Observation>,
) -> Result<Refreshed, CollectError> {
    // Segments that a checkpoint names are deleted by whoever writes the checkpoint, afterwards.
    let named = resumed
        .as_ref()
        .map_or_else(Vec::new, |resumed| resumed.segments.clone());
    let discard_own = async |observed: &Observed| {
        let own: Vec<_> = (observed.state.segments.iter())
            .filter(|segment| !named.contains(segment))
            .cloned()
            .collect();
        discard(work.store, work.login_server, &own).await;
    };
    let mut resumed = resumed;
    let mut miscounted = false;
    for _ in 0..ROUNDS {
        // Rule 1: the document and its version, before anything is observed.
        let mut stored = StoredDocument::open(work.store, work.login_server, repository).await?;
        let version = stored.as_ref().map(|stored| stored.etag.to_string());
        let observation = match take_up(repository, version, resumed.take()) {
            Some(observation) => observation,
            None => break,
        };
        // Rule 2: the registry.
        let observed = match look(work, hint, &mut stored, observation).await {
            Ok(Look::Whole(observed)) => *observed,
            Ok(Look::Suspended(observation)) => return Ok(Refreshed::Suspended(observation)),
            Ok(Look::Absent) => match settle_absent(work, repository, stored).await? {
                Some(outcome) => return Ok(Refreshed::Done(Box::new(outcome))),
                None => continue,
            },
            Err(error) if is_race(&error) => continue,
            Err(error) => return Err(error),
        };
        match settle_observed(work, stored, &observed, &mut miscounted).await {
            Ok(Some(outcome)) => {
                if work.lane == Lane::Event {
                    discard_own(&observed).await;
                }
                return Ok(Refreshed::Done(Box::new(outcome)));
            }
            Ok(None) => {}
            Err(error) if is_race(&error) => {}
            // What a long list has shown is not thrown away for a fault that passes.
            Err(CollectError::Service(failure)) if failure.is_transient() && work.lane == Lane::Long => {
                let suspended = observed.suspend(work).await?;
                return Ok(Refreshed::Suspended(Box::new(suspended)));
            }
            Err(error) => return Err(error),
        }
        discard_own(&observed).await;
    }
    Err(CollectError::Contended {
        what: format!("{}/{repository}", work.login_server),
    })
}

/// The observation to go on with. One that began over another version of the document is of no use any more (rule 5);
/// none when that has happened too often.
fn take_up(repository: &RepositoryName, version: Option<String>, resumed: Option<Observation>) -> Option<Observation> {
    let Some(resumed) = resumed else {
        return Some(observe::begin(repository, version, 0));
    };
    if resumed.stored == version {
        return Some(resumed);
    }
    (resumed.restarts < RESTARTS).then(|| observe::begin(repository, version, resumed.restarts + 1))
}

/// Rules 3 to 5 for an observation. None: look again.
async fn settle_observed(
    work: &RepositoryWork<'_>,
    stored: Option<StoredDocument>,
    observed: &Observed,
    miscounted: &mut bool,
) -> Result<Option<RepositoryOutcome>, CollectError> {
    let (seen, repository) = (&observed.state, &observed.state.repository);
    let Some((mut draft, mut content_hash)) = merge(work, stored, observed, Unseen::Remove, Pass::First).await? else {
        return Ok(None);
    };
    let mut problems = seen.problems.clone();
    let mut attributes = None;
    // The manifest list names other tags than the tag list (it may leave some out; or something changed between).
    let doubtful = seen.by_manifest != seen.by_tag || draft.sums.removed > 0;
    if problems.is_empty() && (doubtful || work.read_attributes) {
        let Some(read) = attributes_of(work, repository).await? else {
            return Ok(None);
        };
        if let Some(problem) = miscount(seen, &read) {
            // The same as last time: something is hidden, and looking twice would show it no better.
            let is_known = draft.stored_end().is_some_and(|end| end.problems.contains(&problem));
            // A long list is not read twice in a row.
            if !is_known && work.lane != Lane::Long && !std::mem::replace(miscounted, true) {
                return Ok(None);
            }
            problems.push(problem);
        }
        attributes = Some(read);
    }
    let completeness = if problems.is_empty() {
        Completeness::Complete
    } else {
        Completeness::Partial
    };
    // Only a complete observation may remove.
    let mut unseen = Unseen::Remove;
    if completeness != Completeness::Complete && draft.sums.removed > 0 {
        unseen = Unseen::Keep;
        let merged = merge(work, draft.stored.take(), observed, unseen, Pass::First).await?;
        let Some(merged) = merged else { return Ok(None) };
        (draft, content_hash) = merged;
    }
    let end = End {
        completeness,
        manifests: draft.sums.manifests,
        tags: draft.sums.tags,
        bytes: seen.bytes.saturating_add(draft.sums.kept_bytes),
        attributes: attributes.or_else(|| draft.stored_end().and_then(|end| end.attributes.clone())),
        problems,
        content_hash,
    };
    let written = !draft.says_the_same(&end);
    let mut capture = draft.capture.take();
    if written {
        if !draft.writes() {
            let merged = merge(work, draft.stored.take(), observed, unseen, Pass::Second).await?;
            let Some((again, _)) = merged else { return Ok(None) };
            draft = again;
        }
        draft.capture = capture;
        let (committed, back) = draft.commit(&end).await?;
        if committed == Committed::Theirs {
            return Ok(None);
        }
        capture = back;
    }
    let captured = match capture {
        Some(mut capture) => {
            let mut line = Vec::new();
            encode_line(&end, &mut line);
            capture.write(&line).await?;
            Some(capture.finish().await?)
        }
        None => None,
    };
    Ok(Some(RepositoryOutcome {
        is_present: true,
        completeness: end.completeness,
        manifests: end.manifests,
        tags: end.tags,
        bytes: end.bytes,
        content_hash: end.content_hash,
        written,
        problems: end.problems,
        shows_event: observed.shows_event,
        captured,
        segments: seen.segments.clone(),
    }))
}

/// The passes over an observation: in the first the document is only made along the way if it fits into memory, so
/// that a long one that has not changed is not written for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    First,
    Second,
}

/// Merges observed and stored lines into a draft; the hash of its content. None: the document has changed meanwhile.
async fn merge<'a>(
    work: &RepositoryWork<'a>,
    stored: Option<StoredDocument>,
    observed: &Observed,
    unseen: Unseen,
    pass: Pass,
) -> Result<Option<(Draft<'a>, String)>, CollectError> {
    let stored = match stored {
        Some(stored) => match stored.rewound(work.store).await? {
            Some(stored) => Some(stored),
            None => return Ok(None),
        },
        None => None,
    };
    let (repository, observed_at) = (&observed.state.repository, &observed.state.observed_at);
    let capture = match work.snapshot {
        Some(generation) if pass == Pass::First => {
            let mut capture = Capture::new(work.store, work.login_server, generation);
            let header = part_header(work.login_server, repository, observed_at);
            capture.write(&header).await?;
            Some(capture)
        }
        _ => None,
    };
    let purpose = Purpose {
        unseen,
        writes: pass == Pass::Second || !observed.has_segments(),
        records_changes: work.record_changes,
        capture,
    };
    let header = header(work, repository, observed_at.clone(), stored.as_ref());
    let mut draft = Draft::begin(work.store, header, stored, purpose).await?;
    let mut lines = observed.read(work.login_server);
    while let Some(line) = lines.next(work.store).await? {
        draft.line(&line).await?;
    }
    let content_hash = draft.finish_content().await?;
    Ok(Some((draft, content_hash)))
}

/// Somebody changed the repository or its document while they were read: look again.
fn is_race(error: &CollectError) -> bool {
    matches!(
        error,
        CollectError::Contended { .. } | CollectError::Store(StoreError::Conflict { .. })
    )
}

/// The header of the document that follows `stored`.
fn header(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    observed_at: String,
    stored: Option<&StoredDocument>,
) -> Header {
    Header {
        schema_version: SCHEMA_VERSION,
        login_server: work.login_server.clone(),
        repository: repository.clone(),
        version: stored.map_or(0, |stored| stored.header.version) + 1,
        commit_id: crate::random::uuid(),
        previous_commit_id: stored.map(|stored| stored.header.commit_id),
        observed_at,
        removed_at: None,
    }
}

/// The registry does not know the repository: a second look decides, then a tombstone takes the document's place.
/// None: it is there after all, or somebody else wrote.
async fn settle_absent(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    stored: Option<StoredDocument>,
) -> Result<Option<RepositoryOutcome>, CollectError> {
    if attributes_of(work, repository).await?.is_some() {
        return Ok(None);
    }
    let outcome = |written| RepositoryOutcome {
        is_present: false,
        completeness: Completeness::Complete,
        manifests: 0,
        tags: 0,
        bytes: 0,
        content_hash: String::new(),
        written,
        problems: Vec::new(),
        shows_event: true,
        captured: None,
        segments: Vec::new(),
    };
    let Some(stored) = stored.filter(|stored| stored.header.removed_at.is_none()) else {
        return Ok(Some(outcome(false)));
    };
    let now = timestamp(crate::clock::now());
    let header = Header {
        removed_at: Some(now.clone()),
        ..header(work, repository, now, Some(&stored))
    };
    let purpose = Purpose {
        unseen: Unseen::Remove,
        writes: true,
        records_changes: work.record_changes,
        capture: None,
    };
    let mut tombstone = Draft::begin(work.store, header, Some(stored), purpose).await?;
    tombstone.change(&Change::RepositoryRemoved).await?;
    let content_hash = tombstone.finish_content().await?;
    let end = End {
        completeness: Completeness::Complete,
        manifests: 0,
        tags: 0,
        bytes: 0,
        attributes: None,
        problems: Vec::new(),
        content_hash,
    };
    let (committed, _) = tombstone.commit(&end).await?;
    Ok((committed != Committed::Theirs).then(|| outcome(true)))
}

/// The repository's own attributes; none if the registry does not know it.
async fn attributes_of(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
) -> Result<Option<Attributes>, CollectError> {
    match work.client.attributes(work.access, repository).await {
        Ok(attributes) => Ok(Some(attributes)),
        Err(Failure::NotFound { code, .. }) if code == NAME_UNKNOWN => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

fn miscount(seen: &Observation, attributes: &Attributes) -> Option<Problem> {
    let listed = (seen.manifests, seen.tags);
    let counted = (attributes.manifest_count, attributes.tag_count);
    (listed != counted).then(|| {
        let message = format!(
            "the registry counts {} manifests and {} tags but lists {} and {} (hidden by listEnabled=false, or changing)",
            counted.0, counted.1, listed.0, listed.1
        );
        Problem::new("count-mismatch", message).of(&seen.repository)
    })
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
