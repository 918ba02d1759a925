//! A repository that the registry does not know: a tombstone.

use super::merge::{header, rewound};
use super::{Lane, RepositoryOutcome, RepositoryWork};
use crate::azure::Failure;
use crate::collect::CollectError;
use crate::collect::commit::Committed;
use crate::collect::draft::{Draft, Purpose, Unseen};
use crate::collect::scan::{EventSight, NAME_UNKNOWN};
use crate::collect::stored::StoredDocument;
use crate::inventory::change::Change;
use crate::inventory::message::EventHint;
use crate::inventory::problem::Completeness;
use crate::inventory::refresh::ScanState;
use crate::inventory::repository::{Attributes, End, Header};
use crate::names::RepositoryName;

/// The registry knows neither the repository nor its lists: a tombstone takes the document's place. After an event also
/// where a tombstone or nothing was: what was observed before the event and is still on its way must not be committed
/// after it. None: somebody else wrote.
pub(super) async fn commit_tombstone(
    work: &RepositoryWork<'_>,
    hint: Option<&EventHint>,
    observation: &ScanState,
    stored: Option<StoredDocument>,
) -> Result<Option<RepositoryOutcome>, CollectError> {
    let outcome = |written| RepositoryOutcome {
        is_present: false,
        completeness: Completeness::Complete,
        manifests: 0,
        tags: 0,
        bytes: 0,
        indexes: 0,
        content_hash: String::new(),
        written,
        problems: Vec::new(),
        shows_event: EventSight::new(hint).is_shown(),
        captured: None,
        segments: Vec::new(),
    };
    let removed_before = stored.as_ref().map(|stored| stored.header.removed_at.clone());
    let was_there = matches!(removed_before, Some(None));
    if !was_there && work.lane != Lane::Event {
        return Ok(Some(outcome(false)));
    }
    let Some(stored) = rewound(work, stored).await? else {
        return Ok(None);
    };
    let header = Header {
        removed_at: removed_before
            .flatten()
            .or_else(|| Some(observation.observed_at.clone())),
        ..header(work, observation, stored.as_ref())
    };
    let purpose = Purpose {
        unseen: Unseen::Remove,
        writes: true,
        records_changes: was_there,
        capture: None,
    };
    let mut tombstone = Draft::begin(work.store, header, stored, purpose).await?;
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
pub(in crate::collect) async fn attributes_of(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
) -> Result<Option<Attributes>, CollectError> {
    match work.client.attributes(work.access, repository).await {
        Ok(attributes) => Ok(Some(attributes)),
        Err(Failure::NotFound { code, .. }) if code == NAME_UNKNOWN => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}
