//! Refreshing a repository after an event, and what need not be asked of the registry for it, by what is stored.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Before, Lane, ROUNDS, Refreshed, RepositoryOutcome, RepositoryWork, SnapshotLine, contended, round};
use crate::azure::acr::{Access, RegistryClient};
use crate::collect::room::{More, Room};
use crate::collect::scan::EventSight;
use crate::collect::stored::StoredDocument;
use crate::collect::{CollectError, age};
use crate::deadline::Deadline;
use crate::inventory::message::EventHint;
use crate::inventory::refresh::{ScanState, Segment};
use crate::inventory::repository::{LineKind, ManifestRecord, TagRecord};
use crate::names::{LoginServer, RepositoryName};
use crate::store::Store;

/// A repository whose lists took more pages than this …
const LONG: u64 = 20;
/// … is read for events at most this often.
const LONG_EVERY: Duration = Duration::from_secs(15 * 60);

/// What a refresh after an event needs; it is outside of any snapshot.
#[derive(Debug, Clone, Copy)]
pub struct EventWork<'a> {
    pub client: &'a RegistryClient,
    pub store: &'a Store,
    pub login_server: &'a LoginServer,
    pub deadline: Deadline,
    /// For its observed lines; a repository with more is a long one.
    pub room: &'a Room,
    /// Lines of a repository's document; what has more is left to the walk.
    pub document_lines: u64,
    /// The event has waited once because the repository is long: it does not wait again.
    pub has_waited: bool,
    /// The registry did not show the event at first. It answers late then, and what it showed of other events may not be
    /// all of them either: it is asked in any case.
    pub is_recheck: bool,
}

impl<'a> EventWork<'a> {
    fn repository(&self, access: &'a Access) -> RepositoryWork<'a> {
        RepositoryWork {
            client: self.client,
            store: self.store,
            login_server: self.login_server,
            access,
            deadline: self.deadline,
            record_changes: true,
            read_attributes: true,
            room: self.room,
            document_lines: self.document_lines,
            lane: Lane::Event,
            snapshot: None,
        }
    }
}

/// How far a refresh after an event came.
#[derive(Debug)]
pub enum AfterEvent {
    Done(Box<RepositoryOutcome>),
    /// Its lists are longer than there was time for.
    Suspended(Box<ScanState>),
    /// Only snapshots hold its lines: the next refresh of the registry reads it. With what was written down of them.
    InSnapshots(Vec<Segment>),
}

/// Reads a repository after an event, unless the document says already what the registry would.
pub async fn refresh_after_event(
    event: &EventWork<'_>,
    repository: &RepositoryName,
    hint: Option<&EventHint>,
) -> Result<AfterEvent, CollectError> {
    let (mut has_waited, mut miscounted) = (event.has_waited, false);
    for _ in 0..ROUNDS {
        // Rule 1 comes before any request, so that an event that need not ask sends none.
        let mut stored = StoredDocument::open(event.store, event.login_server, repository).await?;
        if stored.as_ref().is_some_and(|stored| stored.header.lines_in_snapshot) {
            return Ok(AfterEvent::InSnapshots(Vec::new()));
        }
        if let Some(stored) = stored.as_mut().filter(|_| !event.is_recheck)
            && let Some(outcome) = without_asking(stored, hint, has_waited).await?
        {
            return Ok(AfterEvent::Done(Box::new(outcome)));
        }
        // What was begun is not rescheduled.
        has_waited = true;
        let access = event.client.access(std::slice::from_ref(repository)).await?;
        let work = event.repository(&access);
        if let Some(refreshed) = round(
            &work,
            repository,
            hint,
            Before::Opened(Box::new(stored)),
            None,
            &mut miscounted,
        )
        .await?
        {
            return Ok(match refreshed {
                Refreshed::Done(outcome) => AfterEvent::Done(outcome),
                Refreshed::Suspended(state) => AfterEvent::Suspended(state),
                Refreshed::Long(observed) => AfterEvent::InSnapshots(observed.state.segments.clone()),
            });
        }
    }
    Err(contended(event.login_server, repository))
}

/// The outcome where there is nothing to ask: the document was observed after the event and shows what it said. An error
/// where the lists are long and were read a moment ago, unless the event has waited once: who waits by the clock must
/// not wait for ever.
///
/// Both conditions are needed: a registry can return to an earlier state, so a document may show the effect of an event
/// that happened after it was observed. Both times are by the registry's clock.
async fn without_asking(
    stored: &mut StoredDocument<'_>,
    hint: Option<&EventHint>,
    has_waited: bool,
) -> Result<Option<RepositoryOutcome>, CollectError> {
    if is_observed_after(stored, hint)
        && let Some(outcome) = shown(stored, hint).await?
    {
        return Ok(Some(outcome));
    }
    if has_waited {
        return Ok(None);
    }
    // Whoever is ahead of us by the clock does not make us wait.
    let age = age(&stored.header.observed_at).filter(|age| stored.header.pages > LONG && !age.is_negative());
    match age.and_then(|age| LONG_EVERY.checked_sub(age.unsigned_abs())) {
        Some(wait) => Err(CollectError::TooSoon {
            what: stored.header.repository.to_string(),
            wait,
        }),
        None => Ok(None),
    }
}

fn is_observed_after(stored: &StoredDocument<'_>, hint: Option<&EventHint>) -> bool {
    let read = |text: Option<&String>| OffsetDateTime::parse(text?, &Rfc3339).ok();
    let observed = read(stored.header.observed_from.as_ref());
    let happened = read(hint.and_then(|hint| hint.at.as_ref()));
    matches!((observed, happened), (Some(observed), Some(happened)) if observed > happened)
}

/// The outcome that the document stands for, if it shows what the event said.
async fn shown(
    stored: &mut StoredDocument<'_>,
    hint: Option<&EventHint>,
) -> Result<Option<RepositoryOutcome>, CollectError> {
    let mut sight = EventSight::new(hint);
    if !sight.can_be_shown() {
        return Ok(None);
    }
    while let Some(line) = stored.next().await? {
        match line.kind {
            LineKind::Manifest => sight.manifest(&stored.record::<ManifestRecord>(&line)?.digest),
            _ => sight.tag(&stored.record::<TagRecord>(&line)?.name),
        }
    }
    let Some(end) = stored.end().filter(|_| sight.is_shown()) else {
        return Ok(None);
    };
    Ok(Some(RepositoryOutcome {
        is_present: stored.header.removed_at.is_none(),
        completeness: end.completeness,
        manifests: end.manifests,
        tags: end.tags,
        bytes: end.bytes,
        indexes: 0,
        content_hash: end.content_hash.clone(),
        written: false,
        problems: end.problems.clone(),
        shows_event: true,
        line: SnapshotLine::Nothing,
        segments: Vec::new(),
        more: More::default(),
    }))
}
