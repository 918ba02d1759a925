//! The list of a long repository's chunks: a gzip member of its own.

use std::collections::BTreeMap;

use super::SnapshotWriter;
use crate::hash::sha256;
use crate::inventory::encode_line;
use crate::inventory::index::{ChunkList, ChunkRef, Chunks};
use crate::snapshot::{BaseLine, SnapshotError};

impl SnapshotWriter<'_> {
    /// Writes the list, unless the base has the same. No member may be open.
    ///
    /// It follows from chunks that are new or were moved, or is moved because its own pack is being retired. As it comes
    /// after the chunks, all that is moved can be more than what is allowed by one list.
    pub(super) async fn list(
        &mut self,
        chunks: &[ChunkRef],
        base: Option<&BaseLine>,
    ) -> Result<ChunkList, SnapshotError> {
        let (mut text, mut packs) = (Vec::new(), BTreeMap::new());
        for chunk in chunks {
            encode_line(chunk, &mut text);
            *packs.entry(chunk.place.pack).or_insert(0) += u64::from(chunk.lines);
        }
        let sha256 = sha256(&text);
        if let Some(Chunks::Listed(list)) = base.map(|base| &base.line.chunks)
            && list.sha256 == sha256
            && !(self.retiring.contains(&list.place.pack) && self.sums.allows(text.len()))
        {
            return Ok(list.clone());
        }
        self.sums.moved_bytes += text.len() as u64;
        let lines = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
        Ok(ChunkList {
            chunks: lines,
            sha256,
            place: self.packs.own_member(&text, lines).await?,
            packs: packs.into_iter().collect(),
        })
    }
}
