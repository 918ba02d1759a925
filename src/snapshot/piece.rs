//! Chunks on their way into a snapshot: what is new, and what the base has already.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::chunk::Chunk;
use crate::inventory::index::ChunkRef;

/// The chunks that the base snapshot has of a repository, and the packs that are to be retired.
#[derive(Debug, Default)]
pub struct KnownChunks {
    by_hash: HashMap<String, ChunkRef>,
    retiring: BTreeSet<u32>,
}

impl KnownChunks {
    /// `chunks` are those of the repository's line in the base index, `retiring` what the writer says.
    pub fn new(chunks: impl IntoIterator<Item = ChunkRef>, retiring: &BTreeSet<u32>) -> Self {
        let by_hash = chunks.into_iter().map(|chunk| (chunk.sha256.clone(), chunk));
        Self {
            by_hash: by_hash.collect(),
            retiring: retiring.clone(),
        }
    }

    pub(super) fn piece(&self, chunk: Chunk) -> Piece {
        match self.by_hash.get(&chunk.sha256) {
            // Two chunks of one repository never have the same lines, so they are told apart by their hashes.
            Some(place) => Piece::Known {
                place: place.clone(),
                in_hand: self.retiring.contains(&place.place.pack).then_some(chunk),
            },
            None => Piece::New(chunk),
        }
    }
}

/// A chunk on its way into a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Piece {
    New(Chunk),
    /// It is in a pack already.
    #[serde(rename_all = "camelCase")]
    Known {
        place: ChunkRef,
        /// Its lines, if that pack is to be retired.
        in_hand: Option<Chunk>,
    },
}

impl Piece {
    /// Bytes in memory, about.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::New(chunk)
            | Self::Known {
                in_hand: Some(chunk), ..
            } => chunk.text.len(),
            Self::Known { in_hand: None, .. } => 0,
        }
    }
}
