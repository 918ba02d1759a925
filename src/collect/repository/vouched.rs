//! Rule 3 without a read: an observation that says what the index says of a document that is still there.

use super::absent::attributes_of;
use super::merge::{is_doubtful, is_miscount, miscount};
use super::{RepositoryOutcome, RepositoryWork, SnapshotLine};
use crate::azure::Failure;
use crate::collect::CollectError;
use crate::collect::scan::RepositoryScan;
use crate::inventory::problem::Completeness;
use crate::snapshot::{BaseLine, Piece};

/// The outcome, if the observation is what the base has; else the document decides. `base` vouches for the document that
/// was there before the observation began.
pub(super) async fn as_before(
    work: &RepositoryWork<'_>,
    base: &BaseLine,
    observed: &mut RepositoryScan,
) -> Result<Option<RepositoryOutcome>, CollectError> {
    let before = &base.line;
    let (Some(seen), Some(snapshot)) = (&observed.observed, &work.snapshot) else {
        return Ok(None);
    };
    let are_same_lines = seen.state_hash(before.completeness, &before.problems) == before.state_hash;
    if before.removed_at.is_some() || !are_same_lines {
        return Ok(None);
    }
    let mut problems = observed.state.problems.clone();
    let is_doubtful = is_doubtful(&observed.state) || before.problems.iter().any(is_miscount);
    if problems.is_empty() && (is_doubtful || work.read_attributes) {
        if observed.attributes.is_none() {
            observed.attributes = match attributes_of(work, &before.repository).await {
                // The document's side says what follows from that.
                Ok(None) | Err(CollectError::Service(Failure::Invalid { .. } | Failure::NotFound { .. })) => {
                    return Ok(None);
                }
                read => read?,
            };
        }
        if let Some(read) = &observed.attributes {
            problems.extend(miscount(&observed.state, read));
        }
    }
    let completeness = match problems.is_empty() {
        true => Completeness::Complete,
        false => Completeness::Partial,
    };
    let is_same_state = seen.state_hash(completeness, &problems) == before.state_hash;
    let are_other_attributes = observed.attributes.is_some() && observed.attributes != before.attributes;
    if !is_same_state || are_other_attributes {
        return Ok(None);
    }
    let Some(seen) = observed.observed.take() else {
        return Ok(None);
    };
    let is_in_hand = |piece: &Piece| !matches!(piece, Piece::Known { in_hand: None, .. });
    let line = match snapshot.patterns.made(&before.summary) && !seen.pieces.iter().any(is_in_hand) {
        true => SnapshotLine::Unchanged(Box::new(base.clone())),
        // The same of the document; the snapshot wants it under other patterns, or its lines in another pack.
        false => {
            let (problems, attributes) = (before.problems.clone(), before.attributes.clone());
            let name = before.repository.clone();
            let line = seen.line(name, before.etag.clone(), before.completeness, problems, attributes);
            SnapshotLine::Anew(Box::new(line), seen.pieces)
        }
    };
    Ok(Some(RepositoryOutcome {
        is_present: true,
        completeness: before.completeness,
        manifests: before.manifests,
        tags: before.tags,
        bytes: before.bytes,
        indexes: before.indexes,
        content_hash: String::new(),
        written: false,
        problems: before.problems.clone(),
        shows_event: true,
        line,
        segments: observed.state.segments.clone(),
        more: std::mem::take(&mut observed.more),
    }))
}
