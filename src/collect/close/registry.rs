//! The registry document's conditional write: never back to an older generation, never over what cannot be read.

use crate::collect::CollectError;
use crate::collect::commit::{self, Committed};
use crate::inventory::problem::Completeness;
use crate::inventory::refresh::RefreshDocument;
use crate::inventory::registry::{RegistryDocument, Status};
use crate::inventory::snapshot::SnapshotPointer;
use crate::inventory::{SCHEMA_VERSION, encode};
use crate::store::{BlobKey, Store};

/// Tries of the conditional write; only a refresh and an audit of the same registry race for it.
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
        let commit_id = crate::random::uuid();
        let after = RegistryDocument {
            schema_version: SCHEMA_VERSION,
            login_server: document.login_server.clone(),
            registry_id: document.registry_id.clone(),
            version: before.as_ref().map_or(0, |before| before.version) + 1,
            commit_id,
            previous_commit_id: before.as_ref().map(|before| before.commit_id),
            generation: document.generation.clone(),
            observed_at: document.started_at.clone(),
            status: Status {
                completeness: outcome,
                problems: document.problems.clone(),
            },
            totals: match &pointer {
                Some(_) => Some(document.totals),
                None => before.as_ref().and_then(|before| before.totals),
            },
            snapshot: pointer.clone().or_else(|| before.as_ref()?.snapshot.clone()),
            last_complete: pointer
                .clone()
                .filter(|pointer| pointer.completeness == Completeness::Complete)
                .or_else(|| before.as_ref()?.last_complete.clone()),
            resource: document.resource.clone().or_else(|| before.as_ref()?.resource.clone()),
            audit: before.as_ref().and_then(|before| before.audit.clone()),
        };
        if before.as_ref().is_some_and(|before| is_same(before, &after)) {
            return Ok(());
        }
        if commit::write(store, &key, encode(&after), commit_id, etag).await? != Committed::Theirs {
            return Ok(());
        }
    }
    Err(CollectError::Contended { what: key.to_string() })
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
