//! Multi-platform images as BuildKit pushes them: an index, and for each platform an image and its attestation, all of
//! them in the manifest list and untagged; at most the index has a tag.

use super::mutate::sha256_digest;
use super::seed::{OCI_INDEX, OCI_MANIFEST, image};
use super::{Manifest, Reference};

/// One platform of an image.
pub(super) struct Platform<'a> {
    pub(super) architecture: &'a str,
    /// Digest of the image.
    pub(super) image: String,
    /// Digest of its attestation.
    pub(super) attestation: String,
}

/// The index of these platforms; its digest is the sha256 of its body.
pub(super) fn index(platforms: &[Platform<'_>], at: &str) -> (String, Manifest) {
    let references = platforms.iter().flat_map(|platform| {
        let child = |digest: &str, architecture: &str, os: &str, attests: Option<String>| Reference {
            digest: digest.to_owned(),
            architecture: architecture.to_owned(),
            os: os.to_owned(),
            attests,
        };
        let image = &platform.image;
        [
            child(image, platform.architecture, "linux", None),
            child(&platform.attestation, "unknown", "unknown", Some(image.clone())),
        ]
    });
    let references: Vec<Reference> = references.collect();
    let index = Manifest {
        media_type: OCI_INDEX.to_owned(),
        image_size: 1_480 * references.len() as u64,
        created: at.to_owned(),
        last_update: at.to_owned(),
        references,
        ..Manifest::default()
    };
    (sha256_digest(&index.body()), index)
}

/// What an index refers to: each platform's image, then its attestation.
pub(super) fn children(platforms: &[Platform<'_>], at: &str) -> impl Iterator<Item = (String, Manifest)> {
    platforms.iter().flat_map(move |platform| {
        [
            (
                platform.image.clone(),
                child(&platform.image, platform.architecture, "linux", at),
            ),
            (
                platform.attestation.clone(),
                child(&platform.attestation, "unknown", "unknown", at),
            ),
        ]
    })
}

/// A manifest that an index refers to.
pub(super) fn child(digest: &str, architecture: &str, os: &str, at: &str) -> Manifest {
    Manifest {
        media_type: OCI_MANIFEST.to_owned(),
        config_media_type: Some("application/vnd.oci.image.config.v1+json".to_owned()),
        architecture: Some(architecture.to_owned()),
        os: Some(os.to_owned()),
        ..image(digest, at)
    }
}
