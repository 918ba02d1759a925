//! What came before the run that is to be opened: how it ended, and which numbers are used up.

use futures_util::stream::{self, StreamExt as _};
use time::OffsetDateTime;

use super::{Opened, Wanted};
use crate::chain::chain;
use crate::collect::CollectError;
use crate::collect::checkpoint::Checkpoint;
use crate::collect::commit;
use crate::inventory::encode;
use crate::inventory::generation::Generation;
use crate::inventory::problem::Completeness;
use crate::inventory::run::{RunDocument, RunRegistry};
use crate::names::LoginServer;
use crate::store::{BlobKey, Store};

/// A run that is not finished is joined by timers that fire within this time of its opening, minutes. Only a matter
/// of economy: two runs side by side would be as right.
const JOIN_WITHIN_MINUTES: i64 = 10;
/// Checkpoints read at the same time.
const CONCURRENCY: usize = 32;

/// Writes into a previous run how its registries ended. Some: it covers what is wanted, is young and not finished, so it
/// is joined.
pub(super) async fn finalize_run(
    store: &Store,
    generation: &Generation,
    wanted: &Wanted,
    now: OffsetDateTime,
) -> Result<Option<Opened>, CollectError> {
    let key = BlobKey::Run(generation.clone());
    let Some((mut run, etag)) = commit::read::<RunDocument>(store, &key).await? else {
        return Ok(None);
    };
    let before = run.clone();
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    let opened = OffsetDateTime::parse(&run.opened_at, rfc3339).ok();
    let names: Vec<LoginServer> = run
        .registries
        .iter()
        .map(|registry| registry.login_server.clone())
        .collect();
    let outcomes: Vec<_> = stream::iter(names)
        .map(|login_server| outcome(store, login_server, generation, opened))
        .buffered(CONCURRENCY)
        .collect()
        .await;
    for (registry, outcome) in run.registries.iter_mut().zip(outcomes) {
        registry.outcome = outcome?.or(registry.outcome);
    }
    let open: Vec<RunRegistry> = run
        .registries
        .iter()
        .filter(|registry| registry.outcome.is_none())
        .cloned()
        .collect();
    let is_young = opened.is_some_and(|opened| (now - opened).whole_minutes() < JOIN_WITHIN_MINUTES);
    if is_young && !open.is_empty() && wanted.is_that_of(&run) {
        return Ok(Some(Opened {
            run,
            joined: true,
            is_first_of_day: false,
            open,
        }));
    }
    if run != before {
        run.commit_id = crate::random::uuid();
        // Lost to another timer: it has written the same outcomes.
        commit::write(store, &key, encode(&run), run.commit_id, Some(etag)).await?;
    }
    Ok(None)
}

/// How a registry's refresh in this run ended; none while it goes on. A run that found an older generation's refresh at
/// work and left the registry to it has the outcome of that one.
async fn outcome(
    store: &Store,
    login_server: LoginServer,
    generation: &Generation,
    opened: Option<OffsetDateTime>,
) -> Result<Option<Completeness>, CollectError> {
    let checkpoint = match Checkpoint::read(store, &login_server).await {
        Ok(Some(checkpoint)) => checkpoint,
        Ok(None) => return Ok(None),
        // One registry's checkpoint must not keep all the others from being refreshed.
        Err(error @ CollectError::Document { .. }) => {
            tracing::error!(%login_server, error = %chain(&error), "how a refresh ended cannot be told");
            return Ok(Some(Completeness::Partial));
        }
        Err(error) => return Err(error),
    };
    let document = checkpoint.document;
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    let closed = document
        .closed_at
        .as_deref()
        .and_then(|at| OffsetDateTime::parse(at, rfc3339).ok());
    // Both times are our own, and decide nothing but what is told of the run.
    let is_of_this_run = document.generation.number() >= generation.number() || (opened.is_some() && closed >= opened);
    Ok(document.outcome.filter(|_| is_of_this_run))
}

/// The highest number that generations had before `runs/current.json` was lost; 0 in a new inventory. Registries that
/// have seen a higher number than a new run's would take the run for an old one.
pub(super) async fn last_number(store: &Store, registries: &[RunRegistry]) -> Result<u64, CollectError> {
    let runs = store.list(BlobKey::runs_prefix()).await?;
    let runs = runs.iter().filter_map(|name| BlobKey::run_of(name));
    let runs = runs.map(|generation| generation.number()).max();
    let checkpoints: Vec<_> = stream::iter(registries.to_vec())
        .map(|registry| async move { Checkpoint::read(store, &registry.login_server).await })
        .buffered(CONCURRENCY)
        .collect()
        .await;
    let mut number = runs.unwrap_or(0);
    for checkpoint in checkpoints {
        match checkpoint {
            Ok(checkpoint) => {
                number = number.max(checkpoint.map_or(0, |checkpoint| checkpoint.document.generation.number()));
            }
            Err(CollectError::Document { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(number)
}
