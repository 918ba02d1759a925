//! The last phase, once a day: snapshots that are not to be kept, what nobody names any more, and old records of changes.

mod daily;

use std::time::Duration;

use super::checkpoint::Checkpoint;
use super::registry::{Progress, RegistryWork};
use super::{CollectError, age, commit, timestamp};
use crate::chain::chain;
use crate::inventory::audit::AuditRecord;
use crate::inventory::pointer::SnapshotPointer;
use crate::inventory::refresh::{Phase, RefreshDocument};
use crate::inventory::registry::RegistryDocument;
use crate::names::LoginServer;
use crate::snapshot::SnapshotError;
use crate::snapshot::retention::{self, Keep, Named};
use crate::store::{BlobKey, Store, StoreError};
pub use daily::run_daily;

/// It is done so often: a matter of economy, so by our own clock.
const EVERY: Duration = Duration::from_secs(86_400);

/// The phase that follows what is read: this one where it is due, else the end.
pub(super) fn next_phase(work: &RegistryWork<'_>, document: &RefreshDocument) -> Phase {
    let last = document.retained_at.as_deref();
    let is_recent = last.and_then(age).is_some_and(|age| age.unsigned_abs() < EVERY);
    match work.keep.is_some() && !is_recent {
        true => Phase::Retention,
        false => Phase::Done,
    }
}

/// Thins the snapshots, within the time of this invocation. What goes wrong is tried again by a later run: nothing waits
/// for it. None: the phase is over.
pub(super) async fn run(
    work: &RegistryWork<'_>,
    checkpoint: &mut Checkpoint,
) -> Result<Option<Progress>, CollectError> {
    if let Some(keep) = &work.keep {
        let pass = thin(work.store, work.login_server, keep);
        match tokio::time::timeout_at(work.deadline.requests_end(), pass).await {
            Ok(Ok(())) => checkpoint.document.retained_at = Some(timestamp(crate::clock::now())),
            Ok(Err(error)) => {
                tracing::warn!(login_server = %work.login_server, error = %chain(&error), "nothing more is deleted");
            }
            Err(_) => {
                tracing::warn!(login_server = %work.login_server, "the time was over before all was deleted that nobody names");
            }
        }
    }
    checkpoint.document.phase = Phase::Done;
    let is_ours = checkpoint.save(work.store, work.mover).await?;
    Ok((!is_ours).then_some(Progress::Superseded))
}

/// Snapshots and records of changes of a registry.
async fn thin(store: &Store, login_server: &LoginServer, keep: &Keep) -> Result<(), SnapshotError> {
    let retained = retention::run(store, login_server, keep, || named(store, login_server)).await?;
    let changes = BlobKey::all_changes_prefix(login_server);
    let key_of = |name: &str| BlobKey::changes_of(login_server, name);
    let changes = store.delete_older(&changes, keep.longest(), key_of).await?;
    tracing::info!(
        %login_server, snapshots = retained.snapshots, deleted = retained.deleted.len(), change_records = changes,
        "snapshots thinned"
    );
    Ok(())
}

/// What the documents of the registry name, as they are now.
async fn named(store: &Store, server: &LoginServer) -> Result<Named, SnapshotError> {
    let mut named = Named::default();
    let mut keep = |pointer: Option<SnapshotPointer>| named.snapshots.extend(pointer.map(|pointer| pointer.generation));
    if let Some(registry) = read::<RegistryDocument>(store, &BlobKey::Registry(server.clone())).await? {
        keep(registry.snapshot);
        keep(registry.last_complete);
    }
    if let Some(audit) = read::<AuditRecord>(store, &BlobKey::Audit(server.clone())).await? {
        keep(audit.snapshot);
    }
    if let Some(refresh) = read::<RefreshDocument>(store, &BlobKey::Refresh(server.clone())).await? {
        keep(refresh.base);
        let segments = refresh.segments.into_iter().map(|segment| segment.name);
        named
            .blobs
            .extend(segments.chain(refresh.packs.into_iter().map(|pack| pack.name)));
        named.state.extend(refresh.carry.map(|carry| carry.id));
        let begun = refresh.pending.iter().flat_map(|state| &state.segments);
        let lists = refresh.content.lists.iter().chain(&refresh.content.later);
        named.state.extend(begun.chain(lists).map(|lines| lines.id));
    }
    Ok(named)
}

async fn read<T: serde::de::DeserializeOwned>(store: &Store, key: &BlobKey) -> Result<Option<T>, SnapshotError> {
    match commit::read(store, key).await {
        Ok(read) => Ok(read.map(|(document, _)| document)),
        Err(CollectError::Document { key, source }) => Err(SnapshotError::Document { blob: key, source }),
        Err(CollectError::Store(error)) => Err(error.into()),
        Err(error) => Err(SnapshotError::Store(StoreError::Failed {
            what: "reading",
            key: key.to_string(),
            source: Box::new(error),
        })),
    }
}
