//! Registries that were read once, and that runs no longer find.

use std::collections::BTreeSet;

use crate::collect::{CollectError, run_document, stored_registries, stored_registry};
use crate::inventory::generation::Generation;
use crate::inventory::problem::Completeness;
use crate::inventory::registry::RegistryDocument;
use crate::names::LoginServer;
use crate::store::{BlobKey, Store};

/// A registry that is gone, and when the first run was opened that did not find it; none where that run is not there any more.
#[derive(Debug)]
pub struct Gone {
    pub registry: RegistryDocument,
    pub since: Option<String>,
}

/// Those that are stored and that none of the newest runs has, by login server.
pub async fn gone(store: &Store) -> Result<Vec<Gone>, CollectError> {
    let known: BTreeSet<LoginServer> = stored_registries(store).await?.into_iter().collect();
    let states = store.list(BlobKey::states_prefix()).await?;
    let stored: BTreeSet<LoginServer> = states.iter().filter_map(|name| BlobKey::state_of(name)).collect();
    let mut all = Vec::new();
    for server in stored.difference(&known) {
        if let Some(registry) = stored_registry(store, server).await? {
            let since = since(store, &registry).await?;
            all.push(Gone { registry, since });
        }
    }
    Ok(all)
}

/// When the first run was opened that looked for the same as the last one that had the registry, and did not find it.
async fn since(store: &Store, registry: &RegistryDocument) -> Result<Option<String>, CollectError> {
    let Some(last) = run_document(store, &registry.generation).await? else {
        return Ok(None);
    };
    let names = store.list(BlobKey::runs_prefix()).await?;
    let runs: BTreeSet<Generation> = names.iter().filter_map(|name| BlobKey::run_of(name)).collect();
    for generation in runs.iter().filter(|run| run.number() > registry.generation.number()) {
        let Some(run) = run_document(store, generation).await? else {
            continue;
        };
        let is_there = |found: &crate::inventory::run::RunRegistry| found.login_server == registry.login_server;
        if run.selection == last.selection
            && run.discovery.completeness == Completeness::Complete
            && !run.registries.iter().any(is_there)
        {
            return Ok(Some(run.opened_at));
        }
    }
    Ok(None)
}
