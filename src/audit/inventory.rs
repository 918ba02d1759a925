//! What a stored snapshot says to the rules on tags and signatures, and to the questions that join it with access.

mod fold;
pub mod line;
pub mod signature;
pub mod snapshot;

use crate::collect::CollectError;
use crate::inventory::problem::Completeness;
use crate::inventory::registry::RegistryDocument;
use crate::posture::inventory_summary::InventorySummary;
use crate::posture::profile::Profile;
use crate::store::Store;
use fold::Fold;
pub(super) use fold::tag_patterns;
pub use snapshot::Snapshot;

/// The repositories of a registry, and what its rules ask about them.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Names in the order of the catalog.
    pub repositories: Vec<String>,
    pub summary: InventorySummary,
}

/// Reads the current snapshot of a registry; none when there is none. Memory: one packed part, and the digests of one
/// repository's tags.
pub async fn stored(
    store: &Store,
    document: &RegistryDocument,
    profile: &Profile,
) -> Result<Option<Stored>, CollectError> {
    let Some(snapshot) = Snapshot::open(store, document).await? else {
        return Ok(None);
    };
    let mut fold = Fold::new(&profile.production_tag_patterns);
    snapshot.lines(|line| fold.line(line)).await?;
    Ok(Some(Stored {
        repositories: snapshot.names(),
        summary: fold.finish(snapshot.completeness() == Completeness::Complete),
    }))
}
