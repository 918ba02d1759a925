//! Snapshot parts and indexes: gzip NDJSON under a name that is never used twice.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::CollectError;
use crate::hash::Sha256Hex;
use crate::inventory::generation::Generation;
use crate::inventory::snapshot::PartRef;
use crate::names::LoginServer;
use crate::store::{BlobKey, Condition, StagedWriter, Store};

/// What a part holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum PartKind {
    Documents,
    Index,
}

/// A part being written.
#[derive(Debug)]
pub(super) struct PartWriter<'a> {
    writer: StagedWriter<'a>,
    encoder: GzEncoder<Vec<u8>>,
    hash: Sha256Hex,
    written: PartRef,
}

impl<'a> PartWriter<'a> {
    pub(super) fn new(store: &'a Store, login_server: &LoginServer, generation: &Generation, kind: PartKind) -> Self {
        let id = crate::random::uuid();
        let (server, generation) = (login_server.clone(), generation.clone());
        let (key, name) = match kind {
            PartKind::Documents => (
                BlobKey::SnapshotPart(server, generation, id),
                format!("part-{id}.ndjson.gz"),
            ),
            PartKind::Index => (
                BlobKey::SnapshotIndex(server, generation, id),
                format!("index-{id}.ndjson.gz"),
            ),
        };
        Self {
            writer: store.writer(&key),
            encoder: GzEncoder::new(Vec::new(), Compression::fast()),
            hash: Sha256Hex::default(),
            written: PartRef {
                name,
                sha256: String::new(),
                bytes: 0,
                repositories: 0,
            },
        }
    }

    /// File name under the snapshot's folder.
    pub(super) fn name(&self) -> &str {
        &self.written.name
    }

    /// Adds lines, each with its newline.
    pub(super) async fn write(&mut self, lines: &[u8]) -> Result<(), CollectError> {
        // Writing into a Vec cannot fail.
        let _ = self.encoder.write_all(lines);
        let compressed = std::mem::take(self.encoder.get_mut());
        self.pass(&compressed).await
    }

    /// Counts one repository more.
    pub(super) fn count_repository(&mut self) {
        self.written.repositories += 1;
    }

    /// Ends the part; it is there in full when this returns.
    pub(super) async fn finish(mut self) -> Result<PartRef, CollectError> {
        let _ = self.encoder.try_finish();
        let compressed = std::mem::take(self.encoder.get_mut());
        self.pass(&compressed).await?;
        self.writer.commit(Condition::Always).await?;
        Ok(PartRef {
            sha256: self.hash.finish(),
            ..self.written
        })
    }

    async fn pass(&mut self, compressed: &[u8]) -> Result<(), CollectError> {
        self.hash.update(compressed);
        self.written.bytes += compressed.len() as u64;
        Ok(self.writer.write(compressed).await?)
    }
}
