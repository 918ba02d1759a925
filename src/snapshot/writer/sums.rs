//! What the lines of an index add up to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::inventory::index::{Chunks, IndexLine};
use crate::inventory::problem::Completeness;
use crate::inventory::registry::Totals;

/// The sums so far. Verification makes them again from the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::snapshot) struct Sums {
    pub(in crate::snapshot) totals: Totals,
    pub(in crate::snapshot) incomplete_repositories: u64,
    /// Lines that the index refers to, by pack.
    pub(in crate::snapshot) alive: BTreeMap<u32, u64>,
    /// Bytes of lines written because they were new or changed, and because their packs are being retired.
    pub(in crate::snapshot) changed_bytes: u64,
    pub(in crate::snapshot) moved_bytes: u64,
}

impl Sums {
    /// Whether so many bytes more may be moved: never more than this run's own changes.
    pub(super) fn allows(&self, bytes: usize) -> bool {
        self.moved_bytes.saturating_add(bytes as u64) <= self.changed_bytes
    }

    /// Adds a line of the index.
    pub(in crate::snapshot) fn add(&mut self, line: &IndexLine) {
        if line.removed_at.is_none() {
            self.totals.add(line.manifests, line.tags, line.bytes);
            self.incomplete_repositories += u64::from(line.completeness != Completeness::Complete);
        }
        let mut alive = |pack: u32, lines: u64| *self.alive.entry(pack).or_default() += lines;
        match &line.chunks {
            Chunks::Here(chunks) => {
                (chunks.iter()).for_each(|chunk| alive(chunk.place.pack, u64::from(chunk.lines)));
            }
            Chunks::Listed(list) => {
                alive(list.place.pack, u64::from(list.chunks));
                list.packs.iter().for_each(|(pack, lines)| alive(*pack, *lines));
            }
        }
    }
}
