//! Deterministic worlds: the same seed gives the same registries, digests and dates.

mod checks;
pub mod demo;
pub mod postures;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::generated::Window;
use super::mutate::{hex, sha256_digest};
use super::{Manifest, Reference, Registry, Repository, Subscription, Tag, World};
use crate::clock::timestamp;

/// Media type of a single-platform image in Docker's own format.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Media type of a multi-platform image in the OCI format.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Media type of an image or artifact in the OCI format.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// 2025-11-03T09:15:00Z, the day before which everything in a seeded world was made.
pub(super) const EPOCH_SECONDS: i64 = 1_762_161_300;

impl World {
    /// One readable subscription with one Premium registry, `bench.azurecr.io`, for measurements:
    /// every tag has a manifest of its own.
    pub fn sized(repositories: usize, tags_per_repository: usize) -> Self {
        Self::one_registry(repositories, |seed, name| {
            let mut repository = Repository::default();
            for tag in 0..tags_per_repository {
                let path = format!("{name}/{tag}");
                let at = date(seed, &path);
                let digest = digest(seed, &path);
                repository.tag(&format!("v{tag:06}"), &digest, &at);
                repository.manifests.insert(digest.clone(), image(&digest, &at));
            }
            repository.finish(&date(seed, name));
            repository
        })
    }

    /// The same with generated repositories: their content takes neither memory nor time to make, and cannot change.
    pub fn generated(repositories: usize, tags_per_repository: usize) -> Self {
        Self::one_registry(repositories, |seed, name| {
            Repository::generated(seed, name, tags_per_repository)
        })
    }

    /// The same with a tenth of the tags multi-platform, as people push them: an index of two or three images, each with
    /// its attestation, all of them in the manifest list.
    pub fn as_pushed(repositories: usize, tags_per_repository: usize) -> Self {
        Self::one_registry(repositories, |seed, name| {
            Repository::as_pushed(seed, name, tags_per_repository)
        })
    }

    /// The same registry so many times, each under a name of its own: `bench`, `bench1`, `bench2` …
    pub fn repeated(mut self, registries: usize) -> Self {
        let first = self.registries.values().next().cloned();
        for number in 1..registries {
            let Some(mut registry) = first.clone() else { break };
            let name = format!("{}{number}", registry.name);
            registry.login_server = registry.login_server.replacen(&registry.name, &name, 1);
            registry.name = name;
            self.registries.insert(registry.login_server.clone(), registry);
        }
        self
    }

    /// Holds what is generated: it can change then, costs memory, and is answered in less time.
    pub fn hold(&mut self) {
        let registries = self.registries.values_mut();
        for repository in registries.flat_map(|registry| registry.repositories.values_mut()) {
            *repository = repository.window(Window::All).into_owned();
        }
    }

    fn one_registry(repositories: usize, make: impl Fn(u64, &str) -> Repository) -> Self {
        let mut world = Self::default();
        let subscription = "5f1b4c1e-0000-4000-8000-000000000001";
        world.subscriptions.insert(
            subscription.to_owned(),
            Subscription {
                display_name: "Benchmark".to_owned(),
                readable: true,
            },
        );
        let mut registry = Registry::new(subscription, "rg-bench", "bench");
        registry.sku = "Premium".to_owned();
        for index in 0..repositories {
            let name = format!("team-{:03}/service-{index:06}", index % 100);
            let repository = make(world.seed, &name);
            registry.repositories.insert(name, repository);
        }
        world.registries.insert(registry.login_server.clone(), registry);
        world
    }
}

impl Repository {
    fn tag(&mut self, name: &str, digest: &str, at: &str) {
        self.tags.insert(
            name.to_owned(),
            Tag {
                digest: digest.to_owned(),
                created: at.to_owned(),
                last_update: at.to_owned(),
                ..Tag::default()
            },
        );
    }

    /// Adds a multi-platform index and its children; the digest of the index.
    fn push_index(&mut self, seed: u64, path: &str, platforms: &[(&str, &str)]) -> String {
        let at = date(seed, path);
        let mut references = Vec::new();
        for (position, (os, architecture)) in platforms.iter().enumerate() {
            let child = digest(seed, &format!("{path}/platform/{position}"));
            let manifest = Manifest {
                architecture: Some((*architecture).to_owned()),
                os: Some((*os).to_owned()),
                media_type: OCI_MANIFEST.to_owned(),
                config_media_type: Some("application/vnd.oci.image.config.v1+json".to_owned()),
                ..image(&child, &at)
            };
            references.push(Reference {
                digest: child.clone(),
                architecture: (*architecture).to_owned(),
                os: (*os).to_owned(),
                attests: None,
            });
            self.manifests.insert(child, manifest);
        }
        let manifest = Manifest {
            media_type: OCI_INDEX.to_owned(),
            image_size: 1_480 * platforms.len() as u64,
            created: at.clone(),
            last_update: at,
            references,
            ..Manifest::default()
        };
        let index = sha256_digest(&manifest.body());
        self.manifests.insert(index.clone(), manifest);
        index
    }

    /// Sets the dates of a repository that was built by hand.
    fn finish(&mut self, created: &str) {
        created.clone_into(&mut self.created);
        let newest = self.tags.values().map(|tag| tag.last_update.as_str());
        newest
            .chain([created])
            .max_by_key(|at| at.trim_end_matches('Z'))
            .unwrap_or(created)
            .clone_into(&mut self.last_update);
    }
}

/// A valid content digest that depends on the seed and the path alone.
pub fn digest(seed: u64, path: &str) -> String {
    format!("sha256:{}", hex(&hash(seed, path)))
}

/// A linux/amd64 image pushed at `at`; its size follows from its digest.
pub fn image(digest: &str, at: &str) -> Manifest {
    let size = u64::from_str_radix(digest.get(7..13).unwrap_or("0"), 16).unwrap_or(0);
    Manifest {
        media_type: DOCKER_MANIFEST.to_owned(),
        config_media_type: Some("application/vnd.docker.container.image.v1+json".to_owned()),
        architecture: Some("amd64".to_owned()),
        os: Some("linux".to_owned()),
        image_size: 2_000_000 + size * 7,
        created: at.to_owned(),
        last_update: at.to_owned(),
        ..Manifest::default()
    }
}

/// A time within the year before [`EPOCH_SECONDS`].
fn date(seed: u64, path: &str) -> String {
    let bytes = hash(seed, path);
    let number = bytes
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let seconds = EPOCH_SECONDS - i64::try_from(number % 31_536_000).unwrap_or(0);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    timestamp(at + time::Duration::nanoseconds(100 * i64::from(bytes[9]) * 39_211))
}

fn hash(seed: u64, path: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(path.as_bytes());
    hash.finalize().to_vec()
}

/// `networkRuleSet` and switches of a registry that is closed to the internet.
fn closed() -> serde_json::Value {
    json!({
        "publicNetworkAccess": "Disabled",
        "networkRuleSet": {"defaultAction": "Deny", "ipRules": []},
        "dataEndpointEnabled": true,
    })
}
