//! What people do to registries while an inventory runs: push, untag, delete, lock.

use sha2::{Digest as _, Sha256};

use super::change::Change;
use super::multi_platform::{self, Platform};
use super::seed::{digest, image};
use super::{Attributes, World};
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
        let pushed = |what: &str| digest(self.seed, &format!("{path}/{what}"));
        let platforms = architectures.iter().map(|architecture| Platform {
            architecture,
            image: pushed(architecture),
            attestation: pushed(&format!("{architecture}/attestation")),
        });
        let platforms: Vec<Platform> = platforms.collect();
        let (digest, index) = multi_platform::index(&platforms, &at);
        let children = multi_platform::children(&platforms, &at);
        let manifests = children.chain([(digest.clone(), index)]).collect();
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
