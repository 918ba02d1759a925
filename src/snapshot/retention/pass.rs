//! One pass of retention: manifests that are not kept, then what no manifest has named for a while.
//!
//! Candidates are listed first and whatever names them is read after, so that nothing is deleted that was named in
//! between. Manifests go first; what they alone named goes in a later pass.

use std::collections::BTreeSet;

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use time::Duration;

use super::{Keep, Kept, keep};
use crate::inventory::generation::Generation;
use crate::inventory::manifest::SnapshotManifest;
use crate::inventory::used_once::UsedOnce;
use crate::names::LoginServer;
use crate::snapshot::{Pointed, SnapshotError, read_manifest};
use crate::store::{BlobKey, Listed, Store};

/// What nobody names is left alone for so long: whoever wrote it may be about to name it.
const LEFT_ALONE: Duration = Duration::days(2);

/// So many manifests are read at a time.
const READ_AT_ONCE: usize = 8;

/// What pointers, audit and checkpoint of a registry name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Current and last complete snapshot, the one that was audited, the base of the checkpoint.
    pub snapshots: BTreeSet<Generation>,
    /// Segments and packs that a checkpoint has so far.
    pub blobs: BTreeSet<UsedOnce>,
    /// Carries and lines that it goes on from.
    pub state: BTreeSet<uuid::Uuid>,
}

/// What a pass did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retained {
    pub snapshots: usize,
    /// Names of what was deleted.
    pub deleted: Vec<String>,
}

/// Thins the snapshots of a registry. `named` is asked for after the candidates were listed.
///
/// # Errors
/// A manifest that cannot be read, or is of a newer schema: then nothing has been deleted. The store.
pub async fn run(
    store: &Store,
    login_server: &LoginServer,
    policy: &Keep,
    named: impl AsyncFnOnce() -> Result<Named, SnapshotError>,
) -> Result<Retained, SnapshotError> {
    let (manifests, now) = list(store, &BlobKey::manifests_prefix(login_server)).await?;
    let mut blobs = Vec::new();
    for prefix in [
        BlobKey::index_prefix(login_server),
        BlobKey::packs_prefix(login_server),
        BlobKey::state_prefix(login_server),
    ] {
        blobs.extend(list(store, &prefix).await?.0);
    }
    let named = named().await?;
    // A storage that does not say the time, or not when something was written, keeps everything.
    let Some(now) = now else {
        return Ok(Retained::default());
    };
    let mut snapshots = Vec::new();
    for listed in manifests {
        let Some(generation) = BlobKey::manifest_of(login_server, &listed.name) else {
            continue;
        };
        let written = listed.modified.unwrap_or(now);
        snapshots.push((Kept { generation, written }, listed));
    }
    let candidates: Vec<Kept> = snapshots.iter().map(|(snapshot, _)| snapshot.clone()).collect();
    let mut kept = keep(&candidates, now, policy);
    kept.extend(named.snapshots.iter().cloned());
    // Those to be deleted are read too: what they alone name is left for a later pass. And so is what was published since the
    // candidates were listed: its packs may be old, and the checkpoint may have ceased to name them.
    let mut alive = named.blobs;
    let (published, _) = list(store, &BlobKey::manifests_prefix(login_server)).await?;
    let generations = published
        .iter()
        .filter_map(|listed| BlobKey::manifest_of(login_server, &listed.name));
    let read: Vec<_> = generations
        .map(|generation| names(store, login_server, generation).boxed())
        .collect();
    let read: Vec<_> = stream::iter(read).buffered(READ_AT_ONCE).try_collect().await?;
    alive.extend(read.into_iter().flatten());
    let (keeping, thinned): (Vec<_>, Vec<_>) = snapshots
        .into_iter()
        .partition(|(snapshot, _)| kept.contains(&snapshot.generation));
    let thinned = thinned
        .into_iter()
        .map(|(snapshot, listed)| (BlobKey::Manifest(login_server.clone(), snapshot.generation), listed));
    let unnamed = blobs.into_iter().filter_map(|listed| {
        let is_old = listed.modified.is_some_and(|written| now - written > LEFT_ALONE);
        let key = BlobKey::used_once_of(login_server, &listed.name).filter(|_| is_old)?;
        let is_named = match &key {
            BlobKey::Carry(_, id) | BlobKey::Lines(_, id) => named.state.contains(id),
            BlobKey::Index(_, name) | BlobKey::Pack(_, name) => alive.contains(name),
            _ => true,
        };
        (!is_named).then_some((key, listed))
    });
    let mut deleted = store.delete_listed(thinned).await?;
    deleted.extend(store.delete_listed(unnamed).await?);
    Ok(Retained {
        snapshots: keeping.len(),
        deleted,
    })
}

/// Everything under a prefix, and now by the clock of the storage.
async fn list(store: &Store, prefix: &str) -> Result<(Vec<Listed>, Option<time::OffsetDateTime>), SnapshotError> {
    let mut page = store.list_page(prefix, None).await?;
    let mut listed = page.blobs;
    // The first page is the oldest, so that nothing seems older than it is.
    let now = page.now;
    while let Some(next) = page.next {
        page = store.list_page(prefix, Some(&next)).await?;
        listed.extend(page.blobs);
    }
    Ok((listed, now))
}

/// Segments and packs that a manifest names. One that was deleted by somebody else names nothing any more.
async fn names(
    store: &Store,
    login_server: &LoginServer,
    generation: Generation,
) -> Result<BTreeSet<UsedOnce>, SnapshotError> {
    let pointed = Pointed {
        generation: &generation,
        manifest_sha256: None,
    };
    let Some((manifest, _)) = read_manifest(store, login_server, pointed).await? else {
        return Ok(BTreeSet::new());
    };
    let SnapshotManifest { segments, packs, .. } = manifest;
    let segments = segments.into_iter().map(|segment| segment.name);
    Ok(segments.chain(packs.into_iter().map(|pack| pack.name)).collect())
}
