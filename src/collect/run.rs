//! Opening a run: one generation over all registries, joined by whoever comes while it is young.

use std::time::Duration;

use azure_core::http::Etag;
use futures_util::stream::{self, StreamExt as _};
use time::OffsetDateTime;
use uuid::Uuid;

use super::checkpoint::Checkpoint;
use super::commit::{self, Committed};
use super::{CollectError, timestamp};
use crate::chain::chain;
use crate::inventory::generation::Generation;
use crate::inventory::problem::Completeness;
use crate::inventory::refresh::Phase;
use crate::inventory::run::{CurrentRun, Discovery, RunDocument, RunRegistry};
use crate::inventory::{SCHEMA_VERSION, encode};
use crate::names::LoginServer;
use crate::store::{BlobKey, Condition, Store, StoreError};

/// A run that is not finished is joined by timers that fire within this time of its opening, minutes. Only a matter
/// of economy: two runs side by side would be as right.
const JOIN_WITHIN_MINUTES: i64 = 10;
/// Checkpoints read at the same time.
const CONCURRENCY: usize = 32;

/// A run to send messages for.
#[derive(Debug)]
pub struct Opened {
    pub run: RunDocument,
    /// True when the run was opened by somebody else, a moment ago.
    pub joined: bool,
    /// The registries whose refresh is not at its end.
    pub open: Vec<RunRegistry>,
}

/// Opens the next run for `registries`, or joins the current one.
///
/// The number of the new generation comes from a conditional write of `runs/current.json`: of two timers at the same
/// time one opens the run, and the other reads it and joins.
pub async fn open_run(
    store: &Store,
    registries: Vec<RunRegistry>,
    discovery: Discovery,
) -> Result<Opened, CollectError> {
    loop {
        let now = OffsetDateTime::now_utc();
        let current: Option<(CurrentRun, Etag)> = commit::read(store, &BlobKey::CurrentRun).await?;
        let (number, previous) = match current {
            Some((current, version)) => (current.generation.number(), Some((current.generation, version))),
            None => (last_number(store, &registries).await?, None),
        };
        if let Some((generation, _)) = &previous {
            match settle_previous(store, generation, now).await {
                Ok(Some(joined)) => return Ok(joined),
                Ok(None) => {}
                // How the last run ended is not known then; that is no reason never to begin another.
                Err(error @ CollectError::Document { .. }) => {
                    tracing::error!(error = %chain(&error), "the previous run is left as it is");
                }
                Err(error) => return Err(error),
            }
        }
        let generation = Generation::new(number + 1, now);
        let commit_id = Uuid::new_v4();
        let run = RunDocument {
            schema_version: SCHEMA_VERSION,
            generation: generation.clone(),
            commit_id,
            opened_at: timestamp(now),
            discovery: discovery.clone(),
            registries: registries.clone(),
        };
        // The run first, the pointer to it second: a pointer never names what is not there. A run that lost the race
        // for the pointer stays behind unnamed.
        match store
            .write(&BlobKey::Run(generation.clone()), encode(&run), Condition::Create)
            .await
        {
            Ok(_) => {}
            Err(StoreError::Conflict { .. }) => {
                // Another timer is opening this very generation: see what comes of it.
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        let pointer = CurrentRun {
            schema_version: SCHEMA_VERSION,
            generation,
            commit_id,
        };
        let etag = previous.map(|(_, etag)| etag);
        let written = commit::write(store, &BlobKey::CurrentRun, encode(&pointer), commit_id, etag).await?;
        if written != Committed::Theirs {
            let open = run.registries.clone();
            return Ok(Opened {
                run,
                joined: false,
                open,
            });
        }
    }
}

/// The highest number that generations had before `runs/current.json` was lost; 0 in a new inventory. Registries that
/// have seen a higher number than a new run's would take the run for an old one.
async fn last_number(store: &Store, registries: &[RunRegistry]) -> Result<u64, CollectError> {
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

/// The run that `runs/current.json` names.
pub async fn current_run(store: &Store) -> Result<Option<RunDocument>, CollectError> {
    let current: Option<(CurrentRun, Etag)> = commit::read(store, &BlobKey::CurrentRun).await?;
    match current {
        Some((current, _)) => Ok(commit::read(store, &BlobKey::Run(current.generation))
            .await?
            .map(|(run, _)| run)),
        None => Ok(None),
    }
}

/// Writes into the previous run how its registries ended. Some: it is young and not finished, so it is joined.
async fn settle_previous(
    store: &Store,
    generation: &Generation,
    now: OffsetDateTime,
) -> Result<Option<Opened>, CollectError> {
    let key = BlobKey::Run(generation.clone());
    let Some((mut run, etag)) = commit::read::<RunDocument>(store, &key).await? else {
        return Ok(None);
    };
    let before = run.clone();
    let names: Vec<LoginServer> = run
        .registries
        .iter()
        .map(|registry| registry.login_server.clone())
        .collect();
    let outcomes: Vec<_> = stream::iter(names)
        .map(|login_server| outcome(store, login_server, generation))
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
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    let opened = OffsetDateTime::parse(&run.opened_at, rfc3339);
    let is_young = opened.is_ok_and(|opened| (now - opened).whole_minutes() < JOIN_WITHIN_MINUTES);
    if is_young && !open.is_empty() {
        return Ok(Some(Opened {
            run,
            joined: true,
            open,
        }));
    }
    if run != before {
        run.commit_id = Uuid::new_v4();
        // Lost to another timer: it has written the same outcomes.
        commit::write(store, &key, encode(&run), run.commit_id, Some(etag)).await?;
    }
    Ok(None)
}

/// How a registry's refresh in this generation ended; none while it goes on.
async fn outcome(
    store: &Store,
    login_server: LoginServer,
    generation: &Generation,
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
    let is_over = document.phase == Phase::Done && document.generation.number() >= generation.number();
    Ok(document.outcome.filter(|_| is_over))
}
