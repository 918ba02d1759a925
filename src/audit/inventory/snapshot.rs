//! A stored snapshot, read back as a stream of any length: every blob is held against its hash.

use super::line::Line;
use super::packed::PackedLines;
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
            let entries = snapshot.index(index).await?;
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

    /// Hands over every line, repository after repository. What was taken counts only if this succeeds: a part is held
    /// against its hash at its end.
    pub async fn lines(&self, mut take: impl FnMut(Line)) -> Result<(), CollectError> {
        for part in &self.manifest.parts {
            self.each_line(part, &mut take).await?;
        }
        Ok(())
    }

    /// The repository as the snapshot has it; none where it has nothing of it.
    pub fn repository(&self, name: &RepositoryName) -> Option<StoredRepository<'_>> {
        let entry = self.entries.iter().find(|entry| entry.repository == *name);
        let wanted = entry?.part.as_deref()?;
        let part = self.manifest.parts.iter().find(|part| part.name == wanted)?;
        Some(StoredRepository {
            snapshot: self,
            name: name.clone(),
            part,
        })
    }

    async fn each_line(&self, part: &PartRef, take: &mut impl FnMut(Line)) -> Result<(), CollectError> {
        let (_, mut packed) = self.store.open(&self.key(part)?).await?.ok_or_else(|| absent(part))?;
        let mut lines = PackedLines::default();
        while let Some(chunk) = packed.next_chunk().await? {
            let read = lines.unpack(&chunk, |line| Line::parse(line).map(&mut *take));
            read.map_err(|error| malformed(&part.name, error))?;
        }
        match lines.finish() {
            Ok(sum) if sum == part.sha256 => Ok(()),
            Ok(_) => Err(altered(part)),
            Err(error) => Err(malformed(&part.name, error)),
        }
    }

    fn key(&self, part: &PartRef) -> Result<BlobKey, CollectError> {
        BlobKey::snapshot_file(&self.manifest.login_server, &self.manifest.generation, &part.name)
            .ok_or_else(|| malformed(&part.name, "its name is not one that a snapshot has"))
    }

    async fn index(&self, part: &PartRef) -> Result<Vec<IndexEntry>, CollectError> {
        let found = self.store.read(&self.key(part)?).await?;
        let (bytes, _) = found.ok_or_else(|| absent(part))?;
        match sha256(&bytes) == part.sha256 {
            true => parse_index(&bytes).map_err(|error| malformed(&part.name, error)),
            false => Err(altered(part)),
        }
    }
}

/// One repository of a snapshot.
#[derive(Debug)]
pub struct StoredRepository<'a> {
    snapshot: &'a Snapshot<'a>,
    name: RepositoryName,
    part: &'a PartRef,
}

impl StoredRepository<'_> {
    /// Hands over the lines of the repository. They can be gone through again, instead of being kept.
    pub async fn lines(&self, mut take: impl FnMut(Line)) -> Result<(), CollectError> {
        let mut inside = false;
        let mut of_repository = |line| {
            if let Line::Header(header) = &line {
                inside = header.repository == self.name;
            }
            if inside {
                take(line);
            }
        };
        self.snapshot.each_line(self.part, &mut of_repository).await
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

fn absent(part: &PartRef) -> CollectError {
    malformed(&part.name, "it is not there")
}

fn altered(part: &PartRef) -> CollectError {
    malformed(&part.name, "it does not match its hash")
}

fn malformed(key: &str, detail: impl std::fmt::Display) -> CollectError {
    CollectError::Document {
        key: key.to_owned(),
        source: DocumentError::Malformed(detail.to_string()),
    }
}
