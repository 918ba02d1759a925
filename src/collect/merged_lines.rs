//! What a snapshot makes of a document's lines while they are merged: for a repository whose observed lines are not what
//! the document will hold, or are more than memory has room for.

use super::CollectError;
use super::repository::ForSnapshot;
use super::stored::unreadable;
use crate::snapshot::{Observed, RepositoryLines, SnapshotWriter};

/// Lines on their way from a merge into a snapshot.
#[derive(Debug)]
pub(super) struct MergedLines<'s, 'w> {
    snapshot: ForSnapshot<'s>,
    lines: RepositoryLines,
    /// Takes the chunks of a long repository while they are made; none: they wait in memory.
    writer: Option<&'s mut SnapshotWriter<'w>>,
}

impl<'s, 'w> MergedLines<'s, 'w> {
    pub(super) fn new(snapshot: ForSnapshot<'s>, writer: Option<&'s mut SnapshotWriter<'w>>) -> Self {
        Self {
            snapshot,
            lines: RepositoryLines::default(),
            writer,
        }
    }

    /// Whether chunks go straight into the snapshot.
    pub(super) fn is_written(&self) -> bool {
        self.writer.is_some()
    }

    /// Forgets what was taken: the lines are merged once more.
    pub(super) fn restart(&mut self) {
        self.lines = RepositoryLines::default();
        if let Some(writer) = &mut self.writer {
            writer.abandon();
        }
    }

    /// Takes a line without its newline.
    pub(super) async fn take(&mut self, line: &[u8]) -> Result<(), CollectError> {
        let malformed = |detail: String| unreadable("a line of a repository", detail);
        let line = std::str::from_utf8(line).map_err(|error| malformed(error.to_string()))?;
        let ForSnapshot { patterns, known, .. } = self.snapshot;
        self.lines.stored(line, patterns, known).map_err(malformed)?;
        if let Some(writer) = &mut self.writer {
            for piece in self.lines.take_pieces() {
                writer.piece(piece).await?;
            }
        }
        Ok(())
    }

    /// The end of the lines.
    pub(super) async fn finish(&mut self) -> Result<Observed, CollectError> {
        let ForSnapshot { patterns, known, .. } = self.snapshot;
        let mut observed = std::mem::take(&mut self.lines).finish(patterns, known);
        if let Some(writer) = &mut self.writer {
            for piece in std::mem::take(&mut observed.pieces) {
                writer.piece(piece).await?;
            }
        }
        Ok(observed)
    }
}
