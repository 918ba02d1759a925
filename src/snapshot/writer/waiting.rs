//! Lines of the index that wait until it is known where their chunks are.

use std::sync::Arc;

use bytes::Bytes;

use crate::inventory::encode_line;
use crate::inventory::index::{ChunkRef, Chunks, IndexLine, Place};
use crate::snapshot::segment::KnownSegment;

/// A chunk of a repository.
#[derive(Debug)]
pub(super) enum Slot {
    Placed(ChunkRef),
    /// In the member that is open, so that it is not known yet where that is.
    Open(OpenChunk),
}

#[derive(Debug, Clone)]
pub(super) struct OpenChunk {
    pub(super) from: String,
    pub(super) lines: u32,
    pub(super) sha256: String,
    /// Lines of the member before it.
    pub(super) skip: u32,
}

impl Slot {
    /// The member that was open is there now.
    pub(super) fn place(&mut self, member: Place) {
        if let Self::Open(chunk) = self {
            let OpenChunk {
                from,
                lines,
                sha256,
                skip,
            } = chunk.clone();
            *self = Self::Placed(ChunkRef {
                from,
                lines,
                sha256,
                place: Place { skip, ..member },
            });
        }
    }

    pub(super) fn placed(self) -> Option<ChunkRef> {
        match self {
            Self::Placed(chunk) => Some(chunk),
            Self::Open(_) => None,
        }
    }
}

/// The line of a repository on its way into the index.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) line: IndexLine,
    pub(super) lines: Lines,
    /// The segment that has it in the base.
    pub(super) known: Option<Arc<KnownSegment>>,
}

/// Where the lines of a repository are.
#[derive(Debug)]
pub(super) enum Lines {
    Slots(Vec<Slot>),
    /// Where its line of the index says.
    There,
    /// The same; and this is the text of that line.
    AsBefore(Bytes),
}

impl Waiting {
    pub(super) fn slots(&mut self) -> &mut [Slot] {
        match &mut self.lines {
            Lines::Slots(slots) => slots,
            Lines::There | Lines::AsBefore(_) => &mut [],
        }
    }

    pub(super) fn is_open(&mut self) -> bool {
        self.slots().iter().any(|slot| matches!(slot, Slot::Open(_)))
    }

    /// The line and its text, once no slot is open.
    pub(super) fn finish(mut self) -> (IndexLine, Bytes) {
        match self.lines {
            Lines::AsBefore(text) => return (self.line, text),
            Lines::There => {}
            Lines::Slots(slots) => {
                self.line.chunks = Chunks::Here(slots.into_iter().filter_map(Slot::placed).collect())
            }
        }
        let mut text = Vec::new();
        encode_line(&self.line, &mut text);
        (self.line, text.into())
    }
}
