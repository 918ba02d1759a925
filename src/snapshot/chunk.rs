//! Chunks: the lines of a repository, cut by their keys.

use serde::{Deserialize, Serialize};

use super::cut::begins_with;
use crate::hash::sha256;

/// One line in so many begins a chunk. With [`MOST`] the mean is 500.
const EVERY: u64 = 625;
/// Lines of a chunk at the very most.
pub const MOST: u32 = 1_000;

/// Some consecutive lines of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chunk {
    /// Key of the first line.
    pub from: String,
    pub lines: u32,
    /// `sha256:` of the text.
    pub sha256: String,
    /// The lines, each with its newline.
    pub text: String,
}

/// Cuts lines into chunks. Where it cuts depends on the lines alone, so that a line that comes, goes or changes leaves the
/// chunks as they are that do not touch it. A value: it is written down when an invocation ends between two pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunker {
    from: String,
    lines: u32,
    text: String,
}

impl Chunker {
    /// Takes a line without its newline; the chunk that ends before it, if one does.
    pub fn push(&mut self, key: &str, line: &str) -> Option<Chunk> {
        let ends = self.lines >= MOST || (self.lines > 0 && begins_with(key, EVERY));
        let ended = if ends { self.take() } else { None };
        if self.lines == 0 {
            key.clone_into(&mut self.from);
        }
        self.lines += 1;
        self.text.push_str(line);
        self.text.push('\n');
        ended
    }

    /// The last chunk, at the end of the lines.
    pub fn take(&mut self) -> Option<Chunk> {
        let open = std::mem::take(self);
        (open.lines > 0).then(|| Chunk {
            sha256: sha256(open.text.as_bytes()),
            from: open.from,
            lines: open.lines,
            text: open.text,
        })
    }

    /// Bytes that it keeps in memory.
    pub fn held(&self) -> usize {
        self.text.len()
    }
}

#[cfg(test)]
mod tests;
