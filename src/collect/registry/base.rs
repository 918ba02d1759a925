//! The snapshot that a run begins with: what its own is compared with, and whose packs and segments it may name again.

use std::collections::BTreeSet;

use super::RegistryWork;
use crate::chain::chain;
use crate::collect::checkpoint::Checkpoint;
use crate::collect::stored::unreadable;
use crate::collect::stored_names::Known;
use crate::collect::{CollectError, carry};
use crate::inventory::index::ChunkRef;
use crate::inventory::manifest::SnapshotManifest;
use crate::inventory::pointer::SnapshotPointer;
use crate::inventory::refresh::RefreshDocument;
use crate::snapshot::{BaseLine, KnownChunks, Limits, Saved, Snapshot, SnapshotError, SnapshotWriter, retiring};

/// The base of a snapshot in the making.
#[derive(Debug)]
pub(in crate::collect) struct Base<'a> {
    snapshot: Option<Snapshot<'a>>,
    retiring: BTreeSet<u32>,
}

impl<'a> Base<'a> {
    /// Opens the snapshot that the checkpoint names.
    pub(in crate::collect) async fn open(
        work: &RegistryWork<'a>,
        pointer: Option<&SnapshotPointer>,
    ) -> Result<Self, CollectError> {
        let snapshot = match pointer {
            Some(pointer) => Some(Snapshot::open(work.store, work.login_server, pointer.into()).await?),
            None => None,
        };
        let packs = snapshot.as_ref().map(|snapshot| snapshot.manifest());
        let retiring = packs.map(|base| retiring(&base.packs, base.changed_bytes, &Limits::default()));
        Ok(Self {
            snapshot,
            retiring: retiring.unwrap_or_default(),
        })
    }

    /// Whether a snapshot can be a base: one that cannot be read costs reads and bytes, not the run.
    pub(in crate::collect) async fn usable(
        work: &RegistryWork<'a>,
        pointer: Option<SnapshotPointer>,
    ) -> Result<Option<SnapshotPointer>, CollectError> {
        let Some(pointer) = pointer else { return Ok(None) };
        match Snapshot::open(work.store, work.login_server, (&pointer).into()).await {
            Ok(_) => Ok(Some(pointer)),
            Err(SnapshotError::Store(error)) => Err(error.into()),
            Err(error) => {
                tracing::warn!(login_server = %work.login_server, error = %chain(&error), "the last snapshot is left out");
                Ok(None)
            }
        }
    }

    pub(super) fn manifest(&self) -> Option<&SnapshotManifest> {
        self.snapshot.as_ref().map(Snapshot::manifest)
    }

    /// The writer of the snapshot, from where the checkpoint stands.
    pub(in crate::collect) async fn writer<'w>(
        &self,
        work: &RegistryWork<'w>,
        document: &'w RefreshDocument,
    ) -> Result<SnapshotWriter<'w>, CollectError> {
        let (store, server, generation) = (work.store, work.login_server, &document.generation);
        let (base, limits) = (self.manifest(), Limits::default());
        let Some(carried) = &document.carry else {
            return Ok(SnapshotWriter::begin(store, server, generation, base, limits));
        };
        let Some(carry) = carry::read(store, server, carried).await? else {
            return Err(absent(work, document).await?);
        };
        let saved = Saved {
            segments: document.segments.clone(),
            packs: document.packs.clone(),
            carry,
        };
        Ok(SnapshotWriter::resume(store, server, generation, base, limits, saved).await?)
    }

    /// The snapshot with what it says of a repository.
    pub(super) fn of<'s>(&'s self, known: &'s Known) -> Option<(&'s Snapshot<'a>, &'s BaseLine)> {
        self.snapshot.as_ref().zip(known.base.as_ref())
    }

    /// What the base has of a repository's lines.
    pub(super) async fn chunks(&self, known: &Known) -> Result<KnownChunks, CollectError> {
        let chunks = self.references(known).await?.unwrap_or_default();
        Ok(KnownChunks::new(chunks, &self.retiring))
    }

    /// Hashes of the chunks that the base has of a repository; none where it has none, or they cannot be told.
    pub(super) async fn hashes(&self, known: &Known) -> Result<Option<Vec<String>>, CollectError> {
        let chunks = self.references(known).await?;
        Ok(chunks.map(|chunks| chunks.into_iter().map(|chunk| chunk.sha256).collect()))
    }

    /// Where the base has a repository's lines; none where it does not have it, or that cannot be told: they are written anew.
    async fn references(&self, known: &Known) -> Result<Option<Vec<ChunkRef>>, CollectError> {
        let (Some(snapshot), Some(base)) = (&self.snapshot, &known.base) else {
            return Ok(None);
        };
        match snapshot.references(base).await {
            Ok(chunks) => Ok(Some(chunks)),
            Err(SnapshotError::Store(error)) => Err(error.into()),
            Err(error) => {
                tracing::warn!(repository = %base.line.repository, error = %chain(&error), "its chunks are not known");
                Ok(None)
            }
        }
    }
}

/// A carry that is not there: whoever took the checkpoint over has deleted it, or nobody knows where it is.
async fn absent(work: &RegistryWork<'_>, document: &RefreshDocument) -> Result<CollectError, CollectError> {
    let now = Checkpoint::read(work.store, work.login_server).await?;
    let is_ours = now.is_some_and(|now| now.document.version == document.version);
    let what = format!("what the refresh of {} goes on from", work.login_server);
    Ok(match is_ours {
        true => unreadable(&what, "it is not there"),
        false => CollectError::Contended { what },
    })
}
