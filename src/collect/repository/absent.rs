//! A repository that the registry does not know any more: a tombstone.

use super::settle::header;
use super::{RepositoryOutcome, RepositoryWork};
use crate::azure::Failure;
use crate::collect::commit::Committed;
use crate::collect::draft::{Draft, Purpose, Unseen};
use crate::collect::observe::NAME_UNKNOWN;
use crate::collect::stored::StoredDocument;
use crate::collect::{CollectError, timestamp};
use crate::inventory::change::Change;
use crate::inventory::problem::Completeness;
use crate::inventory::repository::{Attributes, End, Header};
use crate::names::RepositoryName;

/// The registry knows neither the repository nor its lists: a tombstone takes the document's place. None: somebody else
/// wrote.
pub(super) async fn settle_absent(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
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
