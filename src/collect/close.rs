//! The end of a refresh: what the catalog no longer has, the snapshot's manifest, the registry document.

mod audit;
mod changes;
mod names;
mod registry;

use std::time::Duration;

use time::OffsetDateTime;

use audit::Audit;
pub use names::parse_index;
pub(super) use registry::{record, write_registry};

use super::CollectError;
use super::checkpoint::Checkpoint;
use super::commit;
use super::registry::{Progress, RegistryWork, SKIP_AFTER_ATTEMPTS};
use super::repository::{Lane, Refreshed, refresh_repository};
use super::stored::StoredDocument;
use crate::azure::acr::RegistryClient;
use crate::collect::registry::Step;
use crate::hash::sha256;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::refresh::{Phase, RefreshDocument};
use crate::inventory::registry::RegistryDocument;
use crate::inventory::snapshot::{SnapshotManifest, SnapshotPointer};
use crate::inventory::{SCHEMA_VERSION, decode, encode};
use crate::names::RepositoryName;
use crate::store::{BlobKey, Condition, Store, StoreError};

/// A tombstone is deleted after so many days.
const TOMBSTONE_DAYS: i64 = 30;

/// Settles removals, publishes the snapshot, ends the refresh. May be run again from any point.
pub(super) async fn close(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    mut checkpoint: Checkpoint,
) -> Result<Progress, CollectError> {
    let generation = checkpoint.document.generation.clone();
    let missing = match names::stored_but_not_listed(work.store, &checkpoint.document).await {
        Err(error @ CollectError::Document { .. }) => return end_unreadable(work, checkpoint, &error).await,
        missing => missing?,
    };
    let mut step = Step::new(work, &generation);
    let mut stopped = None;
    for name in missing {
        if work.deadline.is_soft_over() {
            stopped = Some(Progress::Continue {
                generation: generation.clone(),
                pause: Duration::ZERO,
                progressed: true,
                reason: None,
            });
            break;
        }
        // It is there although the catalog does not list it: the catalog is not the whole truth.
        let unlisted =
            || Problem::new("missing-from-catalog", "the catalog does not list it, but it is there").of(&name);
        let settled = match is_live(work, &name).await {
            Ok(true) => settle_missing(work, client, &checkpoint.document, &name).await,
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        match settled {
            Ok(Refreshed::Done(outcome)) if !outcome.is_present => {}
            Ok(Refreshed::Done(outcome)) => {
                step.problem(unlisted());
                step.take(&name, *outcome).await?;
            }
            Ok(Refreshed::Suspended(observation)) => {
                step.problem(unlisted());
                step.put_aside(*observation);
            }
            Err(error @ CollectError::Store(_)) => return Err(error),
            Err(CollectError::Service(failure)) if failure.is_transient() && work.attempt < SKIP_AFTER_ATTEMPTS => {
                stopped = Some(Progress::put_off(generation.clone(), &failure, !step.is_untouched()));
                break;
            }
            Err(error @ CollectError::Contended { .. }) if work.attempt < SKIP_AFTER_ATTEMPTS => return Err(error),
            // As in the walk: what is known of it stays in the snapshot, marked as not complete.
            Err(error) => step.record_failure(&name, &error).await?,
        }
    }
    let phase = if step.is_pending() { Phase::Long } else { Phase::Closing };
    if !step.is_untouched() && !step.save(&mut checkpoint, client, phase).await? {
        return Ok(Progress::Superseded);
    }
    if let Some(stopped) = stopped {
        return Ok(stopped);
    }
    if phase == Phase::Long {
        return Ok(Progress::Continue {
            generation,
            pause: Duration::ZERO,
            progressed: true,
            reason: None,
        });
    }
    checkpoint.document.requests += client.take_sent();
    let document = &checkpoint.document;
    let is_complete = document.incomplete_repositories == 0;
    let completeness = if is_complete {
        Completeness::Complete
    } else {
        Completeness::Partial
    };
    match publish(work.store, document, completeness).await {
        Err(error @ CollectError::Document { .. }) => end_unreadable(work, checkpoint, &error).await,
        pointer => end(work, checkpoint, completeness, Some(pointer?)).await,
    }
}

/// Ends a refresh whose catalog could not be read: the last snapshot stays current, the status says why.
pub(super) async fn end_without_snapshot(
    work: &RegistryWork<'_>,
    checkpoint: Checkpoint,
    outcome: Completeness,
) -> Result<Progress, CollectError> {
    end(work, checkpoint, outcome, None).await
}

/// Ends a refresh whose snapshot cannot be told from what is stored: a document in its way is not one of ours, cut off
/// or of a newer schema. It is left as it is, and so is the last snapshot; the next generation begins anew.
async fn end_unreadable(
    work: &RegistryWork<'_>,
    mut checkpoint: Checkpoint,
    error: &CollectError,
) -> Result<Progress, CollectError> {
    checkpoint.document.problems.push(error.problem());
    end(work, checkpoint, Completeness::Partial, None).await
}

/// Whether a stored name has a document with something in it; tombstones that are old enough are deleted.
async fn is_live(work: &RegistryWork<'_>, name: &RepositoryName) -> Result<bool, CollectError> {
    let Some(stored) = StoredDocument::open(work.store, work.login_server, name).await? else {
        return Ok(false);
    };
    let Some(removed_at) = &stored.header.removed_at else {
        return Ok(true);
    };
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    let age = OffsetDateTime::parse(removed_at, rfc3339).map(|removed| crate::clock::now() - removed);
    if age.is_ok_and(|age| age.whole_days() > TOMBSTONE_DAYS) {
        let key = BlobKey::Repository(work.login_server.clone(), name.clone());
        match work.store.delete(&key, stored.etag).await {
            Ok(()) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}

/// Looks at a repository that the catalog does not list. If it is gone, its document becomes a tombstone.
async fn settle_missing(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    document: &RefreshDocument,
    name: &RepositoryName,
) -> Result<Refreshed, CollectError> {
    let access = client.access(std::slice::from_ref(name)).await?;
    let repository = work.repository(client, &access, document, Lane::Walk);
    refresh_repository(&repository, name, None, None).await
}

/// Writes the snapshot's manifest, once: whoever comes second takes the one that is there.
async fn publish(
    store: &Store,
    document: &RefreshDocument,
    completeness: Completeness,
) -> Result<SnapshotPointer, CollectError> {
    let registry = BlobKey::Registry(document.login_server.clone());
    let current = commit::read::<RegistryDocument>(store, &registry)
        .await?
        .and_then(|(current, _)| current.snapshot);
    let manifest = SnapshotManifest {
        schema_version: SCHEMA_VERSION,
        login_server: document.login_server.clone(),
        generation: document.generation.clone(),
        completeness,
        totals: document.totals,
        parts: document.parts.clone(),
        index: document.index.clone(),
        previous: current
            .filter(|current| current.generation < document.generation)
            .map(Box::new),
    };
    let key = BlobKey::SnapshotManifest(document.login_server.clone(), document.generation.clone());
    let bytes = encode(&manifest);
    let mut pointer = SnapshotPointer {
        generation: document.generation.clone(),
        manifest_sha256: sha256(&bytes),
        completeness,
    };
    let Err(error) = store.write(&key, bytes, Condition::Create).await else {
        return Ok(pointer);
    };
    let Some((bytes, _)) = store.read(&key).await? else {
        return Err(error.into());
    };
    let existing: SnapshotManifest = decode(&bytes).map_err(|source| CollectError::Document {
        key: key.to_string(),
        source,
    })?;
    pointer.manifest_sha256 = sha256(&bytes);
    pointer.completeness = existing.completeness;
    Ok(pointer)
}

/// Moves the registry document, then ends the checkpoint.
async fn end(
    work: &RegistryWork<'_>,
    mut checkpoint: Checkpoint,
    mut outcome: Completeness,
    pointer: Option<SnapshotPointer>,
) -> Result<Progress, CollectError> {
    match write_registry(work.store, &checkpoint.document, outcome, pointer, Audit::of(work)).await {
        // Not ours to overwrite. The checkpoint says so, and the next generation reads the registry all the same.
        Err(error @ CollectError::Document { .. }) => {
            let problem = error.problem();
            if !checkpoint.document.problems.first.contains(&problem) {
                checkpoint.document.problems.push(problem);
            }
            if outcome == Completeness::Complete {
                outcome = Completeness::Partial;
            }
        }
        written => written?,
    }
    checkpoint.document.phase = Phase::Done;
    checkpoint.document.outcome = Some(outcome);
    if !checkpoint.save(work.store, work.mover).await? {
        return Ok(Progress::Superseded);
    }
    Ok(Progress::Finished(Box::new(checkpoint.document)))
}
