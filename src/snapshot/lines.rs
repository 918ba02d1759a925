//! What a walk makes of a repository's lines: chunks, counts and the summary. A value that is written down and read back.

use serde::{Deserialize, Serialize};

use super::chunk::{Chunk, Chunker};
use super::fold::{SummaryFold, TagPatterns};
use super::observed::{Counts, Observed};
use super::piece::{KnownChunks, Piece};
use crate::inventory::index::ChunkRef;
use crate::inventory::repository::{LineKind, ManifestRecord, TagRecord};

/// The lines so far: manifests in the order of their digests, then tags in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryLines {
    chunker: Chunker,
    fold: SummaryFold,
    counts: Counts,
    /// Of every chunk so far.
    hashes: Vec<String>,
    /// Those that were not taken yet.
    pieces: Vec<Piece>,
}

impl RepositoryLines {
    /// Takes a manifest and its line, without newline. Whether a chunk ended before it.
    pub fn manifest(&mut self, record: &ManifestRecord, line: &str, known: &KnownChunks) -> bool {
        self.counts.manifests += 1;
        self.counts.bytes = self.counts.bytes.saturating_add(record.image_size.unwrap_or(0));
        self.counts.indexes += u64::from(record.is_index());
        self.fold.manifest(record);
        self.push(record.digest.as_str(), line, known)
    }

    /// Takes a tag and its line, without newline. Whether a chunk ended before it.
    pub fn tag(&mut self, record: &TagRecord, line: &str, patterns: &TagPatterns, known: &KnownChunks) -> bool {
        self.counts.tags += 1;
        self.fold.tag(record, patterns);
        self.push(record.name.as_str(), line, known)
    }

    /// Takes a line as it was stored, without newline; its key, or why it cannot be taken.
    pub fn stored(&mut self, line: &str, patterns: &TagPatterns, known: &KnownChunks) -> Result<String, String> {
        match LineKind::of(line.as_bytes()) {
            Some(LineKind::Manifest) => {
                let record: ManifestRecord = parse(line)?;
                self.manifest(&record, line, known);
                Ok(record.digest.to_string())
            }
            Some(LineKind::Tag) => {
                let record: TagRecord = parse(line)?;
                self.tag(&record, line, patterns, known);
                Ok(record.name.to_string())
            }
            _ => Err("it is no line of a manifest or a tag".to_owned()),
        }
    }

    /// The chunks that have ended since this was asked for last: a long repository goes into its snapshot while it is read.
    pub fn take_pieces(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.pieces)
    }

    /// Bytes of lines in memory: of what is new, and of the open chunk.
    pub fn text_held(&self) -> usize {
        self.chunker.held() + self.pieces.iter().map(Piece::held).sum::<usize>()
    }

    /// Bytes of what the summary has to know of every manifest.
    pub fn digests_held(&self) -> usize {
        self.fold.held()
    }

    /// The end of the lines.
    pub fn finish(mut self, patterns: &TagPatterns, known: &KnownChunks) -> Observed {
        if let Some(chunk) = self.chunker.take() {
            self.ended(chunk, known);
        }
        Observed {
            counts: self.counts,
            summary: self.fold.finish(patterns),
            pieces: self.pieces,
            hashes: self.hashes,
        }
    }

    /// Where the base has the chunk that ended last; none if it is new.
    pub fn last_known(&self) -> Option<&ChunkRef> {
        match self.pieces.last() {
            Some(Piece::Known { place, .. }) => Some(place),
            _ => None,
        }
    }

    fn push(&mut self, key: &str, line: &str, known: &KnownChunks) -> bool {
        let ended = self.chunker.push(key, line);
        let is_ended = ended.is_some();
        ended.into_iter().for_each(|chunk| self.ended(chunk, known));
        is_ended
    }

    fn ended(&mut self, chunk: Chunk, known: &KnownChunks) {
        self.hashes.push(chunk.sha256.clone());
        self.pieces.push(known.piece(chunk));
    }
}

fn parse<T: serde::de::DeserializeOwned>(line: &str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| error.to_string())
}
