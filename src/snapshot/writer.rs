//! The writer of a snapshot: takes repositories in the order of the catalog, each either as the base has it or anew.

mod finish;
mod list;
mod saved;
mod sums;
mod waiting;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

pub use saved::{Saved, WriterCarry};
pub(super) use sums::Sums;
use waiting::{Lines, OpenChunk, Slot, Waiting};

use super::SnapshotError;
use super::chunk::Chunk;
use super::compaction::retiring;
use super::index::BaseLine;
use super::limits::Limits;
use super::pack::PackWriter;
use super::piece::Piece;
use super::segment::SegmentWriter;
use crate::inventory::generation::Generation;
use crate::inventory::index::{CHUNKS_IN_LINE, ChunkRef, Chunks, IndexLine};
use crate::inventory::manifest::{PackRef, SnapshotManifest};
use crate::names::{LoginServer, RepositoryName};
use crate::store::Store;

/// So many lines wait for a member to be closed; then it is closed whatever is in it.
const WAITING: usize = 1_000;

/// A snapshot in the making.
#[derive(Debug)]
pub struct SnapshotWriter<'a> {
    login_server: &'a LoginServer,
    generation: &'a Generation,
    base: Option<Generation>,
    base_packs: Vec<PackRef>,
    retiring: BTreeSet<u32>,
    packs: PackWriter<'a>,
    segments: SegmentWriter<'a>,
    sums: Sums,
    /// Chunks of the repository that is being taken.
    current: Vec<Slot>,
    /// Lines whose chunks are in the open member, and those behind them.
    waiting: VecDeque<Waiting>,
    last: Option<RepositoryName>,
}

impl<'a> SnapshotWriter<'a> {
    /// Begins the snapshot of a generation. `base`: the current one, as far as it can be read.
    pub fn begin(
        store: &'a Store,
        login_server: &'a LoginServer,
        generation: &'a Generation,
        base: Option<&SnapshotManifest>,
        limits: Limits,
    ) -> Self {
        let next = base.map_or(1, |base| base.next_pack);
        let base_packs = base.map(|base| base.packs.clone()).unwrap_or_default();
        let budget = base.map_or(0, |base| base.changed_bytes);
        Self {
            login_server,
            generation,
            base: base.map(|base| base.generation.clone()),
            retiring: retiring(&base_packs, budget, &limits),
            base_packs,
            packs: PackWriter::new(store, login_server, generation, limits, next),
            segments: SegmentWriter::new(store, login_server, generation),
            sums: Sums::default(),
            current: Vec::new(),
            waiting: VecDeque::new(),
            last: None,
        }
    }

    /// Numbers of the packs to be retired: the lines of known chunks in them are kept in hand.
    pub fn retiring(&self) -> &BTreeSet<u32> {
        &self.retiring
    }

    /// Takes a repository as the base has it: same state, same version of the document, same patterns, nothing in hand.
    pub async fn unchanged(&mut self, base: &BaseLine) -> Result<(), SnapshotError> {
        self.enter(base.line.clone(), Lines::AsBefore(base.text.clone()), Some(base))
            .await
    }

    /// Takes a repository with chunks that stay where `line` says: what was not observed this time (`forbidden` without a
    /// page), a removed one, one that another version of its document says the same of.
    pub async fn kept(&mut self, line: IndexLine, base: Option<&BaseLine>) -> Result<(), SnapshotError> {
        self.enter(line, Lines::There, base).await
    }

    /// Takes a repository anew. `base`: what the base has of it.
    pub async fn changed(
        &mut self,
        line: IndexLine,
        pieces: Vec<Piece>,
        base: Option<&BaseLine>,
    ) -> Result<(), SnapshotError> {
        for piece in pieces {
            self.piece(piece).await?;
        }
        self.end(line, base).await
    }

    /// Takes the next chunk of a long repository; [`SnapshotWriter::end`] or [`SnapshotWriter::abandon`] follows.
    pub async fn piece(&mut self, piece: Piece) -> Result<(), SnapshotError> {
        let slot = match piece {
            Piece::New(chunk) => {
                self.sums.changed_bytes += chunk.text.len() as u64;
                self.place(chunk).await?
            }
            Piece::Known {
                place,
                in_hand: Some(chunk),
            } if self.retiring.contains(&place.place.pack) && self.sums.allows(chunk.text.len()) => {
                self.sums.moved_bytes += chunk.text.len() as u64;
                self.place(chunk).await?
            }
            Piece::Known { place, .. } => Slot::Placed(place),
        };
        self.current.push(slot);
        if self.packs.is_full() {
            self.close_member().await?;
        }
        Ok(())
    }

    /// Ends a repository whose chunks were taken.
    pub async fn end(&mut self, mut line: IndexLine, base: Option<&BaseLine>) -> Result<(), SnapshotError> {
        if self.current.len() <= CHUNKS_IN_LINE {
            let slots = std::mem::take(&mut self.current);
            return self.enter(line, Lines::Slots(slots), base).await;
        }
        self.close_member().await?;
        let slots = std::mem::take(&mut self.current).into_iter();
        let chunks: Vec<ChunkRef> = slots.filter_map(Slot::placed).collect();
        line.chunks = Chunks::Listed(self.list(&chunks, base).await?);
        self.enter(line, Lines::There, base).await
    }

    /// Forgets the chunks of a repository that has to be observed again; what was written of them is referred to by nobody.
    pub fn abandon(&mut self) {
        self.current.clear();
    }

    fn must_be_ended(&self) -> Result<(), SnapshotError> {
        let what = || "a repository was neither ended nor abandoned".to_owned();
        match self.current.is_empty() {
            true => Ok(()),
            false => Err(SnapshotError::Misuse { what: what() }),
        }
    }

    /// Puts a chunk into the open member.
    async fn place(&mut self, chunk: Chunk) -> Result<Slot, SnapshotError> {
        if !self.packs.has_room(chunk.text.len()) {
            self.close_member().await?;
        }
        let skip = self.packs.push(chunk.text.as_bytes(), chunk.lines);
        Ok(Slot::Open(OpenChunk {
            from: chunk.from,
            lines: chunk.lines,
            sha256: chunk.sha256,
            skip,
        }))
    }

    async fn enter(&mut self, line: IndexLine, lines: Lines, base: Option<&BaseLine>) -> Result<(), SnapshotError> {
        self.must_be_ended()?;
        if let Some(last) = self.last.as_ref().filter(|last| **last >= line.repository) {
            let what = format!("{} came after {last}", line.repository);
            return Err(SnapshotError::Misuse { what });
        }
        self.last = Some(line.repository.clone());
        self.waiting.push_back(Waiting {
            line,
            lines,
            known: base.map(|base| Arc::clone(&base.segment)),
        });
        if self.waiting.len() > WAITING {
            return self.close_member().await;
        }
        self.release().await
    }

    /// Closes the open member: now it is known where its chunks are.
    async fn close_member(&mut self) -> Result<(), SnapshotError> {
        if let Some(member) = self.packs.close_member().await? {
            let waiting = self.waiting.iter_mut().flat_map(Waiting::slots);
            for slot in waiting.chain(&mut self.current) {
                slot.place(member);
            }
        }
        self.release().await
    }

    /// Moves lines into the index up to the first one that waits for the open member.
    async fn release(&mut self) -> Result<(), SnapshotError> {
        while let Some(next) = self.waiting.pop_front_if(|waiting| !waiting.is_open()) {
            let known = next.known.clone();
            let (line, text) = next.finish();
            self.sums.add(&line);
            let text = String::from_utf8_lossy(&text);
            self.segments.add(&line.repository, &text, known.as_deref()).await?;
        }
        Ok(())
    }
}
