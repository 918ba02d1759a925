//! A registry of any size whose lines are made when they are asked for, in the shape that the walk stores.

use acr_inventory::inventory::encode_line;
use acr_inventory::inventory::repository::{ChangeableAttributes, ManifestRecord, TagRecord};
use acr_inventory::names::{Digest, LoginServer, RepositoryName, Tag};

pub fn server() -> LoginServer {
    LoginServer::parse("contoso.azurecr.io").unwrap()
}

/// The finalizer of SplitMix64: numbers that look like nothing, the same on every machine.
pub fn scramble(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The digest of the image that was pushed `n`th.
pub fn digest(n: u64) -> Digest {
    let part = |at: u64| format!("{:016x}", scramble(n * 4 + at));
    Digest::parse(&format!("sha256:{}", (0..4).map(part).collect::<String>())).unwrap()
}

/// When it was pushed, with the fraction that the service gives.
fn pushed(n: u64) -> String {
    let (second, fraction) = (n % 60, scramble(n) % 10_000_000);
    let (day, hour, minute) = (n / 86_400 % 28 + 1, n / 3_600 % 24, n / 60 % 60);
    format!(
        "2026-0{}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:07}Z",
        n % 9 + 1
    )
}

fn switches() -> ChangeableAttributes {
    ChangeableAttributes {
        delete_enabled: Some(true),
        write_enabled: Some(true),
        read_enabled: Some(true),
        list_enabled: Some(true),
        quarantine_state: None,
    }
}

/// A repository: images by when they were pushed, and the tags that are on them.
#[derive(Debug, Clone)]
pub struct Repository {
    pub name: RepositoryName,
    pub images: Vec<u64>,
    /// In the order of names: a name, and an image.
    pub tags: Vec<(String, u64)>,
}

impl Repository {
    /// One with `tags` images of one tag each; `first` is the number of its first image.
    pub fn new(name: &str, tags: u64, first: u64) -> Self {
        let mut tags: Vec<(String, u64)> = (0..tags).map(|n| (format!("1.0.{n}"), first + n)).collect();
        tags.sort();
        Self {
            name: RepositoryName::parse(name).unwrap(),
            images: tags.iter().map(|(_, image)| *image).collect(),
            tags,
        }
    }

    /// Pushes a new image to one of its tags; the old image stays without one.
    pub fn push(&mut self, tag: usize, image: u64) {
        self.images.push(image);
        self.tags[tag].1 = image;
    }

    pub fn manifests(&self) -> Vec<ManifestRecord> {
        let mut images: Vec<(Digest, u64)> = self.images.iter().map(|image| (digest(*image), *image)).collect();
        images.sort();
        let record = |(digest, image): (Digest, u64)| ManifestRecord {
            digest,
            media_type: Some("application/vnd.docker.distribution.manifest.v2+json".to_owned()),
            config_media_type: Some("application/vnd.docker.container.image.v1+json".to_owned()),
            image_size: Some(scramble(image) % 900_000_000),
            created_time: Some(pushed(image)),
            last_update_time: Some(pushed(image)),
            architecture: Some("amd64".to_owned()),
            os: Some("linux".to_owned()),
            changeable_attributes: switches(),
        };
        images.into_iter().map(record).collect()
    }

    pub fn tags(&self) -> Vec<TagRecord> {
        let record = |(name, image): &(String, u64)| TagRecord {
            name: Tag::parse(name).unwrap(),
            digest: digest(*image),
            created_time: Some(pushed(*image)),
            last_update_time: Some(pushed(*image)),
            signed: Some(false),
            changeable_attributes: switches(),
        };
        self.tags.iter().map(record).collect()
    }

    /// Its lines as they are stored.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        self.manifests()
            .iter()
            .for_each(|record| encode_line(record, &mut text));
        self.tags().iter().for_each(|record| encode_line(record, &mut text));
        text
    }
}

/// A registry in the order of its catalog.
#[derive(Debug, Clone)]
pub struct World {
    pub repositories: Vec<Repository>,
    images: u64,
}

impl World {
    /// `count` repositories with `tags` tags each.
    pub fn new(count: u64, tags: u64) -> Self {
        let name = |n: u64| format!("team-{:02}/service-{n:05}", scramble(n) % 40);
        let mut names: Vec<String> = (0..count).map(name).collect();
        names.sort();
        let mut world = Self {
            repositories: Vec::new(),
            images: 0,
        };
        for name in names {
            world.repositories.push(Repository::new(&name, tags, world.images));
            world.images += tags;
        }
        world
    }

    /// Pushes to one tag of each of `count` repositories that are scattered over the catalog; which ones.
    pub fn push(&mut self, count: usize, seed: u64) -> std::collections::BTreeSet<RepositoryName> {
        let mut pushed = std::collections::BTreeSet::new();
        let mut n = 0;
        while pushed.len() < count {
            n += 1;
            let at = scramble(seed.wrapping_mul(1 << 32) + n);
            let repository = usize::try_from(at % self.repositories.len() as u64).unwrap();
            let repository = &mut self.repositories[repository];
            if pushed.insert(repository.name.clone()) {
                let tag = usize::try_from(scramble(at) % repository.tags.len() as u64).unwrap();
                repository.push(tag, self.images);
                self.images += 1;
            }
        }
        pushed
    }
}
