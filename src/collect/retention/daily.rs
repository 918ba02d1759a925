//! Once a day, by the timer that opens the first run of it: what belongs to no registry that is refreshed.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::thin;
use crate::chain::chain;
use crate::collect::{CollectError, commit, refreshed_registries};
use crate::inventory::generation::Generation;
use crate::inventory::problem::Completeness;
use crate::inventory::run::{CurrentRun, RunDocument};
use crate::names::LoginServer;
use crate::snapshot::retention::Keep;
use crate::store::{BlobKey, Store};

/// Deletes old run documents, and thins the registries that a run no longer finds: no refresh of their own does. What goes
/// wrong, or has no time left, is tried again the next day.
pub async fn run_daily(store: &Store, keep: &Keep, run: &RunDocument, ends: Instant) {
    match tokio::time::timeout_at(ends, all(store, keep, run)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error = %chain(&error), "old runs and registries are left as they are"),
        Err(_) => tracing::warn!("the time was over before all old runs and registries were thinned"),
    }
}

async fn all(store: &Store, keep: &Keep, run: &RunDocument) -> Result<(), CollectError> {
    let current = commit::read::<CurrentRun>(store, &BlobKey::CurrentRun).await?;
    let Some((current, _)) = current else { return Ok(()) };
    let named: BTreeSet<Generation> = current
        .selections
        .into_iter()
        .map(|selected| selected.generation)
        .chain([current.generation])
        .collect();
    let key_of = |name: &str| {
        let generation = BlobKey::run_of(name).filter(|generation| !named.contains(generation));
        generation.map(BlobKey::Run)
    };
    let runs = store
        .delete_older(BlobKey::runs_prefix(), keep.longest(), key_of)
        .await?;
    tracing::info!(deleted = runs, "old runs thinned");
    // One that could not be looked for is not gone.
    if run.discovery.completeness != Completeness::Complete {
        return Ok(());
    }
    let found: BTreeSet<&LoginServer> = run.registries.iter().map(|registry| &registry.login_server).collect();
    for login_server in refreshed_registries(store).await? {
        if !found.contains(&login_server)
            && let Err(error) = thin(store, &login_server, keep).await
        {
            tracing::warn!(%login_server, error = %chain(&error), "nothing more is deleted");
        }
    }
    Ok(())
}
