//! Runs after a snapshot.

use std::collections::BTreeSet;

use crate::collect::{CollectError, run_document};
use crate::inventory::generation::Generation;
use crate::inventory::run::RunDocument;
use crate::store::{BlobKey, Store};

/// The first run after a generation that is meant; none: there is none.
pub(super) async fn first_run_after(
    store: &Store,
    generation: &Generation,
    is_meant: impl Fn(&RunDocument) -> bool,
) -> Result<Option<RunDocument>, CollectError> {
    let names = store.list(BlobKey::runs_prefix()).await?;
    let runs: BTreeSet<Generation> = names.iter().filter_map(|name| BlobKey::run_of(name)).collect();
    for later in runs.iter().filter(|run| *run > generation) {
        if let Some(run) = run_document(store, later).await?.filter(&is_meant) {
            return Ok(Some(run));
        }
    }
    Ok(None)
}
