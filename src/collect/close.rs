//! The end of a refresh: the snapshot's manifest, the registry document.

mod changes;
mod registry;

pub(super) use registry::write_registry;

use super::checkpoint::Checkpoint;
use super::registry::base::Base;
use super::registry::{Progress, RegistryWork};
use super::repository::discard;
use super::{CollectError, carry, timestamp};
use crate::azure::acr::RegistryClient;
use crate::inventory::generation::Generation;
use crate::inventory::manifest::SnapshotManifest;
use crate::inventory::pointer::SnapshotPointer;
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::refresh::Phase;
use crate::snapshot;

/// Publishes the snapshot and ends the run. None: it is over. May be run again from any point.
pub(super) async fn run(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
) -> Result<Option<Progress>, CollectError> {
    checkpoint.document.requests += client.take_sent();
    match publish(work, checkpoint).await {
        Err(error @ CollectError::Document { .. }) => end_unreadable(work, checkpoint, &error).await,
        published => {
            // What the manifest that is there proves, whoever wrote it.
            let (manifest, pointer) = published?;
            checkpoint.document.totals = Some(manifest.totals);
            end(work, checkpoint, pointer.completeness, Some(pointer), Phase::Audit).await
        }
    }
}

/// Writes the snapshot's manifest, once: whoever comes second takes the one that is there.
async fn publish(
    work: &RegistryWork<'_>,
    checkpoint: &Checkpoint,
) -> Result<(SnapshotManifest, SnapshotPointer), CollectError> {
    let document = &checkpoint.document;
    let base = Base::open(work, document.base.as_ref()).await?;
    let writer = base.writer(work, document).await?;
    let manifest = writer.finish(document.catalog, document.base.clone()).await?;
    Ok(snapshot::publish(work.store, manifest).await?)
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
pub(super) async fn end_unreadable(
    work: &RegistryWork<'_>,
    checkpoint: &mut Checkpoint,
    error: &CollectError,
) -> Result<Option<Progress>, CollectError> {
    checkpoint.document.problems.push(error.problem());
    end(work, checkpoint, Completeness::Partial, None, Phase::Audit).await
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
    let document = &mut checkpoint.document;
    document.phase = next;
    document.outcome = Some(outcome);
    document.closed_at = Some(timestamp(crate::clock::now()));
    // The manifest names them from now on, or nobody does.
    let (carry, pending) = (document.carry.take(), std::mem::take(&mut document.pending));
    (document.segments, document.packs) = (Vec::new(), Vec::new());
    if !checkpoint.save(work.store, work.mover).await? {
        return Ok(Some(Progress::Superseded));
    }
    if let Some(carry) = carry {
        carry::discard(work.store, work.login_server, &carry).await;
    }
    let segments: Vec<_> = pending.into_iter().flat_map(|state| state.segments).collect();
    discard(work.store, work.login_server, &segments).await;
    let document = &checkpoint.document;
    let totals = document.totals.unwrap_or_default();
    tracing::info!(
        login_server = %document.login_server, generation = %document.generation, outcome = outcome.as_str(),
        repositories = totals.repositories, manifests = totals.manifests, tags = totals.tags, requests = document.requests, problems = document.problems.count,
        "refresh ended"
    );
    Ok(None)
}
