//! The end of a refresh: what the catalog no longer has, the snapshot's manifest, the registry document.

mod changes;
mod names;
mod registry;

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use time::OffsetDateTime;

pub use names::parse_index;
pub(super) use names::read_index;
pub(super) use registry::write_registry;

use super::checkpoint::Checkpoint;
use super::commit;
use super::registry::{Progress, RegistryWork, SKIP_AFTER_ATTEMPTS};
use super::repository::{Lane, Refreshed};
use super::stored::StoredDocument;
use super::{CollectError, timestamp};
use crate::azure::acr::RegistryClient;
use crate::collect::registry::Step;
use crate::hash::sha256;
use crate::inventory::generation::Generation;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::refresh::{Phase, RefreshDocument};
use crate::inventory::registry::{RegistryDocument, Totals};
use crate::inventory::snapshot::{SnapshotManifest, SnapshotPointer};
use crate::inventory::{SCHEMA_VERSION, decode, encode};
use crate::names::RepositoryName;
use crate::store::{BlobKey, Condition, Store, StoreError};

/// A tombstone is deleted after so many days.
const TOMBSTONE_DAYS: i64 = 30;

/// Verifies what the catalog no longer has, publishes the snapshot and ends the run. None: it is over. May be run again
/// from any point.
pub(super) async fn run(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
) -> Result<Option<Progress>, CollectError> {
    if let Some(progress) = match verify_missing(work, client, checkpoint).await {
        Err(error @ CollectError::Document { .. }) => return end_unreadable(work, checkpoint, &error).await,
        verified => verified?,
    } {
        return Ok(Some(progress));
    }
    if checkpoint.document.phase != Phase::Close {
        return Ok(None);
    }
    checkpoint.document.requests += client.take_sent();
    let completeness = match checkpoint.document.incomplete_repositories {
        0 => Completeness::Complete,
        _ => Completeness::Partial,
    };
    match publish(work.store, &checkpoint.document, completeness).await {
        Err(error @ CollectError::Document { .. }) => end_unreadable(work, checkpoint, &error).await,
        published => {
            // What the manifest that is there proves, whoever wrote it.
            let (pointer, totals) = published?;
            checkpoint.document.totals = totals;
            end(work, checkpoint, pointer.completeness, Some(pointer), Phase::Audit).await
        }
    }
}

/// Asks the registry for every stored repository that the catalog did not list. Some: there is more to do later.
async fn verify_missing(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
) -> Result<Option<Progress>, CollectError> {
    let document = checkpoint.document.clone();
    let mut missing = names::stored_but_not_listed(work.store, &document).await?;
    missing.retain(|name| document.verified.as_ref().is_none_or(|verified| name > verified));
    let verify = |name: RepositoryName| {
        let document = &document;
        async move {
            let outcome = match work.deadline.is_soft_over() {
                true => None,
                false => Some(verify(work, client, document, &name).await),
            };
            (name, outcome)
        }
    };
    let mut verified = std::pin::pin!(stream::iter(missing).map(verify).buffered(work.concurrency));
    let mut step = Step::new(work, &document.generation);
    let mut stopped = None;
    let mut progressed = false;
    while let Some((name, outcome)) = verified.next().await {
        // It is there although the catalog does not list it: the catalog is not the whole truth.
        let unlisted = || {
            Problem::new(
                ProblemCode::MissingFromCatalog,
                "the catalog does not list it, but it is there",
            )
            .of(&name)
        };
        match outcome {
            None => {
                stopped = Some(Progress::Continue {
                    generation: document.generation.clone(),
                    pause: Duration::ZERO,
                    progressed,
                    reason: None,
                });
                break;
            }
            Some(Ok(None)) => {}
            Some(Ok(Some(Refreshed::Done(outcome)))) if !outcome.is_present => {}
            Some(Ok(Some(Refreshed::Done(outcome)))) => {
                step.problem(unlisted());
                step.take(&name, *outcome, None).await?;
            }
            Some(Ok(Some(Refreshed::Suspended(observation)))) => {
                step.problem(unlisted());
                step.suspend(*observation);
            }
            Some(Err(error @ CollectError::Store(_))) => return Err(error),
            Some(Err(CollectError::Service(failure)))
                if failure.is_transient() && work.attempt < SKIP_AFTER_ATTEMPTS =>
            {
                stopped = Some(Progress::reschedule(document.generation.clone(), &failure, progressed));
                break;
            }
            Some(Err(error @ CollectError::Contended { .. })) if work.attempt < SKIP_AFTER_ATTEMPTS => {
                return Err(error);
            }
            // As in the list: what is known of it stays in the snapshot, marked as not complete.
            Some(Err(error)) => step.record_failure(&name, &error).await?,
        }
        checkpoint.document.verified = Some(name);
        progressed = true;
    }
    let phase = if step.is_pending() { Phase::Long } else { Phase::Close };
    let is_worth_saving = !step.is_untouched() || (stopped.is_some() && progressed);
    if is_worth_saving && !step.save(checkpoint, client, phase).await? {
        return Ok(Some(Progress::Superseded));
    }
    Ok(stopped)
}

/// Looks at one stored repository that the catalog does not list; nothing to look at for a tombstone.
async fn verify(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    document: &RefreshDocument,
    name: &RepositoryName,
) -> Result<Option<Refreshed>, CollectError> {
    match is_live(work, name).await? {
        true => refresh_missing(work, client, document, name).await.map(Some),
        false => Ok(None),
    }
}

/// Ends a refresh whose catalog could not be read: the last snapshot stays current, the status says why.
pub(super) async fn end_without_snapshot(
    work: &RegistryWork<'_>,
    checkpoint: &mut Checkpoint,
    outcome: Completeness,
    next: Phase,
) -> Result<Option<Progress>, CollectError> {
    end(work, checkpoint, outcome, None, next).await
}

/// Ends a refresh that was given up after [`MAX_ATTEMPTS`](super::registry::MAX_ATTEMPTS): what was read so far is of no use, the last snapshot stays current, and
/// registry and run say why. One that is over, or is not the one that was given up, is left alone.
pub async fn abandon(work: &RegistryWork<'_>, generation: &Generation, reason: &str) -> Result<(), CollectError> {
    let found = Checkpoint::read(work.store, work.login_server).await?;
    let mut checkpoint = found.unwrap_or_else(|| Checkpoint::after(None, work.nothing_read(generation)));
    let document = &mut checkpoint.document;
    if document.phase == Phase::Done || document.generation > *generation {
        return Ok(());
    }
    document.problems.push(Problem::new(ProblemCode::Unfinished, reason));
    if document.phase.is_after_close() {
        document.phase = Phase::Done;
        return checkpoint.save(work.store, work.mover).await.map(|_| ());
    }
    end(work, &mut checkpoint, Completeness::Unreachable, None, Phase::Done)
        .await
        .map(|_| ())
}

/// Ends a refresh whose snapshot cannot be told from what is stored: a document in its way is not one of ours, cut off
/// or of a newer schema. It is left as it is, and so is the last snapshot; the next generation begins anew.
async fn end_unreadable(
    work: &RegistryWork<'_>,
    checkpoint: &mut Checkpoint,
    error: &CollectError,
) -> Result<Option<Progress>, CollectError> {
    checkpoint.document.problems.push(error.problem());
    end(work, checkpoint, Completeness::Partial, None, Phase::Audit).await
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
async fn refresh_missing(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    document: &RefreshDocument,
    name: &RepositoryName,
) -> Result<Refreshed, CollectError> {
    let access = client.access(std::slice::from_ref(name)).await?;
    work.read_repository(client, &access, document, Lane::Walk, name, None)
        .await
}

/// Writes the snapshot's manifest, once: whoever comes second takes the one that is there, with its totals.
async fn publish(
    store: &Store,
    document: &RefreshDocument,
    completeness: Completeness,
) -> Result<(SnapshotPointer, Totals), CollectError> {
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
        return Ok((pointer, manifest.totals));
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
    Ok((pointer, existing.totals))
}

/// Moves the registry document, then gives the checkpoint its outcome: the run is over, whatever comes later.
async fn end(
    work: &RegistryWork<'_>,
    checkpoint: &mut Checkpoint,
    mut outcome: Completeness,
    pointer: Option<SnapshotPointer>,
    next: Phase,
) -> Result<Option<Progress>, CollectError> {
    match write_registry(work.store, &checkpoint.document, outcome, pointer).await {
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
    checkpoint.document.phase = next;
    checkpoint.document.outcome = Some(outcome);
    checkpoint.document.closed_at = Some(timestamp(crate::clock::now()));
    if !checkpoint.save(work.store, work.mover).await? {
        return Ok(Some(Progress::Superseded));
    }
    let document = &checkpoint.document;
    tracing::info!(
        login_server = %document.login_server, generation = %document.generation, outcome = outcome.as_str(),
        repositories = document.totals.repositories, manifests = document.totals.manifests,
        tags = document.totals.tags, requests = document.requests, problems = document.problems.count,
        "refresh ended"
    );
    Ok(None)
}
