//! What the inventory of a registry tells the rules on tags and signatures.

use serde::{Deserialize, Serialize};

/// Sums over the repositories of one registry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventorySummary {
    /// Whether every repository was read to its end; a partial inventory can show a failure, never a pass.
    pub complete: bool,
    pub production_tags: ProductionTags,
    /// Images (manifests that are no referrers) with at least one tag.
    pub tagged_images: u64,
    /// Those of them with a Notary Project or cosign signature among their referrers.
    pub signed_images: u64,
    /// Manifests that may be signatures, of which the lists do not say what they sign: a Notary Project signature names
    /// its image inside, where nobody has looked.
    #[serde(default)]
    pub unattributed_signatures: u64,
    /// The first few unsigned ones, as `repository:tag`.
    #[serde(default)]
    pub unsigned_examples: Vec<String>,
}

/// Tags that match the profile's production patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductionTags {
    /// `writeEnabled` is false on the tag or on its manifest.
    pub locked: u64,
    pub unlocked: u64,
    /// The first few unlocked ones, as `repository:tag`.
    #[serde(default)]
    pub unlocked_examples: Vec<String>,
}
