//! Reading a stored document line by line in bounded memory.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};

use super::StoreError;

/// Longest line of any document, bytes; longer means the document is not one of ours.
const LINE_CAP: usize = 4 << 20;

/// Up to this size a document is kept while it is read, so that it can be read again without asking the store, bytes.
const KEPT: usize = 256 << 10;

/// Reads one version of a document in pieces. A line within one piece is a part of it, not a copy.
pub struct LineReader {
    name: String,
    chunks: BoxStream<'static, Result<Bytes, StoreError>>,
    /// What is left of the piece being read.
    current: Bytes,
    /// The beginning of a line that goes on in the next piece.
    begun: BytesMut,
    /// Pieces to read again before any other.
    again: VecDeque<Bytes>,
    /// What has been read so far; none once it is more than [`KEPT`].
    kept: Option<Vec<Bytes>>,
}

impl std::fmt::Debug for LineReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LineReader")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl LineReader {
    /// Reads `chunks` of the document `name` (for messages).
    pub fn new(name: String, chunks: BoxStream<'static, Result<Bytes, StoreError>>) -> Self {
        Self {
            name,
            chunks,
            current: Bytes::new(),
            begun: BytesMut::new(),
            again: VecDeque::new(),
            kept: Some(Vec::new()),
        }
    }

    /// Goes back to the beginning; false if the document is too large for that.
    pub(crate) fn rewind(&mut self) -> bool {
        let Some(kept) = &self.kept else { return false };
        self.again = kept.iter().cloned().collect();
        self.current.clear();
        self.begun.clear();
        true
    }

    /// Reads lines that are in memory already.
    pub(crate) fn over(name: String, lines: Bytes) -> Self {
        Self {
            current: lines,
            kept: None,
            ..Self::new(name, stream::empty().boxed())
        }
    }

    /// The next line without its newline; none at the end. A last line without newline counts.
    pub async fn next_line(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.current) {
                let mut line = self.current.split_to(at + 1);
                line.truncate(at);
                if self.begun.is_empty() {
                    return Ok(Some(line));
                }
                self.begun.extend_from_slice(&line);
                return Ok(Some(self.begun.split().freeze()));
            }
            self.begun.extend_from_slice(&self.current);
            self.current.clear();
            if self.begun.len() > LINE_CAP {
                return Err(self.too_large(LINE_CAP));
            }
            if !self.fill().await? {
                let rest = self.begun.split().freeze();
                return Ok((!rest.is_empty()).then_some(rest));
            }
        }
    }

    /// Everything that is left, at most `cap` bytes.
    pub async fn read_to_end(&mut self, cap: usize) -> Result<Vec<u8>, StoreError> {
        loop {
            self.begun.extend_from_slice(&self.current);
            self.current.clear();
            if self.begun.len() > cap {
                return Err(self.too_large(cap));
            }
            if !self.fill().await? {
                return Ok(self.begun.split().into());
            }
        }
    }

    /// The next piece as it comes; none at the end. Not to be mixed with `next_line`.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, StoreError> {
        self.chunks.try_next().await
    }

    /// Takes the next piece; false at the end.
    async fn fill(&mut self) -> Result<bool, StoreError> {
        if let Some(chunk) = self.again.pop_front() {
            self.current = chunk;
            return Ok(true);
        }
        let Some(chunk) = self.chunks.try_next().await? else {
            return Ok(false);
        };
        self.keep(chunk.clone());
        self.current = chunk;
        Ok(true)
    }

    fn keep(&mut self, chunk: Bytes) {
        let Some(kept) = &mut self.kept else { return };
        kept.push(chunk);
        if kept.iter().map(Bytes::len).sum::<usize>() > KEPT {
            self.kept = None;
        }
    }

    fn too_large(&self, cap: usize) -> StoreError {
        StoreError::TooLarge {
            key: self.name.clone(),
            cap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LineReader;
    use bytes::Bytes;
    use futures_util::{StreamExt as _, stream};
    use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_the_bytes_are_cut(
            lines in prop::collection::vec("[a-z]{0,20}", 0..20),
            size in (1usize..50).prop_filter("size", |n| *n > 0),
            _seed in any::<u8>(),
        ) {
            let mut text = lines.join("\n");
            text.push('\n');
            let chunks: Vec<_> = text.as_bytes().chunks(size).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
            let mut reader = LineReader::new("x".into(), stream::iter(chunks).boxed());
            let read = futures_util::FutureExt::now_or_never(async {
                let mut read = Vec::new();
                while let Some(line) = reader.next_line().await.unwrap() {
                    read.push(String::from_utf8(line.to_vec()).unwrap());
                }
                read
            }).unwrap();
            let expected = if lines.is_empty() { vec![String::new()] } else { lines };
            prop_assert_eq!(read, expected);
        }
    }
}
