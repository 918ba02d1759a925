//! What the lists of a registry tell of signatures.
//!
//! cosign names the image in a tag, `sha256-{digest}.sig`. A Notary Project signature, and what newer cosign pushes, names
//! it inside the manifest, which an inventory of lists does not hold: of those it is not known what they sign.

use crate::inventory::repository::ManifestRecord;

/// Configuration types of manifests that hold a signature.
const SIGNATURES: [&str; 2] = [
    "application/vnd.cncf.notary.signature",
    "application/vnd.cncf.notary.v2.signature",
];
/// Configuration type of artifacts that say only inside what they are.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Media type of manifests that are artifacts and no images.
const ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";

/// Whether a manifest may be the signature of some image.
pub fn may_sign(manifest: &ManifestRecord) -> bool {
    let config = manifest.config_media_type.as_deref().unwrap_or_default();
    SIGNATURES.contains(&config) || config == EMPTY || manifest.media_type.as_deref() == Some(ARTIFACT)
}

/// A tag that is attached to an image by its name.
#[derive(Debug, PartialEq, Eq)]
pub enum Attached {
    /// The signature of the image with this digest.
    Signature(String),
    /// An attestation, a bill of materials, or the fallback for registries without referrers.
    Other,
}

/// What a tag is attached to; none for a tag of an image.
pub fn attached(tag: &str) -> Option<Attached> {
    let rest = tag.strip_prefix("sha256-")?;
    let (subject, kind) = rest.split_once('.').unwrap_or((rest, ""));
    let is_digest = subject.len() == 64 && subject.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| match kind {
        "sig" => Attached::Signature(format!("sha256:{subject}")),
        _ => Attached::Other,
    })
}
