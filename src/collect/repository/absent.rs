//! A repository that the registry does not know: a tombstone.

use azure_core::http::Etag;

use super::merge::{header, rewound};
use super::{Before, Lane, RepositoryOutcome, RepositoryWork, SnapshotLine, open_version};
use crate::azure::Failure;
use crate::collect::CollectError;
use crate::collect::commit::Committed;
use crate::collect::draft::{Draft, Purpose, Unseen};
use crate::collect::scan::{EventSight, NAME_UNKNOWN};
use crate::inventory::change::Change;
use crate::inventory::message::EventHint;
use crate::inventory::problem::Completeness;
use crate::inventory::refresh::ScanState;
use crate::inventory::repository::{Attributes, End, Header};
use crate::names::RepositoryName;
use crate::snapshot::removed_line;
use crate::store::bare;

/// The registry knows neither the repository nor its lists: a tombstone takes the document's place. After an event also
/// where a tombstone or nothing was: what was observed before the event and is still on its way must not be committed
/// after it. None: somebody else wrote.
pub(super) async fn commit_tombstone(
    work: &RepositoryWork<'_>,
    hint: Option<&EventHint>,
    observation: &ScanState,
    before: Before<'_>,
) -> Result<Option<RepositoryOutcome>, CollectError> {
    let outcome = |written, line| RepositoryOutcome {
        written,
        shows_event: EventSight::new(hint).is_shown(),
        ..RepositoryOutcome::gone(line)
    };
    let stored = match before {
        Before::Opened(stored) => *stored,
        Before::Vouched(base) if base.line.removed_at.is_some() => {
            return Ok(Some(outcome(false, SnapshotLine::Unchanged(Box::new(base.clone())))));
        }
        Before::Vouched(base) => {
            let version = base.line.etag.as_deref();
            match open_version(work, &observation.repository, version).await? {
                Some(stored) => stored,
                None => return Ok(None),
            }
        }
    };
    let removed_before = stored.as_ref().map(|stored| stored.header.removed_at.clone());
    let was_there = matches!(removed_before, Some(None));
    let line = |etag: &Etag, removed_at: &Option<String>| match (work.snapshot, removed_at) {
        (Some(_), Some(removed_at)) => {
            let line = removed_line(observation.repository.clone(), Some(bare(etag)), removed_at.clone());
            SnapshotLine::Kept(Box::new(line))
        }
        _ => SnapshotLine::Nothing,
    };
    if !was_there && work.lane != Lane::Event {
        let known = stored.as_ref();
        let line = known.map_or(SnapshotLine::Nothing, |stored| {
            line(&stored.etag, &stored.header.removed_at)
        });
        return Ok(Some(outcome(false, line)));
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
        records_changes: was_there,
    };
    let removed_at = header.removed_at.clone();
    let mut tombstone = Draft::begin(work.store, header, stored, purpose).await?;
    tombstone.change(&Change::RepositoryRemoved).await?;
    let content_hash = tombstone.finish_content(&mut None).await?;
    let end = End {
        completeness: Completeness::Complete,
        manifests: 0,
        tags: 0,
        bytes: 0,
        attributes: None,
        problems: Vec::new(),
        content_hash,
    };
    Ok(match tombstone.commit(&end).await? {
        Committed::Ours(etag) => Some(outcome(true, line(&etag, &removed_at))),
        Committed::Theirs => None,
    })
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
