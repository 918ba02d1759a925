//! A repository's lines on their way into the snapshot: small ones in memory, large ones straight into a part of
//! their own.

use super::CollectError;
use super::part::{PartKind, PartWriter};
use crate::inventory::generation::Generation;
use crate::inventory::snapshot::PartRef;
use crate::names::LoginServer;
use crate::store::Store;

/// Up to this size a repository's lines wait in memory for their turn, bytes; times the concurrency, this bounds the
/// memory of a walk.
const INLINE: usize = 512 << 10;

/// Where the lines of one repository go.
#[derive(Debug)]
pub(super) struct Capture<'a> {
    store: &'a Store,
    login_server: &'a LoginServer,
    generation: &'a Generation,
    inline: Vec<u8>,
    part: Option<PartWriter<'a>>,
}

/// What became of them.
#[derive(Debug)]
pub(super) enum Captured {
    /// Lines to be added to the part that repositories share.
    Inline(Vec<u8>),
    /// A part of its own, written already.
    Part(PartRef),
}

impl<'a> Capture<'a> {
    pub(super) fn new(store: &'a Store, login_server: &'a LoginServer, generation: &'a Generation) -> Self {
        Self {
            store,
            login_server,
            generation,
            inline: Vec::new(),
            part: None,
        }
    }

    /// Adds lines, each with its newline.
    pub(super) async fn write(&mut self, lines: &[u8]) -> Result<(), CollectError> {
        if let Some(part) = &mut self.part {
            return part.write(lines).await;
        }
        self.inline.extend_from_slice(lines);
        if self.inline.len() > INLINE {
            let mut part = PartWriter::new(self.store, self.login_server, self.generation, PartKind::Documents);
            part.write(&std::mem::take(&mut self.inline)).await?;
            self.part = Some(part);
        }
        Ok(())
    }

    /// Ends the repository.
    pub(super) async fn finish(self) -> Result<Captured, CollectError> {
        match self.part {
            Some(mut part) => {
                part.count_repository();
                part.finish().await.map(Captured::Part)
            }
            None => Ok(Captured::Inline(self.inline)),
        }
    }
}
