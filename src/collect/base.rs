//! The index of the current snapshot, read in the catalog's order beside the walk: what was known when the last run ended.

use std::collections::VecDeque;

use super::CollectError;
use super::close::read_index;
use super::commit;
use crate::chain::chain;
use crate::inventory::generation::Generation;
use crate::inventory::registry::RegistryDocument;
use crate::inventory::snapshot::{IndexEntry, PartRef, SnapshotManifest};
use crate::names::{LoginServer, RepositoryName};
use crate::store::{BlobKey, Store};

/// Entries in order, one index blob in memory at a time.
#[derive(Debug)]
pub(super) struct BaseIndex<'a> {
    store: &'a Store,
    login_server: &'a LoginServer,
    /// Present once it was asked for the first time.
    generation: Option<Generation>,
    is_open: bool,
    blobs: VecDeque<PartRef>,
    entries: VecDeque<IndexEntry>,
}

impl<'a> BaseIndex<'a> {
    /// The index of the current snapshot. Nothing is read before it is asked for something.
    pub(super) fn new(store: &'a Store, login_server: &'a LoginServer) -> Self {
        Self {
            store,
            login_server,
            generation: None,
            is_open: false,
            blobs: VecDeque::new(),
            entries: VecDeque::new(),
        }
    }

    /// An empty index if there is none, or it cannot be read: that costs reads, not the run.
    async fn open(&mut self) -> Result<(), CollectError> {
        self.is_open = true;
        let manifest = match manifest(self.store, self.login_server).await {
            Err(error @ CollectError::Document { .. }) => {
                tracing::warn!(login_server = %self.login_server, error = %chain(&error), "the last snapshot's index is left out");
                None
            }
            manifest => manifest?,
        };
        if let Some(manifest) = manifest {
            self.generation = Some(manifest.generation);
            self.blobs = manifest.index.into();
        }
        Ok(())
    }

    /// What the snapshot has of a repository; names have to be asked for in order.
    pub(super) async fn entry(&mut self, name: &RepositoryName) -> Result<Option<IndexEntry>, CollectError> {
        if !self.is_open {
            self.open().await?;
        }
        loop {
            while self.entries.front().is_some_and(|entry| entry.repository < *name) {
                self.entries.pop_front();
            }
            if let Some(entry) = self.entries.front() {
                return Ok((entry.repository == *name).then(|| entry.clone()));
            }
            let (Some(blob), Some(generation)) = (self.blobs.pop_front(), &self.generation) else {
                return Ok(None);
            };
            match read_index(self.store, self.login_server, generation, &blob).await {
                Err(error @ CollectError::Document { .. }) => {
                    tracing::warn!(login_server = %self.login_server, error = %chain(&error), "an index of the last snapshot is left out");
                }
                entries => self.entries = entries?.into(),
            }
        }
    }
}

async fn manifest(store: &Store, login_server: &LoginServer) -> Result<Option<SnapshotManifest>, CollectError> {
    let registry = commit::read::<RegistryDocument>(store, &BlobKey::Registry(login_server.clone())).await?;
    let Some(pointer) = registry.and_then(|(registry, _)| registry.snapshot) else {
        return Ok(None);
    };
    let key = BlobKey::SnapshotManifest(login_server.clone(), pointer.generation);
    Ok(commit::read(store, &key).await?.map(|(manifest, _)| manifest))
}
