//! Writing a document in pieces that becomes visible all at once.

use std::sync::atomic::Ordering;

use azure_core::http::Etag;

use super::blob::StagedBlocks;
use super::directory::TemporaryFile;
use super::{Backend, Condition, Store, StoreError};

/// Pieces up to this size stay in memory; a document that fits is written in one operation, bytes.
const PIECE: usize = 4 << 20;

/// A document being written. Dropped without a commit, nothing of it is ever visible.
#[derive(Debug)]
pub struct StagedWriter<'a> {
    store: &'a Store,
    name: String,
    is_synced: bool,
    buffer: Vec<u8>,
    spilled: Spilled,
}

#[derive(Debug)]
enum Spilled {
    Nothing,
    Blocks(StagedBlocks),
    File(TemporaryFile),
}

impl<'a> StagedWriter<'a> {
    pub(super) fn new(store: &'a Store, name: String, is_synced: bool) -> Self {
        Self {
            store,
            name,
            is_synced,
            buffer: Vec::new(),
            spilled: Spilled::Nothing,
        }
    }

    /// Adds bytes; goes to the store once enough have come together.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE {
            self.spill().await?;
        }
        Ok(())
    }

    /// Makes the document visible under the condition; the new version.
    pub async fn commit(mut self, condition: Condition) -> Result<Etag, StoreError> {
        if !matches!(self.spilled, Spilled::Nothing) && !self.buffer.is_empty() {
            self.spill().await?;
        }
        self.store.operations.writes.fetch_add(1, Ordering::Relaxed);
        match (&self.store.backend, self.spilled) {
            (Backend::Blob(blob), Spilled::Blocks(blocks)) => blob.commit_blocks(&self.name, blocks, condition).await,
            (Backend::Blob(blob), _) => blob.put(&self.name, self.buffer, condition).await,
            (Backend::Directory(directory), Spilled::File(file)) => {
                directory.commit(&self.name, file, condition, self.is_synced).await
            }
            (Backend::Directory(directory), _) => {
                directory.put(&self.name, self.buffer, condition, self.is_synced).await
            }
        }
    }

    /// Everything written so far, while it is in memory; none once some of it went to the store.
    pub fn held(&self) -> Option<&[u8]> {
        matches!(self.spilled, Spilled::Nothing).then_some(self.buffer.as_slice())
    }

    async fn spill(&mut self) -> Result<(), StoreError> {
        let piece = std::mem::take(&mut self.buffer);
        match &self.store.backend {
            Backend::Blob(blob) => {
                self.store.operations.writes.fetch_add(1, Ordering::Relaxed);
                let mut blocks = match std::mem::replace(&mut self.spilled, Spilled::Nothing) {
                    Spilled::Blocks(blocks) => blocks,
                    _ => StagedBlocks::default(),
                };
                blob.stage_block(&self.name, &mut blocks, piece.into()).await?;
                self.spilled = Spilled::Blocks(blocks);
            }
            Backend::Directory(directory) => {
                let file = match std::mem::replace(&mut self.spilled, Spilled::Nothing) {
                    Spilled::File(file) => directory.append_temporary(&self.name, file, piece).await?,
                    _ => directory.write_temporary(&self.name, piece).await?,
                };
                self.spilled = Spilled::File(file);
            }
        }
        Ok(())
    }
}
