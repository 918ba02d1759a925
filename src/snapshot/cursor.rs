//! Packs read front to back, each with a window of its own: memory does not grow with what is in them.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::SnapshotError;
use super::member::{some_lines, unpack};
use crate::hash::sha256;
use crate::inventory::index::{ChunkList, ChunkRef, Place};
use crate::inventory::manifest::SnapshotManifest;
use crate::store::{BlobKey, Store};

/// Bytes of all windows together.
const WINDOWS: usize = 32 << 20;
/// A window has so many bytes at the most, and at the least.
const LARGEST: usize = 1 << 20;
const SMALLEST: usize = 64 << 10;

/// The packs of a snapshot.
#[derive(Debug)]
pub(super) struct PackReader<'a> {
    store: &'a Store,
    packs: BTreeMap<u32, Cursor>,
    /// So many bytes are read at once.
    window: usize,
}

#[derive(Debug)]
struct Cursor {
    key: BlobKey,
    size: u64,
    window: Bytes,
    /// Bytes of the pack before the window.
    start: u64,
    /// The member that was unpacked last, by where it begins.
    member: Option<(u64, Bytes)>,
}

impl<'a> PackReader<'a> {
    /// For everything in the order of the catalog: what was written in that order lies in it.
    pub(super) fn of_everything(store: &'a Store, manifest: &SnapshotManifest) -> Self {
        let window = WINDOWS / manifest.packs.len().max(1);
        Self::new(store, manifest, window.clamp(SMALLEST, LARGEST))
    }

    /// For single members: nothing is read that was not asked for.
    pub(super) fn of_members(store: &'a Store, manifest: &SnapshotManifest) -> Self {
        Self::new(store, manifest, 0)
    }

    fn new(store: &'a Store, manifest: &SnapshotManifest, window: usize) -> Self {
        let packs = manifest.packs.iter().map(|pack| {
            let key = BlobKey::Pack(manifest.login_server.clone(), pack.name.clone());
            let cursor = Cursor {
                key,
                size: pack.size,
                window: Bytes::new(),
                start: 0,
                member: None,
            };
            (pack.number, cursor)
        });
        Self {
            store,
            packs: packs.collect(),
            window,
        }
    }

    /// The lines of a chunk, each with its newline, which have to be what its hash says.
    pub(super) async fn chunk(&mut self, chunk: &ChunkRef, index: &BlobKey) -> Result<Bytes, SnapshotError> {
        self.lines(chunk.place, chunk.lines, &chunk.sha256, index).await
    }

    /// The references of a long repository.
    pub(super) async fn list(&mut self, list: &ChunkList, index: &BlobKey) -> Result<Vec<ChunkRef>, SnapshotError> {
        let text = self.lines(list.place, list.chunks, &list.sha256, index).await?;
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let chunks = lines.map(serde_json::from_slice).collect::<Result<Vec<ChunkRef>, _>>();
        chunks.map_err(|error| SnapshotError::malformed(index, error))
    }

    /// `index` is what names the lines, for the case that it names a pack that the manifest does not have.
    async fn lines(&mut self, place: Place, lines: u32, hash: &str, index: &BlobKey) -> Result<Bytes, SnapshotError> {
        let cursor = self.packs.get_mut(&place.pack);
        let cursor =
            cursor.ok_or_else(|| SnapshotError::malformed(index, format!("pack {} is not listed", place.pack)))?;
        let member = cursor.member(self.store, place, self.window).await?;
        let found = some_lines(&member, place.skip, lines).filter(|text| sha256(text) == hash);
        found.ok_or_else(|| SnapshotError::altered(&cursor.key))
    }
}

impl Cursor {
    /// The lines of a member.
    async fn member(&mut self, store: &Store, place: Place, window: usize) -> Result<Bytes, SnapshotError> {
        if let Some((offset, text)) = &self.member
            && *offset == place.offset
        {
            return Ok(text.clone());
        }
        let length = place.length as usize;
        let packed = match self.slice(place.offset, length) {
            Some(packed) => packed,
            None => {
                let left = usize::try_from(self.size.saturating_sub(place.offset)).unwrap_or(usize::MAX);
                let read = store
                    .read_range(&self.key, place.offset, window.min(left).max(length))
                    .await?;
                self.window = read.ok_or_else(|| SnapshotError::absent(&self.key))?;
                self.start = place.offset;
                let packed = self.slice(place.offset, length);
                packed.ok_or_else(|| SnapshotError::altered(&self.key))?
            }
        };
        let text = unpack(&packed).map_err(|_| SnapshotError::altered(&self.key))?;
        self.member = Some((place.offset, text.clone()));
        Ok(text)
    }

    /// Part of the window, if it is in it.
    fn slice(&self, offset: u64, length: usize) -> Option<Bytes> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        let to = from.checked_add(length)?;
        (to <= self.window.len()).then(|| self.window.slice(from..to))
    }
}
