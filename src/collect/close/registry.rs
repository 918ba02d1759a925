//! The registry document's conditional write: never back to an older generation, never over what cannot be read.

use super::changes::changes;
use crate::collect::CollectError;
use crate::collect::changes::write_changes;
use crate::collect::commit::{self, Committed};
use crate::inventory::change::Commit;
use crate::inventory::content::ContentCoverage;
use crate::inventory::pointer::SnapshotPointer;
use crate::inventory::problem::Completeness;
use crate::inventory::refresh::RefreshDocument;
use crate::inventory::registry::{RegistryDocument, Status};
use crate::inventory::{SCHEMA_VERSION, encode};
use crate::store::{BlobKey, Store};

/// Tries of the conditional write; only refreshes of the same registry race for it.
const ROUNDS: u32 = 10;

/// Moves the registry document; without a pointer the last snapshot stays current.
pub(in crate::collect) async fn write_registry(
    store: &Store,
    document: &RefreshDocument,
    outcome: Completeness,
    pointer: Option<SnapshotPointer>,
) -> Result<(), CollectError> {
    let key = BlobKey::Registry(document.login_server.clone());
    for _ in 0..ROUNDS {
        let read = commit::read::<RegistryDocument>(store, &key).await?;
        let (before, etag) = read.map_or((None, None), |(before, etag)| (Some(before), Some(etag)));
        // A refresh that was held up must not move the registry back.
        if before
            .as_ref()
            .is_some_and(|before| before.generation > document.generation)
        {
            return Ok(());
        }
        let after = next(before.as_ref(), document, outcome, pointer.as_ref());
        if let Some(before) = &before
            && is_same(before, &after)
        {
            return Ok(());
        }
        if let Some(before) = &before {
            let commit = || Commit {
                schema_version: SCHEMA_VERSION,
                login_server: after.login_server.clone(),
                repository: None,
                version: after.version,
                commit_id: after.commit_id,
                previous_commit_id: after.previous_commit_id,
                observed_at: after.observed_at.clone(),
            };
            write_changes(store, commit, &changes(before, &after)).await?;
        }
        if commit::write(store, &key, encode(&after), after.commit_id, etag).await? != Committed::Theirs {
            return Ok(());
        }
    }
    Err(CollectError::Contended { what: key.to_string() })
}

/// The document after this refresh.
fn next(
    before: Option<&RegistryDocument>,
    document: &RefreshDocument,
    outcome: Completeness,
    pointer: Option<&SnapshotPointer>,
) -> RegistryDocument {
    RegistryDocument {
        schema_version: SCHEMA_VERSION,
        login_server: document.login_server.clone(),
        registry_id: document.registry_id.clone(),
        version: before.map_or(0, |before| before.version) + 1,
        commit_id: crate::random::uuid(),
        previous_commit_id: before.map(|before| before.commit_id),
        generation: document.generation.clone(),
        observed_at: document.started_at.clone(),
        status: Status {
            completeness: outcome,
            problems: document.problems.clone(),
        },
        totals: match pointer {
            Some(_) => document.totals,
            None => before.and_then(|before| before.totals),
        },
        snapshot: pointer.cloned().or_else(|| before?.snapshot.clone()),
        last_complete: pointer
            .filter(|pointer| pointer.completeness == Completeness::Complete)
            .cloned()
            .or_else(|| before?.last_complete.clone()),
        resource: document.resource.clone().or_else(|| before?.resource.clone()),
        content: match pointer {
            Some(_) if document.content.lists.is_empty() => Some(ContentCoverage {
                known: document.content.indexes,
                of: document.content.indexes,
                refused: 0,
            }),
            _ => before.and_then(|before| before.content),
        },
    }
}

/// Whether a document says what another says already, by whomever it was written.
fn is_same(before: &RegistryDocument, after: &RegistryDocument) -> bool {
    let stamped = RegistryDocument {
        version: before.version,
        commit_id: before.commit_id,
        previous_commit_id: before.previous_commit_id,
        ..after.clone()
    };
    *before == stamped
}
