//! What a stored snapshot says to the rules on tags and signatures, and to the questions that join it with access.

mod fold;
pub mod line;
mod packed;
pub mod snapshot;

use crate::collect::CollectError;
use crate::inventory::problem::Completeness;
use crate::inventory::snapshot::SnapshotPointer;
use crate::names::LoginServer;
use crate::posture::inventory_summary::InventorySummary;
use crate::posture::profile::Profile;
use crate::store::Store;
use fold::Fold;
pub(super) use fold::tag_patterns;
use line::Line;
pub use snapshot::Snapshot;

/// The repositories of a registry, and what its rules ask about them.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Names in the order of the catalog.
    pub repositories: Vec<String>,
    pub summary: InventorySummary,
}

/// Reads a snapshot of a registry as a stream. Memory: one piece of it, and the digests of one repository's tags.
pub async fn stored(
    store: &Store,
    login_server: &LoginServer,
    snapshot: &SnapshotPointer,
    profile: &Profile,
) -> Result<Stored, CollectError> {
    stored_without(store, login_server, snapshot, profile, |_| false).await
}

/// The same, with sums over the repositories that are not left out.
pub async fn stored_without(
    store: &Store,
    login_server: &LoginServer,
    snapshot: &SnapshotPointer,
    profile: &Profile,
    mut left_out: impl FnMut(&str) -> bool,
) -> Result<Stored, CollectError> {
    let snapshot = Snapshot::open(store, login_server, snapshot).await?;
    let mut fold = Fold::new(&profile.production_tag_patterns);
    let mut counts = true;
    let take = |line| {
        if let Line::Header(header) = &line {
            counts = !left_out(header.repository.as_str());
        }
        if counts {
            fold.line(line);
        }
    };
    snapshot.lines(take).await?;
    Ok(Stored {
        repositories: snapshot.names(),
        summary: fold.finish(snapshot.completeness() == Completeness::Complete),
    })
}
