//! Opening a run: one generation over all registries, joined by whoever asks for the same while it is young.

mod previous;

use std::collections::BTreeSet;
use std::time::Duration;

use azure_core::http::Etag;

use super::commit::{self, Committed};
use super::{CollectError, timestamp};
use crate::chain::chain;
use crate::inventory::generation::Generation;
use crate::inventory::run::{CurrentRun, Discovery, RunDocument, RunRegistry};
use crate::inventory::{SCHEMA_VERSION, encode};
use crate::names::LoginServer;
use crate::store::{BlobKey, Condition, Store, StoreError};
use previous::{finalize_run, last_number};

/// A run to send messages for.
#[derive(Debug)]
pub struct Opened {
    pub run: RunDocument,
    /// True when the run was opened by somebody else, a moment ago.
    pub joined: bool,
    /// True for the first one of another day (UTC) than the one before that was asked for the same: what is done once a day
    /// is due.
    pub is_first_of_day: bool,
    /// The registries whose refresh is not at its end.
    pub open: Vec<RunRegistry>,
}

/// What a run is to cover.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What was asked for, by [`Selection::id`](super::selection::Selection::id).
    pub selection: String,
    pub registries: Vec<RunRegistry>,
    pub discovery: Discovery,
}

impl Wanted {
    /// Whether a run covers this and nothing else: the same was asked for, and the same was found.
    fn is_that_of(&self, run: &RunDocument) -> bool {
        let servers = |registries: &[RunRegistry]| -> BTreeSet<LoginServer> {
            registries
                .iter()
                .map(|registry| registry.login_server.clone())
                .collect()
        };
        run.selection.as_ref() == Some(&self.selection) && servers(&run.registries) == servers(&self.registries)
    }
}

/// Opens the next run for what is wanted, or joins one for the same.
///
/// The number of the new generation comes from a conditional write of `runs/current.json`: of two timers at the same
/// time one opens the run, and the other reads it and joins.
pub async fn open_run(store: &Store, wanted: &Wanted) -> Result<Opened, CollectError> {
    loop {
        let now = crate::clock::now();
        let current: Option<(CurrentRun, Etag)> = commit::read(store, &BlobKey::CurrentRun).await?;
        let (current, version) = current.unzip();
        let number = match &current {
            Some(current) => current.generation.number(),
            None => last_number(store, &wanted.registries).await?,
        };
        for generation in runs_before(current.as_ref(), &wanted.selection) {
            match finalize_run(store, &generation, wanted, now).await {
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
            selection: Some(wanted.selection.clone()),
            discovery: wanted.discovery.clone(),
            registries: wanted.registries.clone(),
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
            selections: CurrentRun::followed_by(current.as_ref(), &wanted.selection, &generation),
            generation,
            commit_id,
        };
        let written = commit::write(store, &BlobKey::CurrentRun, encode(&pointer), commit_id, version).await?;
        if written != Committed::Theirs {
            let open = run.registries.clone();
            let day = |generation: &Generation| generation.opened().map(|opened| opened.date());
            let same = current.as_ref().and_then(|current| current.of(&wanted.selection));
            return Ok(Opened {
                is_first_of_day: same.is_some_and(|before| day(before) != day(&run.generation)),
                run,
                joined: false,
                open,
            });
        }
    }
}

/// The last run for the same, and the last run at all.
fn runs_before(current: Option<&CurrentRun>, selection: &str) -> Vec<Generation> {
    let Some(current) = current else {
        return Vec::new();
    };
    let same = current.of(selection);
    let newest = Some(&current.generation).filter(|newest| same != Some(*newest));
    same.into_iter().chain(newest).cloned().collect()
}

/// The newest run that was asked for like this; where there is none, the newest.
pub async fn current_run(store: &Store, selection: &str) -> Result<Option<RunDocument>, CollectError> {
    let current: Option<(CurrentRun, Etag)> = commit::read(store, &BlobKey::CurrentRun).await?;
    let Some((current, _)) = current else {
        return Ok(None);
    };
    let generation = current.of(selection).unwrap_or(&current.generation);
    super::run_document(store, generation).await
}
