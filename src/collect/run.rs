//! Opening a run: one generation over all registries, joined by whoever comes while it is young.

mod previous;

use std::time::Duration;

use azure_core::http::Etag;

use super::commit::{self, Committed};
use super::{CollectError, timestamp};
use crate::chain::chain;
use crate::inventory::generation::Generation;
use crate::inventory::run::{CurrentRun, Discovery, RunDocument, RunRegistry};
use crate::inventory::{SCHEMA_VERSION, encode};
use crate::store::{BlobKey, Condition, Store, StoreError};
use previous::{last_number, settle_previous};

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
        let now = crate::clock::now();
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
        let commit_id = crate::random::uuid();
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
