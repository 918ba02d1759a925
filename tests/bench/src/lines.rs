//! The bare reader: every line of a stored snapshot, held against its hashes and counted, nothing else.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use acr_inventory::cli::resources::{Resources, used};
use acr_inventory::inventory::registry::RegistryDocument;
use acr_inventory::names::LoginServer;
use acr_inventory::snapshot::Snapshot;
use acr_inventory::store::{BlobKey, DirectoryStore, Store};

use super::floor::SERVER;
use super::own_process;

/// What a reader's process prints.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Read {
    /// Of manifests and tags.
    pub(super) lines: u64,
    pub(super) used: Resources,
}

/// Reads the current snapshot of the registry in this inventory, and prints what that took: all of the process that
/// [`measure`] starts.
pub(super) async fn read(inventory: &Path) -> anyhow::Result<()> {
    let server = LoginServer::parse(SERVER)?;
    let document = inventory.join(BlobKey::Registry(server.clone()).to_string());
    let document = std::fs::read(&document).with_context(|| format!("reading {}", document.display()))?;
    let registry: RegistryDocument = serde_json::from_slice(&document).context("reading the registry's document")?;
    let pointer = registry.snapshot.as_ref().context("there is no snapshot")?;
    let store = Store::directory(DirectoryStore::view_root(inventory)?);
    let mut everything = Snapshot::open(&store, &server, pointer.into()).await?.everything();
    let mut lines = 0;
    while everything.next_repository().await?.is_some() {
        while let Some(text) = everything.next_lines().await? {
            lines += memchr::memchr_iter(b'\n', &text).count() as u64;
        }
    }
    let used = used().unwrap_or_default();
    println!("{}", serde_json::to_string(&Read { lines, used })?);
    Ok(())
}

/// Runs it over this inventory, with the start of its process in the time.
pub(super) async fn measure(inventory: &str) -> anyhow::Result<(Read, Duration)> {
    own_process::run(["--read", inventory], []).await
}
