//! The end of a snapshot: its manifest.

use super::SnapshotWriter;
use crate::inventory::SCHEMA_VERSION;
use crate::inventory::manifest::{PackRef, SnapshotManifest};
use crate::inventory::pointer::SnapshotPointer;
use crate::inventory::problem::Completeness;
use crate::snapshot::SnapshotError;

impl SnapshotWriter<'_> {
    /// No repository follows: what is open goes into the store, so that nothing of it has to be carried.
    pub async fn seal(&mut self) -> Result<(), SnapshotError> {
        self.must_be_ended()?;
        self.close_member().await?;
        self.segments.close().await?;
        self.packs.close().await
    }

    /// Ends the snapshot; everything it names is in the store. `catalog`: how much of the catalog was read.
    pub async fn finish(
        mut self,
        catalog: Completeness,
        previous: Option<SnapshotPointer>,
    ) -> Result<SnapshotManifest, SnapshotError> {
        self.seal().await?;
        let packs = self.base_packs.into_iter().chain(self.packs.closed);
        let packs: Vec<PackRef> = packs
            .filter_map(|pack| {
                let alive = *self.sums.alive.get(&pack.number)?;
                Some(PackRef { alive, ..pack })
            })
            .collect();
        if packs.len() != self.sums.alive.len() {
            let what = "lines of it are in packs that neither it nor its base has".to_owned();
            return Err(SnapshotError::Misuse { what });
        }
        let is_complete = catalog == Completeness::Complete && self.sums.incomplete_repositories == 0;
        Ok(SnapshotManifest {
            schema_version: SCHEMA_VERSION,
            login_server: self.login_server.clone(),
            generation: self.generation.clone(),
            completeness: match is_complete {
                true => Completeness::Complete,
                false => Completeness::Partial,
            },
            catalog,
            totals: self.sums.totals,
            incomplete_repositories: self.sums.incomplete_repositories,
            changed_bytes: self.sums.changed_bytes,
            next_pack: self.packs.next,
            segments: self.segments.closed,
            packs,
            previous: previous.map(Box::new),
        })
    }
}
