//! Refreshing one repository: read, observe, merge, commit, by the commit rules.

use time::OffsetDateTime;

use super::capture::{Capture, Captured};
use super::commit::Committed;
use super::draft::{Draft, Unseen, following_header};
use super::observe::{Look, NAME_UNKNOWN, Seen, look};
use super::stored::StoredDocument;
use super::{CollectError, timestamp};
use crate::azure::Failure;
use crate::azure::acr::{Access, RegistryClient};
use crate::inventory::change::Change;
use crate::inventory::generation::Generation;
use crate::inventory::message::EventHint;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::repository::{Attributes, End, Header};
use crate::inventory::snapshot::PartHeader;
use crate::inventory::{SCHEMA_VERSION, encode_line};
use crate::names::{LoginServer, RepositoryName};
use crate::store::{Store, StoreError};

/// Rounds of read–observe–write before giving way to whoever keeps changing the document or the repository.
const ROUNDS: u32 = 8;

/// What a refresh of a repository needs.
#[derive(Debug, Clone, Copy)]
pub struct RepositoryWork<'a> {
    pub client: &'a RegistryClient,
    pub store: &'a Store,
    pub login_server: &'a LoginServer,
    pub access: &'a Access,
    /// Write change records: not in the first inventory of a registry.
    pub record_changes: bool,
    /// Read the repository's own attributes and counts in any case.
    pub read_attributes: bool,
    /// The snapshot that the lines are for, if any.
    pub(super) snapshot: Option<&'a Generation>,
}

impl<'a> RepositoryWork<'a> {
    /// A refresh outside of any snapshot, after an event.
    pub fn for_event(
        client: &'a RegistryClient,
        store: &'a Store,
        login_server: &'a LoginServer,
        access: &'a Access,
    ) -> Self {
        Self {
            client,
            store,
            login_server,
            access,
            record_changes: true,
            read_attributes: true,
            snapshot: None,
        }
    }
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
}

/// Reads a repository and brings its document up to date.
pub async fn refresh_repository(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    hint: Option<&EventHint>,
) -> Result<RepositoryOutcome, CollectError> {
    let mut unseen = Unseen::Remove;
    let mut miscounted = false;
    for _ in 0..ROUNDS {
        // Rule 1: the document and its version, before anything is observed.
        let stored = StoredDocument::open(work.store, work.login_server, repository).await?;
        let mut draft = begin(work, repository, stored, unseen).await?;
        // Rule 2: the registry.
        let seen = match look(work.client, work.access, repository, hint, &mut draft).await {
            Ok(Look::Lists(seen)) => seen,
            Ok(Look::Absent) => match settle_absent(work, repository, draft).await? {
                Some(outcome) => return Ok(outcome),
                None => continue,
            },
            Err(error) if is_race(&error) => continue,
            Err(error) => return Err(error),
        };
        let content_hash = match draft.finish_content().await {
            Err(error) if is_race(&error) => continue,
            finished => finished?,
        };
        let sums = draft.sums;
        let mut problems = seen.problems.clone();
        let mut attributes = None;
        let doubtful = seen.lists_disagree || sums.removed > 0 || sums.kept > 0;
        if problems.is_empty() && (doubtful || work.read_attributes) {
            let Some(read) = attributes_of(work, repository).await? else {
                continue;
            };
            if let Some(problem) = miscount(repository, &seen, &read) {
                // The same as last time: something is hidden, and looking twice would show it no better.
                let is_known = draft.stored_end().is_some_and(|end| end.problems.contains(&problem));
                if !is_known && !std::mem::replace(&mut miscounted, true) {
                    continue;
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
        // Only a complete observation may remove; one that is complete has nothing to keep.
        let wanted = if completeness == Completeness::Complete {
            Unseen::Remove
        } else {
            Unseen::Keep
        };
        if wanted != unseen && sums.removed + sums.kept > 0 {
            unseen = wanted;
            continue;
        }
        let end = End {
            completeness,
            manifests: sums.manifests,
            tags: sums.tags,
            bytes: sums.bytes,
            attributes: attributes.or_else(|| draft.stored_end().and_then(|end| end.attributes.clone())),
            problems,
            content_hash,
        };
        if let Some(outcome) = finish(draft, end, seen.shows_event).await? {
            return Ok(outcome);
        }
    }
    Err(CollectError::Contended {
        what: format!("{}/{repository}", work.login_server),
    })
}

/// Somebody changed the repository or its document while they were read: look again.
fn is_race(error: &CollectError) -> bool {
    matches!(
        error,
        CollectError::Contended { .. } | CollectError::Store(StoreError::Conflict { .. })
    )
}

async fn begin<'a>(
    work: &RepositoryWork<'a>,
    repository: &RepositoryName,
    stored: Option<StoredDocument>,
    unseen: Unseen,
) -> Result<Draft<'a>, CollectError> {
    let observed_at = timestamp(OffsetDateTime::now_utc());
    let capture = match work.snapshot {
        Some(generation) => {
            let mut capture = Capture::new(work.store, work.login_server, generation);
            capture
                .write(&part_header(work.login_server, repository, &observed_at))
                .await?;
            Some(capture)
        }
        None => None,
    };
    let header = Header {
        schema_version: SCHEMA_VERSION,
        login_server: work.login_server.clone(),
        repository: repository.clone(),
        version: 0,
        commit_id: uuid::Uuid::nil(),
        previous_commit_id: None,
        observed_at,
        removed_at: None,
    };
    let header = following_header(header, stored.as_ref());
    Draft::begin(work.store, header, stored, unseen, work.record_changes, capture).await
}

/// Rules 3 to 5: nothing if nothing changed, else a conditional write. None: somebody else wrote, observe again.
async fn finish(mut draft: Draft<'_>, end: End, shows_event: bool) -> Result<Option<RepositoryOutcome>, CollectError> {
    // Lines are compared too: an end line says what a document should hold, not what it does hold.
    let same = draft.stored_end().is_some_and(|stored| *stored == end)
        && draft.sums.changed + draft.sums.removed == 0
        && draft
            .stored
            .as_ref()
            .is_some_and(|stored| stored.header.removed_at.is_none());
    let capture = if same {
        draft.capture.take()
    } else {
        let (committed, capture) = draft.commit(&end).await?;
        if committed == Committed::Theirs {
            return Ok(None);
        }
        capture
    };
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
        written: !same,
        problems: end.problems,
        shows_event,
        captured,
    }))
}

/// The registry does not know the repository: a second look decides, then a tombstone takes the document's place.
/// None: it is there after all, or somebody else wrote.
async fn settle_absent(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    draft: Draft<'_>,
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
    };
    let mut draft = draft;
    let Some(stored) = draft.stored.take().filter(|stored| stored.header.removed_at.is_none()) else {
        return Ok(Some(outcome(false)));
    };
    let header = Header {
        removed_at: Some(timestamp(OffsetDateTime::now_utc())),
        ..draft.header
    };
    let mut tombstone = Draft::begin(
        work.store,
        header,
        Some(stored),
        Unseen::Remove,
        work.record_changes,
        None,
    )
    .await?;
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

fn miscount(repository: &RepositoryName, seen: &Seen, attributes: &Attributes) -> Option<Problem> {
    let listed = (seen.manifests, seen.tags);
    let counted = (attributes.manifest_count, attributes.tag_count);
    (listed != counted).then(|| {
        let message = format!(
            "the registry counts {} manifests and {} tags but lists {} and {} (hidden by listEnabled=false, or changing)",
            counted.0, counted.1, listed.0, listed.1
        );
        Problem::new("count-mismatch", message).of(repository)
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
