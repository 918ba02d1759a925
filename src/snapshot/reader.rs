//! A stored snapshot, read back: its index alone, one repository, or everything as a stream of any length. What is handed
//! over has been held against its hash.

use std::collections::VecDeque;

use bytes::Bytes;

use super::SnapshotError;
use super::cursor::PackReader;
use super::index::{BaseLine, IndexReader};
use super::proven::{Pointed, read_manifest};
use crate::inventory::index::{ChunkRef, Chunks};
use crate::inventory::manifest::{SegmentRef, SnapshotManifest};
use crate::names::{LoginServer, RepositoryName};
use crate::store::{BlobKey, Store};

/// A snapshot whose manifest was read.
#[derive(Debug)]
pub struct Snapshot<'a> {
    store: &'a Store,
    manifest: SnapshotManifest,
}

impl<'a> Snapshot<'a> {
    /// Opens the snapshot that a pointer names.
    pub async fn open(
        store: &'a Store,
        login_server: &LoginServer,
        pointer: Pointed<'_>,
    ) -> Result<Self, SnapshotError> {
        let read = read_manifest(store, login_server, pointer).await?;
        let absent = || {
            let key = BlobKey::Manifest(login_server.clone(), pointer.generation.clone());
            SnapshotError::absent(&key)
        };
        let (manifest, _) = read.ok_or_else(absent)?;
        Ok(Self { store, manifest })
    }

    pub(super) fn of(store: &'a Store, manifest: SnapshotManifest) -> Self {
        Self { store, manifest }
    }

    /// Totals, completeness, and what it consists of.
    pub fn manifest(&self) -> &SnapshotManifest {
        &self.manifest
    }

    /// One line per repository in the order of the catalog.
    pub fn index(&self) -> IndexReader<'a> {
        IndexReader::new(self.store, &self.manifest)
    }

    /// The same of some of its segments alone.
    pub(super) fn index_of(&self, segments: VecDeque<SegmentRef>) -> IndexReader<'a> {
        IndexReader::of_segments(self.store, &self.manifest.login_server, segments)
    }

    /// The line of a repository: one segment is read.
    pub async fn repository(&self, name: &RepositoryName) -> Result<Option<BaseLine>, SnapshotError> {
        let mut index = self.index();
        index.seek(name);
        index.find(name).await
    }

    /// The lines of a repository: the gzip members that hold them are read; of a long one, many at a time.
    pub fn lines(&self, repository: &BaseLine) -> RepositoryReader<'a> {
        let packs = match repository.line.chunks {
            Chunks::Here(_) => PackReader::of_members(self.store, &self.manifest),
            Chunks::Listed(_) => PackReader::of_everything(self.store, &self.manifest),
        };
        RepositoryReader::new(packs, &self.manifest, repository)
    }

    /// Where the lines of a repository are, in order.
    pub async fn references(&self, repository: &BaseLine) -> Result<Vec<ChunkRef>, SnapshotError> {
        // Nearly every repository's stand in its line.
        if let Chunks::Here(chunks) = &repository.line.chunks {
            return Ok(chunks.clone());
        }
        let packs = PackReader::of_members(self.store, &self.manifest);
        let mut reader = RepositoryReader::new(packs, &self.manifest, repository);
        Ok(std::mem::take(reader.references().await?).into())
    }

    /// Chunks in the order of a long repository's lines, by references of its index.
    pub fn chunks(&self) -> ChunkReader<'a> {
        let SnapshotManifest {
            login_server,
            generation,
            ..
        } = &self.manifest;
        ChunkReader {
            packs: PackReader::of_everything(self.store, &self.manifest),
            manifest: BlobKey::Manifest(login_server.clone(), generation.clone()),
        }
    }

    /// Every repository with its lines: segments and packs are read front to back, once.
    pub fn everything(&self) -> Everything<'a> {
        Everything {
            index: self.index(),
            manifest: self.manifest.clone(),
            packs: Some(PackReader::of_everything(self.store, &self.manifest)),
            reading: None,
        }
    }
}

/// Chunks of a snapshot, each by its reference.
#[derive(Debug)]
pub struct ChunkReader<'a> {
    packs: PackReader<'a>,
    manifest: BlobKey,
}

impl ChunkReader<'_> {
    /// The lines of a chunk, each with its newline.
    pub async fn lines(&mut self, chunk: &ChunkRef) -> Result<Bytes, SnapshotError> {
        self.packs.chunk(chunk, &self.manifest).await
    }
}

/// The lines of one repository.
#[derive(Debug)]
pub struct RepositoryReader<'a> {
    packs: PackReader<'a>,
    index: BlobKey,
    chunks: Option<Chunks>,
    references: VecDeque<ChunkRef>,
}

impl<'a> RepositoryReader<'a> {
    fn new(packs: PackReader<'a>, manifest: &SnapshotManifest, repository: &BaseLine) -> Self {
        let segment = repository.segment.reference.name.clone();
        Self {
            packs,
            index: BlobKey::Index(manifest.login_server.clone(), segment),
            chunks: Some(repository.line.chunks.clone()),
            references: VecDeque::new(),
        }
    }

    /// Begins again with the first line of the repository that it was made for.
    pub(crate) fn restart(&mut self, repository: &BaseLine) {
        self.chunks = Some(repository.line.chunks.clone());
        self.references.clear();
    }

    /// Where the lines are, in order.
    pub(super) async fn references(&mut self) -> Result<&mut VecDeque<ChunkRef>, SnapshotError> {
        match self.chunks.take() {
            Some(Chunks::Here(chunks)) => self.references = chunks.into(),
            Some(Chunks::Listed(list)) => self.references = self.packs.list(&list, &self.index).await?.into(),
            None => {}
        }
        Ok(&mut self.references)
    }

    /// Some lines more, each with its newline: manifests in the order of digests, then tags in the order of names. None at
    /// the end.
    pub async fn next_lines(&mut self) -> Result<Option<Bytes>, SnapshotError> {
        let next = self.next_chunk().await?;
        Ok(next.map(|(_, lines)| lines))
    }

    /// The same with the reference that led to them.
    pub(super) async fn next_chunk(&mut self) -> Result<Option<(ChunkRef, Bytes)>, SnapshotError> {
        let Some(chunk) = self.references().await?.pop_front() else {
            return Ok(None);
        };
        let lines = self.packs.chunk(&chunk, &self.index).await?;
        Ok(Some((chunk, lines)))
    }
}

/// A whole snapshot, repository after repository.
#[derive(Debug)]
pub struct Everything<'a> {
    index: IndexReader<'a>,
    manifest: SnapshotManifest,
    packs: Option<PackReader<'a>>,
    reading: Option<RepositoryReader<'a>>,
}

impl Everything<'_> {
    /// The next repository; what was not read of the last one is passed over.
    pub async fn next_repository(&mut self) -> Result<Option<BaseLine>, SnapshotError> {
        if let Some(read) = self.reading.take() {
            self.packs = Some(read.packs);
        }
        let next = self.index.next().await?;
        if let (Some(base), Some(packs)) = (&next, self.packs.take()) {
            self.reading = Some(RepositoryReader::new(packs, &self.manifest, base));
        }
        Ok(next)
    }

    /// Some lines more of that repository; see [`RepositoryReader::next_lines`].
    pub async fn next_lines(&mut self) -> Result<Option<Bytes>, SnapshotError> {
        let next = self.next_chunk().await?;
        Ok(next.map(|(_, lines)| lines))
    }

    pub(super) async fn next_chunk(&mut self) -> Result<Option<(ChunkRef, Bytes)>, SnapshotError> {
        match &mut self.reading {
            Some(reading) => reading.next_chunk().await,
            None => Ok(None),
        }
    }
}
