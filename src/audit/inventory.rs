//! What a stored snapshot says to the rules on tags and signatures.

mod fold;

use std::io::{BufRead as _, BufReader, Read as _};

use flate2::read::MultiGzDecoder;

use crate::collect::CollectError;
use crate::collect::parse_index;
use crate::hash::sha256;
use crate::inventory::problem::Completeness;
use crate::inventory::snapshot::{PartRef, SnapshotManifest, SnapshotPointer};
use crate::inventory::{DocumentError, decode};
use crate::names::LoginServer;
use crate::posture::inventory_summary::InventorySummary;
use crate::posture::profile::Profile;
use crate::store::{BlobKey, Store};
use fold::Fold;

/// The repositories of a registry, and what its rules ask about them.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Names in the order of the catalog.
    pub repositories: Vec<String>,
    pub summary: InventorySummary,
}

/// Reads a snapshot of a registry.
///
/// Every blob is held against its hash. Memory: one packed part, and the digests of one repository's tags.
pub async fn stored(
    store: &Store,
    login_server: &LoginServer,
    snapshot: &SnapshotPointer,
    profile: &Profile,
) -> Result<Stored, CollectError> {
    let manifest = manifest(store, login_server, snapshot).await?;
    let mut stored = Stored::default();
    let mut complete = manifest.completeness == Completeness::Complete;
    for index in &manifest.index {
        let bytes = blob(store, &manifest, index).await?;
        let entries = parse_index(&bytes).map_err(|error| malformed(&index.name, error))?;
        for entry in entries {
            complete &= entry.completeness == Completeness::Complete;
            stored.repositories.push(entry.repository.to_string());
        }
    }
    let mut fold = Fold::new(&profile.production_tag_patterns);
    for part in &manifest.parts {
        let bytes = blob(store, &manifest, part).await?;
        lines(&bytes, &mut fold).map_err(|error| malformed(&part.name, error))?;
    }
    stored.summary = fold.finish(complete);
    Ok(stored)
}

async fn manifest(
    store: &Store,
    login_server: &LoginServer,
    pointer: &SnapshotPointer,
) -> Result<SnapshotManifest, CollectError> {
    let key = BlobKey::SnapshotManifest(login_server.clone(), pointer.generation.clone());
    let name = key.to_string();
    let (bytes, _) = store
        .read(&key)
        .await?
        .ok_or_else(|| malformed(&name, "it is not there"))?;
    if sha256(&bytes) != pointer.manifest_sha256 {
        return Err(malformed(&name, "it does not match its hash"));
    }
    decode(&bytes).map_err(|source| CollectError::Document { key: name, source })
}

async fn blob(store: &Store, manifest: &SnapshotManifest, part: &PartRef) -> Result<Vec<u8>, CollectError> {
    let key = BlobKey::snapshot_file(&manifest.login_server, &manifest.generation, &part.name)
        .ok_or_else(|| malformed(&part.name, "its name is not one that a snapshot has"))?;
    let found = store.read(&key).await?;
    let (bytes, _) = found.ok_or_else(|| malformed(&part.name, "it is not there"))?;
    match sha256(&bytes) == part.sha256 {
        true => Ok(bytes),
        false => Err(malformed(&part.name, "it does not match its hash")),
    }
}

fn lines(packed: &[u8], fold: &mut Fold) -> Result<(), String> {
    /// Longest line of any document, bytes.
    const LINE_CAP: u64 = 4 << 20;
    let mut reader = BufReader::new(MultiGzDecoder::new(packed));
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut reader).take(LINE_CAP).read_until(b'\n', &mut line);
        match read.map_err(|error| error.to_string())? {
            0 => return Ok(()),
            _ if line.last() != Some(&b'\n') => return Err(format!("a line is longer than {LINE_CAP} bytes")),
            _ => fold.line(&line)?,
        }
    }
}

fn malformed(key: &str, detail: impl std::fmt::Display) -> CollectError {
    CollectError::Document {
        key: key.to_owned(),
        source: DocumentError::Malformed(detail.to_string()),
    }
}
