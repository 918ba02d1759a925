//! A stored snapshot, read back: every blob is held against its hash, and one packed part is in memory at a time.

use std::io::{BufRead as _, BufReader, Read as _};

use flate2::read::MultiGzDecoder;

use super::line::Line;
use crate::collect::{CollectError, parse_index};
use crate::hash::sha256;
use crate::inventory::generation::Generation;
use crate::inventory::problem::Completeness;
use crate::inventory::snapshot::{IndexEntry, PartRef, SnapshotManifest, SnapshotPointer};
use crate::inventory::{DocumentError, decode};
use crate::names::{LoginServer, RepositoryName};
use crate::store::{BlobKey, Store};

/// The current snapshot of a registry.
#[derive(Debug)]
pub struct Snapshot<'a> {
    store: &'a Store,
    manifest: SnapshotManifest,
    /// Its repositories in the order of the catalog.
    pub entries: Vec<IndexEntry>,
}

impl<'a> Snapshot<'a> {
    /// Opens the snapshot that a registry document points to.
    pub async fn open(
        store: &'a Store,
        login_server: &LoginServer,
        pointer: &SnapshotPointer,
    ) -> Result<Self, CollectError> {
        let manifest = manifest(store, login_server, pointer).await?;
        let mut snapshot = Self {
            store,
            manifest,
            entries: Vec::new(),
        };
        for index in &snapshot.manifest.index {
            let bytes = snapshot.blob(index).await?;
            let entries = parse_index(&bytes).map_err(|error| malformed(&index.name, error))?;
            snapshot.entries.extend(entries);
        }
        Ok(snapshot)
    }

    /// The refresh that made it.
    pub fn generation(&self) -> &Generation {
        &self.manifest.generation
    }

    /// How much of the registry is in it: the least that is said of the whole or of one of its repositories.
    pub fn completeness(&self) -> Completeness {
        let parts = self.entries.iter().map(|entry| entry.completeness);
        let mut lacking = parts.filter(|completeness| *completeness != Completeness::Complete);
        match self.manifest.completeness {
            Completeness::Complete => lacking.next().unwrap_or(Completeness::Complete),
            lacking => lacking,
        }
    }

    /// Names of its repositories.
    pub fn names(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.repository.to_string()).collect()
    }

    /// Hands over every line, repository after repository.
    pub async fn lines(&self, mut take: impl FnMut(Line)) -> Result<(), CollectError> {
        for part in &self.manifest.parts {
            let packed = self.blob(part).await?;
            each_line(&packed, &mut take).map_err(|error| malformed(&part.name, error))?;
        }
        Ok(())
    }

    /// The part that holds a repository; none where the snapshot has nothing of it.
    pub async fn repository(&self, name: &RepositoryName) -> Result<Option<Packed>, CollectError> {
        let entry = self.entries.iter().find(|entry| entry.repository == *name);
        let wanted = entry.and_then(|entry| entry.part.as_deref());
        let mut parts = self.manifest.parts.iter();
        let Some(part) = parts.find(|part| Some(part.name.as_str()) == wanted) else {
            return Ok(None);
        };
        Ok(Some(Packed {
            repository: name.clone(),
            part: part.name.clone(),
            bytes: self.blob(part).await?,
        }))
    }

    async fn blob(&self, part: &PartRef) -> Result<Vec<u8>, CollectError> {
        let key = BlobKey::snapshot_file(&self.manifest.login_server, &self.manifest.generation, &part.name)
            .ok_or_else(|| malformed(&part.name, "its name is not one that a snapshot has"))?;
        let found = self.store.read(&key).await?;
        let (bytes, _) = found.ok_or_else(|| malformed(&part.name, "it is not there"))?;
        match sha256(&bytes) == part.sha256 {
            true => Ok(bytes),
            false => Err(malformed(&part.name, "it does not match its hash")),
        }
    }
}

/// The part that holds a repository, as it was stored.
#[derive(Debug)]
pub struct Packed {
    repository: RepositoryName,
    part: String,
    bytes: Vec<u8>,
}

impl Packed {
    /// Hands over the lines of the repository. They can be gone through again, instead of being kept.
    pub fn lines(&self, mut take: impl FnMut(Line)) -> Result<(), CollectError> {
        let mut inside = false;
        let of_repository = |line| {
            if let Line::Header(header) = &line {
                inside = header.repository == self.repository;
            }
            if inside {
                take(line);
            }
        };
        each_line(&self.bytes, of_repository).map_err(|error| malformed(&self.part, error))
    }
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

fn each_line(packed: &[u8], mut take: impl FnMut(Line)) -> Result<(), String> {
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
            _ => take(Line::parse(&line)?),
        }
    }
}

fn malformed(key: &str, detail: impl std::fmt::Display) -> CollectError {
    CollectError::Document {
        key: key.to_owned(),
        source: DocumentError::Malformed(detail.to_string()),
    }
}
