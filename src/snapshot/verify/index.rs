//! What the manifest says of its index, made again from the lines.

use std::collections::BTreeMap;

use super::Verified;
use crate::inventory::index::{CHUNKS_IN_LINE, ChunkRef, Chunks, Place};
use crate::inventory::manifest::SnapshotManifest;
use crate::inventory::problem::Completeness;
use crate::names::RepositoryName;
use crate::snapshot::cursor::PackReader;
use crate::snapshot::state::state_hash;
use crate::snapshot::writer::Sums;
use crate::snapshot::{BaseLine, SnapshotError};
use crate::store::{BlobKey, Store};

/// The lines of an index, one after the other.
pub(super) struct Index<'a> {
    manifest: &'a SnapshotManifest,
    lists: PackReader<'a>,
    sums: Sums,
    last: Option<RepositoryName>,
}

impl<'a> Index<'a> {
    pub(super) fn new(store: &'a Store, manifest: &'a SnapshotManifest) -> Self {
        Self {
            manifest,
            lists: PackReader::of_members(store, manifest),
            sums: Sums::default(),
            last: None,
        }
    }

    /// The next line; `key` is its segment.
    pub(super) async fn line(
        &mut self,
        base: &BaseLine,
        key: &BlobKey,
        verified: &mut Verified,
    ) -> Result<(), SnapshotError> {
        let line = &base.line;
        let name = &line.repository;
        if self.last.as_ref().is_some_and(|last| last >= name) {
            verified.add(key, format!("{name} is not in order"));
        }
        self.last = Some(name.clone());
        self.sums.add(line);
        let mut chunks = match &line.chunks {
            Chunks::Here(chunks) => chunks.clone(),
            Chunks::Listed(list) => {
                self.place(list.place, key, name, verified);
                let Some(chunks) = verified.found(self.lists.list(list, key).await)? else {
                    return Ok(());
                };
                let mut packs = BTreeMap::new();
                for chunk in &chunks {
                    *packs.entry(chunk.place.pack).or_insert(0) += u64::from(chunk.lines);
                }
                if packs.into_iter().collect::<Vec<_>>() != list.packs || chunks.len() <= CHUNKS_IN_LINE {
                    verified.add(key, format!("{name} says something else than its list of chunks"));
                }
                chunks
            }
        };
        let hashes = chunks.iter().map(|chunk| chunk.sha256.as_str());
        let is_removed = line.removed_at.is_some();
        if state_hash(hashes, line.completeness, &line.problems, is_removed) != line.state_hash {
            verified.add(key, format!("the state hash of {name} does not follow from its line"));
        }
        for ChunkRef { place, .. } in chunks.drain(..) {
            self.place(place, key, name, verified);
        }
        Ok(())
    }

    fn place(&self, place: Place, key: &BlobKey, name: &RepositoryName, verified: &mut Verified) {
        let end = place.offset.saturating_add(u64::from(place.length));
        let mut packs = self.manifest.packs.iter();
        if !packs.any(|pack| pack.number == place.pack && end <= pack.size) {
            verified.add(key, format!("a chunk of {name} is in no pack of the manifest"));
        }
    }

    /// Holds the sums of all lines against the manifest `key`.
    pub(super) fn sums(&self, key: &BlobKey, verified: &mut Verified) {
        let (manifest, sums) = (self.manifest, &self.sums);
        if manifest.totals != sums.totals || manifest.incomplete_repositories != sums.incomplete_repositories {
            verified.add(key, "its totals are not those of its index");
        }
        let is_complete = manifest.catalog == Completeness::Complete && sums.incomplete_repositories == 0;
        if (manifest.completeness == Completeness::Complete) != is_complete {
            verified.add(key, "its completeness does not follow from its index");
        }
        let alive = manifest.packs.iter().map(|pack| (pack.number, pack.alive));
        if !alive.eq(sums.alive.iter().map(|(number, alive)| (*number, *alive))) {
            verified.add(key, "what is alive in its packs is not what its index refers to");
        }
    }
}
