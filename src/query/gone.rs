//! Registries that were read once, and that runs no longer find.

use std::collections::BTreeSet;

use super::runs::first_run_after;
use crate::collect::{CollectError, refreshed_registries, run_document, stored_registries};
use crate::inventory::problem::Completeness;
use crate::inventory::registry::RegistryDocument;
use crate::inventory::run::RunDocument;
use crate::names::LoginServer;
use crate::store::Store;

/// Those that are stored and that none of the newest runs has.
pub async fn gone(store: &Store) -> Result<BTreeSet<LoginServer>, CollectError> {
    let mut stored = refreshed_registries(store).await?;
    for known in stored_registries(store).await? {
        stored.remove(&known);
    }
    Ok(stored)
}

/// When the first run was opened that looked for the same as the last one that had a registry, and did not find it; none
/// where one of the two is not there any more.
pub async fn gone_since(store: &Store, registry: &RegistryDocument) -> Result<Option<String>, CollectError> {
    let Some(last) = run_document(store, &registry.generation).await? else {
        return Ok(None);
    };
    let misses_it = |run: &RunDocument| {
        run.selection == last.selection
            && run.discovery.completeness == Completeness::Complete
            && !run.has(&registry.login_server)
    };
    let run = first_run_after(store, &registry.generation, misses_it).await?;
    Ok(run.map(|run| run.opened_at))
}
