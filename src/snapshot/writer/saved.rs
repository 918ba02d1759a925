//! The writer as a value: what stands in a checkpoint, and what in its carry.

use serde::{Deserialize, Serialize};

use super::{Limits, Slot, SnapshotWriter, Sums};
use crate::inventory::generation::Generation;
use crate::inventory::index::ChunkRef;
use crate::inventory::manifest::{PackRef, SegmentRef, SnapshotManifest};
use crate::names::{LoginServer, RepositoryName};
use crate::snapshot::SnapshotError;
use crate::snapshot::pack::SavedPack;
use crate::snapshot::segment::OpenSegment;
use crate::store::Store;

/// A snapshot that goes on in another invocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// What is in the store: the checkpoint names it, so that nobody deletes it.
    pub segments: Vec<SegmentRef>,
    pub packs: Vec<PackRef>,
    /// What is not: it is part of the carry.
    pub carry: WriterCarry,
}

/// The open ends of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriterCarry {
    /// The snapshot whose packs and segments may be referred to.
    base: Option<Generation>,
    next_pack: u32,
    /// Last repository that was taken.
    last: Option<RepositoryName>,
    sums: Sums,
    /// Chunks of the repository that was being taken; all of them are in packs.
    current: Vec<ChunkRef>,
    segment: OpenSegment,
    pack: Option<SavedPack>,
}

impl WriterCarry {
    /// The repository that was taken last: those behind it come next.
    pub fn last(&self) -> Option<&RepositoryName> {
        self.last.as_ref()
    }
}

impl<'a> SnapshotWriter<'a> {
    /// The writer as it stands, for a checkpoint; it can go on.
    pub async fn save(&mut self) -> Result<Saved, SnapshotError> {
        self.close_member().await?;
        let pack = self.packs.save().await?;
        let current = self.current.iter().filter_map(|slot| match slot {
            Slot::Placed(chunk) => Some(chunk.clone()),
            Slot::Open(_) => None,
        });
        Ok(Saved {
            segments: self.segments.closed.clone(),
            packs: self.packs.closed.clone(),
            carry: WriterCarry {
                base: self.base.clone(),
                next_pack: self.packs.next,
                last: self.last.clone(),
                sums: self.sums.clone(),
                current: current.collect(),
                segment: self.segments.open.clone(),
                pack,
            },
        })
    }

    /// Goes on from a checkpoint, over the same base.
    pub async fn resume(
        store: &'a Store,
        login_server: &'a LoginServer,
        generation: &'a Generation,
        base: Option<&SnapshotManifest>,
        limits: Limits,
        saved: Saved,
    ) -> Result<Self, SnapshotError> {
        let mut writer = Self::begin(store, login_server, generation, base, limits);
        let carry = saved.carry;
        if writer.base != carry.base {
            let named =
                |base: &Option<Generation>| base.as_ref().map_or("no snapshot".to_owned(), Generation::to_string);
            let what = format!(
                "it was begun over {} and not over {}",
                named(&carry.base),
                named(&writer.base)
            );
            return Err(SnapshotError::Misuse { what });
        }
        writer.packs.next = carry.next_pack;
        writer.packs = writer.packs.resume(saved.packs, carry.pack).await?;
        writer.segments.closed = saved.segments;
        writer.segments.open = carry.segment;
        writer.current = carry.current.into_iter().map(Slot::Placed).collect();
        writer.sums = carry.sums;
        writer.last = carry.last;
        Ok(writer)
    }
}
