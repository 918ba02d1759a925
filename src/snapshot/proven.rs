//! Reading what is named with its hash.

use bytes::Bytes;

use super::SnapshotError;
use crate::hash::{Sha256Hex, sha256};
use crate::inventory::decode;
use crate::inventory::manifest::SnapshotManifest;
use crate::inventory::pointer::SnapshotPointer;
use crate::names::LoginServer;
use crate::store::{BlobKey, Condition, Store};

/// A whole blob, which has to be of this size and hash.
pub(super) async fn read_proven(
    store: &Store,
    key: &BlobKey,
    size: u64,
    expected: &str,
) -> Result<Bytes, SnapshotError> {
    // One byte more than there should be shows whether there is more.
    let length = usize::try_from(size.saturating_add(1)).unwrap_or(usize::MAX);
    let bytes = store.read_range(key, 0, length).await?;
    let bytes = bytes.ok_or_else(|| SnapshotError::absent(key))?;
    match bytes.len() as u64 == size && sha256(&bytes) == expected {
        true => Ok(bytes),
        false => Err(SnapshotError::altered(key)),
    }
}

/// Reads a blob of any size through and holds it against its hash.
pub(super) async fn prove(store: &Store, key: &BlobKey, size: u64, expected: &str) -> Result<(), SnapshotError> {
    let opened = store.open(key).await?;
    let (_, mut pieces) = opened.ok_or_else(|| SnapshotError::absent(key))?;
    let (mut hash, mut read) = (Sha256Hex::default(), 0);
    while let Some(piece) = pieces.next_chunk().await? {
        hash.update(&piece);
        read += piece.len() as u64;
    }
    match read == size && hash.finish() == expected {
        true => Ok(()),
        false => Err(SnapshotError::altered(key)),
    }
}

/// The manifest of a generation's snapshot with its hash; none if there is none. `expected`: the hash that a pointer says.
pub async fn read_manifest(
    store: &Store,
    login_server: &LoginServer,
    pointer: Pointed<'_>,
) -> Result<Option<(SnapshotManifest, SnapshotPointer)>, SnapshotError> {
    let key = BlobKey::Manifest(login_server.clone(), pointer.generation.clone());
    let Some((bytes, _)) = store.read(&key).await? else {
        return Ok(None);
    };
    let manifest_sha256 = sha256(&bytes);
    if pointer
        .manifest_sha256
        .is_some_and(|expected| expected != manifest_sha256)
    {
        return Err(SnapshotError::altered(&key));
    }
    let manifest: SnapshotManifest = decode(&bytes).map_err(|source| SnapshotError::Document {
        blob: key.to_string(),
        source,
    })?;
    if manifest.login_server != *login_server || manifest.generation != *pointer.generation {
        return Err(SnapshotError::malformed(&key, "it is the manifest of another snapshot"));
    }
    let pointer = SnapshotPointer {
        generation: manifest.generation.clone(),
        manifest_sha256,
        completeness: manifest.completeness,
    };
    Ok(Some((manifest, pointer)))
}

/// Which snapshot is meant.
#[derive(Debug, Clone, Copy)]
pub struct Pointed<'p> {
    pub generation: &'p crate::inventory::generation::Generation,
    /// `sha256:` of its manifest, where a pointer says it.
    pub manifest_sha256: Option<&'p str>,
}

impl<'p> From<&'p SnapshotPointer> for Pointed<'p> {
    fn from(pointer: &'p SnapshotPointer) -> Self {
        Self {
            generation: &pointer.generation,
            manifest_sha256: Some(&pointer.manifest_sha256),
        }
    }
}

/// Writes the manifest of a snapshot, once: whoever comes second takes the one that is there, with what it proves.
pub async fn publish(
    store: &Store,
    manifest: SnapshotManifest,
) -> Result<(SnapshotManifest, SnapshotPointer), SnapshotError> {
    let key = BlobKey::Manifest(manifest.login_server.clone(), manifest.generation.clone());
    let mut bytes = Vec::new();
    // On one line: a manifest names every segment and pack, and there is one for every run.
    crate::inventory::encode_line(&manifest, &mut bytes);
    let pointer = SnapshotPointer {
        generation: manifest.generation.clone(),
        manifest_sha256: sha256(&bytes),
        completeness: manifest.completeness,
    };
    let Err(error) = store.write(&key, bytes, Condition::Create).await else {
        return Ok((manifest, pointer));
    };
    let pointed = Pointed {
        generation: &manifest.generation,
        manifest_sha256: None,
    };
    let existing = read_manifest(store, &manifest.login_server, pointed).await?;
    existing.ok_or_else(|| error.into())
}
