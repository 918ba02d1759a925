//! What people do to registries while an inventory runs: push, untag, delete, lock.

use sha2::{Digest as _, Sha256};

use super::change::Change;
use super::seed::{OCI_INDEX, OCI_MANIFEST, digest, image};
use super::{Attributes, Manifest, Reference, World};
use crate::clock::timestamp;

impl World {
    /// Pushes a new single-platform image and moves `tag` to it; its digest. Nothing happens in an unknown registry.
    pub fn push_image(&mut self, login_server: &str, repository: &str, tag: &str) -> String {
        self.mutations += 1;
        let now = self.clock.now();
        let digest = digest(
            self.seed,
            &format!("{login_server}/{repository}/push/{}", self.mutations),
        );
        let manifest = image(&digest, &timestamp(now));
        self.change(
            login_server,
            Change::Push {
                repository: repository.to_owned(),
                manifests: vec![(digest.clone(), manifest)],
                tag: Some(tag.to_owned()),
                digest: digest.clone(),
                at: now,
            },
        );
        digest
    }

    /// Pushes a multi-platform image as BuildKit does, an image and its attestation for each architecture, all of them
    /// untagged, and moves `tag` to their index; the digest of the index.
    pub fn push_multi_platform(
        &mut self,
        login_server: &str,
        repository: &str,
        tag: &str,
        architectures: &[&str],
    ) -> String {
        self.mutations += 1;
        let now = self.clock.now();
        let at = timestamp(now);
        let path = format!("{login_server}/{repository}/push/{}", self.mutations);
        let (mut manifests, mut references) = (Vec::new(), Vec::new());
        for architecture in architectures {
            let pushed = digest(self.seed, &format!("{path}/{architecture}"));
            let attestation = digest(self.seed, &format!("{path}/{architecture}/attestation"));
            let child = |digest: &str, architecture: &str, os: &str, attests: Option<String>| Reference {
                digest: digest.to_owned(),
                architecture: architecture.to_owned(),
                os: os.to_owned(),
                attests,
            };
            references.push(child(&pushed, architecture, "linux", None));
            references.push(child(&attestation, "unknown", "unknown", Some(pushed.clone())));
            let config = Some("application/vnd.oci.image.config.v1+json".to_owned());
            let manifest = |digest: &str, architecture: &str, os: &str| Manifest {
                media_type: OCI_MANIFEST.to_owned(),
                config_media_type: config.clone(),
                architecture: Some(architecture.to_owned()),
                os: Some(os.to_owned()),
                ..image(digest, &at)
            };
            manifests.push((pushed.clone(), manifest(&pushed, architecture, "linux")));
            manifests.push((attestation.clone(), manifest(&attestation, "unknown", "unknown")));
        }
        let index = Manifest {
            media_type: OCI_INDEX.to_owned(),
            image_size: 1_480 * references.len() as u64,
            created: at.clone(),
            last_update: at,
            references,
            ..Manifest::default()
        };
        let digest = sha256_digest(&index.body());
        manifests.push((digest.clone(), index));
        let change = Change::Push {
            repository: repository.to_owned(),
            manifests,
            tag: Some(tag.to_owned()),
            digest: digest.clone(),
            at: now,
        };
        self.change(login_server, change);
        digest
    }

    /// Removes a tag and leaves its manifest.
    pub fn delete_tag(&mut self, login_server: &str, repository: &str, tag: &str) {
        let change = Change::DeleteTag {
            repository: repository.to_owned(),
            tag: tag.to_owned(),
            at: self.clock.now(),
        };
        self.change(login_server, change);
    }

    /// Removes a manifest and every tag that points at it.
    pub fn delete_manifest(&mut self, login_server: &str, repository: &str, digest: &str) {
        let change = Change::DeleteManifest {
            repository: repository.to_owned(),
            digest: digest.to_owned(),
            at: self.clock.now(),
        };
        self.change(login_server, change);
    }

    /// Removes a repository with everything in it.
    pub fn delete_repository(&mut self, login_server: &str, repository: &str) {
        let change = Change::DeleteRepository {
            repository: repository.to_owned(),
        };
        self.change(login_server, change);
    }

    /// Locks a tag: neither write nor delete.
    pub fn lock_tag(&mut self, login_server: &str, repository: &str, tag: &str) {
        let change = Change::Attributes {
            repository: repository.to_owned(),
            item: Some(tag.to_owned()),
            attributes: Attributes {
                delete_enabled: false,
                write_enabled: false,
                ..Attributes::default()
            },
        };
        self.change(login_server, change);
    }

    /// Makes any change in a registry, now by the world's clock.
    pub fn change(&mut self, login_server: &str, change: Change) {
        let now = self.clock.now();
        if let Some(registry) = self.registries.get_mut(login_server) {
            registry.change(change, now);
        }
    }
}

/// The content digest of bytes, as the registry computes it for a pushed manifest.
pub fn sha256_digest(content: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(content)))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
