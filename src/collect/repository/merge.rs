//! What a scan has shown, merged with what is stored and written: commit rules 3 to 5.

use super::absent::attributes_of;
use super::{Lane, RepositoryOutcome, RepositoryWork, part_header};
use crate::azure::Failure;
use crate::collect::CollectError;
use crate::collect::capture::Capture;
use crate::collect::commit::Committed;
use crate::collect::draft::{Draft, Purpose, Unseen};
use crate::collect::scan::RepositoryScan;
use crate::collect::stored::StoredDocument;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::refresh::ScanState;
use crate::inventory::repository::{Attributes, End, Header};
use crate::inventory::{SCHEMA_VERSION, encode_line};

/// Rules 3 to 5 for an observation. None: scan again.
pub(super) async fn merge_and_commit(
    work: &RepositoryWork<'_>,
    stored: Option<StoredDocument>,
    observed: &RepositoryScan,
    miscounted: &mut bool,
) -> Result<Option<RepositoryOutcome>, CollectError> {
    let (seen, repository) = (&observed.state, &observed.state.repository);
    let Some((mut draft, mut content_hash)) = merge(work, stored, observed, Unseen::Remove, Pass::First).await? else {
        return Ok(None);
    };
    let mut problems = seen.problems.clone();
    let mut attributes = None;
    // The manifest list names other tags than the tag list (it may leave some out; or something changed between), or
    // there is less than there was, or nothing at all.
    let is_empty = seen.manifests + seen.tags == 0;
    let doubtful = seen.by_manifest != seen.by_tag || draft.sums.removed > 0 || is_empty || seen.list_missing;
    let mut read = None;
    if problems.is_empty() && (doubtful || work.read_attributes) {
        read = match observed.attributes.clone() {
            Some(read) => Some(read),
            None => match attributes_of(work, repository).await {
                Ok(Some(read)) => Some(read),
                Ok(None) => return Ok(None),
                // The lists count all the same; what they do not show stays.
                Err(CollectError::Service(failure @ (Failure::Invalid { .. } | Failure::NotFound { .. }))) => {
                    problems.push(failure.problem().of(repository));
                    None
                }
                Err(error) => return Err(error),
            },
        };
    }
    if let Some(read) = read {
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
    let indexes = seen.indexes + draft.sums.kept_indexes;
    // After an event always, also where nothing changed: what was observed before it and is still on its way must not be
    // committed after it.
    let written = work.lane == Lane::Event || !draft.says_the_same(&end);
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
        indexes,
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
    observed: &RepositoryScan,
    unseen: Unseen,
    pass: Pass,
) -> Result<Option<(Draft<'a>, String)>, CollectError> {
    let Some(stored) = rewound(work, stored).await? else {
        return Ok(None);
    };
    let capture = match work.snapshot {
        Some(generation) if pass == Pass::First => {
            let mut capture = Capture::new(work.store, work.login_server, generation);
            let (repository, observed_at) = (&observed.state.repository, &observed.state.observed_at);
            let header = part_header(work.login_server, repository, observed_at);
            capture.write(&header).await?;
            Some(capture)
        }
        _ => None,
    };
    let purpose = Purpose {
        unseen,
        writes: pass == Pass::Second || !observed.has_segments(),
        records_changes: work.record_changes || stored.is_some(),
        capture,
    };
    let header = header(work, &observed.state, stored.as_ref());
    let mut draft = Draft::begin(work.store, header, stored, purpose).await?;
    let mut lines = observed.read(work.login_server);
    while let Some(line) = lines.next(work.store).await? {
        draft.line(&line).await?;
    }
    let content_hash = draft.finish_content().await?;
    Ok(Some((draft, content_hash)))
}

/// The document from its first line on, if there is one. None: it has changed meanwhile.
pub(super) async fn rewound(
    work: &RepositoryWork<'_>,
    stored: Option<StoredDocument>,
) -> Result<Option<Option<StoredDocument>>, CollectError> {
    match stored {
        Some(stored) => Ok(stored.rewound(work.store).await?.map(Some)),
        None => Ok(Some(None)),
    }
}

/// The header of the document that follows `stored`.
pub(super) fn header(work: &RepositoryWork<'_>, observation: &ScanState, stored: Option<&StoredDocument>) -> Header {
    Header {
        schema_version: SCHEMA_VERSION,
        login_server: work.login_server.clone(),
        repository: observation.repository.clone(),
        version: stored.map_or(0, |stored| stored.header.version) + 1,
        commit_id: crate::random::uuid(),
        previous_commit_id: stored.map(|stored| stored.header.commit_id),
        observed_at: observation.observed_at.clone(),
        observed_from: observation.observed_from.clone(),
        pages: observation.pages,
        removed_at: None,
    }
}

fn miscount(seen: &ScanState, attributes: &Attributes) -> Option<Problem> {
    let listed = (seen.manifests, seen.tags);
    let counted = (attributes.manifest_count, attributes.tag_count);
    (listed != counted).then(|| {
        let message = format!(
            "the registry counts {} manifests and {} tags but lists {} and {} (hidden by listEnabled=false, or changing)",
            counted.0, counted.1, listed.0, listed.1
        );
        Problem::new(ProblemCode::CountMismatch, message).of(&seen.repository)
    })
}
