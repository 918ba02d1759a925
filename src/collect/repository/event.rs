//! What an event need not ask the registry for, by what is stored.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::RepositoryOutcome;
use crate::collect::CollectError;
use crate::collect::scan::EventSight;
use crate::collect::stored::StoredDocument;
use crate::inventory::message::EventHint;
use crate::inventory::repository::{LineKind, ManifestRecord, TagRecord};

/// A repository whose lists took more pages than this …
const LONG: u64 = 20;
/// … is read for events at most this often.
const LONG_EVERY: Duration = Duration::from_secs(15 * 60);

/// The outcome where there is nothing to ask: the document was observed after the event and shows what it said. An error
/// where the lists are long and were read a moment ago, unless the event has waited once: who waits by the clock must
/// not wait for ever.
///
/// Both conditions are needed: a registry can return to an earlier state, so a document may show the effect of an event
/// that happened after it was observed. Both times are by the registry's clock.
pub(super) async fn without_asking(
    stored: &mut StoredDocument,
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
    let age = OffsetDateTime::parse(&stored.header.observed_at, &Rfc3339).map(|at| crate::clock::now() - at);
    // Whoever is ahead of us by the clock does not make us wait.
    let age = age.ok().filter(|age| stored.header.pages > LONG && !age.is_negative());
    match age.and_then(|age| LONG_EVERY.checked_sub(age.unsigned_abs())) {
        Some(wait) => Err(CollectError::TooSoon {
            what: stored.header.repository.to_string(),
            wait,
        }),
        None => Ok(None),
    }
}

fn is_observed_after(stored: &StoredDocument, hint: Option<&EventHint>) -> bool {
    let read = |text: Option<&String>| OffsetDateTime::parse(text?, &Rfc3339).ok();
    let observed = read(stored.header.observed_from.as_ref());
    let happened = read(hint.and_then(|hint| hint.at.as_ref()));
    matches!((observed, happened), (Some(observed), Some(happened)) if observed > happened)
}

/// The outcome that the document stands for, if it shows what the event said.
async fn shown(
    stored: &mut StoredDocument,
    hint: Option<&EventHint>,
) -> Result<Option<RepositoryOutcome>, CollectError> {
    let mut sight = EventSight::new(hint);
    if !sight.can_be_shown() {
        return Ok(None);
    }
    while stored.peek().await?.is_some() {
        let Some(line) = stored.take() else { break };
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
        captured: None,
        segments: Vec::new(),
    }))
}
