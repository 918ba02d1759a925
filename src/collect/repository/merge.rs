//! What a scan has shown, merged with what is stored and written: commit rules 3 to 5.

use super::absent::attributes_of;
use super::{Lane, RepositoryOutcome, RepositoryWork, SnapshotLine};
use crate::azure::Failure;
use crate::collect::CollectError;
use crate::collect::commit::Committed;
use crate::collect::draft::{Draft, Purpose, Unseen};
use crate::collect::merged_lines::MergedLines;
use crate::collect::scan::RepositoryScan;
use crate::collect::stored::StoredDocument;
use crate::inventory::SCHEMA_VERSION;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::refresh::ScanState;
use crate::inventory::repository::{Attributes, End, Header};
use crate::snapshot::SnapshotWriter;
use crate::store::bare;

/// Rules 3 to 5 for an observation. None: scan again. `writer`: takes the chunks of a long repository.
pub(super) async fn merge_and_commit(
    work: &RepositoryWork<'_>,
    stored: Option<StoredDocument<'_>>,
    observed: &mut RepositoryScan,
    miscounted: &mut bool,
    writer: Option<&mut SnapshotWriter<'_>>,
) -> Result<Option<RepositoryOutcome>, CollectError> {
    let (in_hand, is_long) = (observed.observed.take(), writer.is_some());
    // What was observed is what the document will hold, unless something is kept that was not seen.
    let mut into = match (&in_hand, work.snapshot) {
        (Some(_), _) | (_, None) => None,
        (None, Some(snapshot)) => Some(MergedLines::new(snapshot, writer)),
    };
    let repository = observed.state.repository.clone();
    let merged = merge(work, stored, observed, Unseen::Remove, &mut into).await?;
    let Some((mut draft, mut content_hash)) = merged else {
        return Ok(None);
    };
    let mut problems = observed.state.problems.clone();
    let mut attributes = None;
    let doubtful = is_doubtful(&observed.state)
        || draft.sums.removed > 0
        || draft
            .stored_end()
            .is_some_and(|end| end.problems.iter().any(is_miscount));
    if problems.is_empty() && (doubtful || work.read_attributes) {
        let read = match observed.attributes.clone() {
            Some(read) => Some(read),
            None => match attributes_of(work, &repository).await {
                Ok(Some(read)) => Some(read),
                Ok(None) => return Ok(None),
                // The lists count all the same; what they do not show stays.
                Err(CollectError::Service(failure @ (Failure::Invalid { .. } | Failure::NotFound { .. }))) => {
                    problems.push(failure.problem().of(&repository));
                    None
                }
                Err(error) => return Err(error),
            },
        };
        if let Some(problem) = read.as_ref().and_then(|read| miscount(&observed.state, read)) {
            // The same as last time: something is hidden, and looking twice would show it no better.
            let is_known = draft.stored_end().is_some_and(|end| end.problems.contains(&problem));
            // A long list is not read twice in a row.
            if !is_known && !is_long && !std::mem::replace(miscounted, true) {
                return Ok(None);
            }
            problems.push(problem);
        }
        attributes = read;
    }
    let completeness = match problems.is_empty() {
        true => Completeness::Complete,
        false => Completeness::Partial,
    };
    // Only a complete observation may remove.
    if completeness != Completeness::Complete && draft.sums.removed > 0 {
        if into.is_none() {
            into = work.snapshot.map(|snapshot| MergedLines::new(snapshot, None));
        }
        let merged = merge(work, draft.stored.take(), observed, Unseen::Keep, &mut into).await?;
        let Some(merged) = merged else { return Ok(None) };
        (draft, content_hash) = merged;
    }
    let seen = &observed.state;
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
    let mut etag = draft.stored.as_ref().map(|stored| bare(&stored.etag));
    if written {
        match draft.commit(&end).await? {
            Committed::Theirs => return Ok(None),
            Committed::Ours(ours) => etag = Some(bare(&ours)),
        }
    }
    let merged = match &mut into {
        Some(into) => Some((into.finish().await?, into.is_written())),
        None => in_hand.map(|observed| (observed, false)),
    };
    let line = match merged {
        None => SnapshotLine::Nothing,
        Some((seen, is_written)) => {
            let (problems, attributes) = (end.problems.clone(), end.attributes.clone());
            let line = seen.line(repository, etag, end.completeness, problems, attributes);
            match is_written {
                true => SnapshotLine::Ended(Box::new(line)),
                false => SnapshotLine::Anew(Box::new(line), seen.pieces),
            }
        }
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
        line,
        segments: observed.state.segments.clone(),
        more: std::mem::take(&mut observed.more),
    }))
}

/// Whether the lists alone do not say that they are all: the manifest list names other tags than the tag list (it may leave
/// some out; or something changed between), there is nothing at all, or a list is not there.
pub(super) fn is_doubtful(seen: &ScanState) -> bool {
    seen.by_manifest != seen.by_tag || seen.manifests + seen.tags == 0 || seen.list_missing
}

/// Whether a problem says that something is hidden: whoever had it is asked for its counts again.
pub(super) fn is_miscount(problem: &Problem) -> bool {
    problem.code == ProblemCode::CountMismatch
}

/// Merges observed and stored lines into a draft; the hash of its content. None: the document has changed meanwhile.
async fn merge<'a>(
    work: &RepositoryWork<'a>,
    stored: Option<StoredDocument<'a>>,
    observed: &RepositoryScan,
    unseen: Unseen,
    into: &mut Option<MergedLines<'_, '_>>,
) -> Result<Option<(Draft<'a>, String)>, CollectError> {
    let Some(stored) = rewound(work, stored).await? else {
        return Ok(None);
    };
    if let Some(into) = into {
        into.restart();
    }
    let purpose = Purpose {
        unseen,
        // What is not known cannot have changed.
        records_changes: (stored.as_ref()).map_or(work.record_changes, StoredDocument::has_lines),
    };
    let header = Header {
        lines_in_snapshot: work.snapshot.is_some()
            && observed.state.manifests + observed.state.tags > work.document_lines,
        ..header(work, &observed.state, stored.as_ref())
    };
    let mut draft = Draft::begin(work.store, header, stored, purpose).await?;
    let mut lines = observed.read(work);
    while let Some(line) = lines.next(work.store).await? {
        draft.line(&line, into).await?;
    }
    let content_hash = draft.finish_content(into).await?;
    Ok(Some((draft, content_hash)))
}

/// The document from its first line on, if there is one. None: it has changed meanwhile.
pub(super) async fn rewound<'a>(
    work: &RepositoryWork<'a>,
    stored: Option<StoredDocument<'a>>,
) -> Result<Option<Option<StoredDocument<'a>>>, CollectError> {
    match stored {
        Some(stored) => Ok(stored.rewound(work.store).await?.map(Some)),
        None => Ok(Some(None)),
    }
}

/// The header of the document that follows `stored`.
pub(super) fn header(
    work: &RepositoryWork<'_>,
    observation: &ScanState,
    stored: Option<&StoredDocument<'_>>,
) -> Header {
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
        lines_in_snapshot: false,
    }
}

pub(super) fn miscount(seen: &ScanState, attributes: &Attributes) -> Option<Problem> {
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
