//! The images of a generated repository, in the order of digests: single ones, and multi-platform ones as they are pushed.
//!
//! Digests of images and attestations grow with their number, so a place among them is found by bisection. That of an
//! index is the sha256 of its body and lies anywhere: for each, 16 bytes are held that say where.

use std::sync::Arc;

use super::sequence::{Generated, Items, bisect};
use crate::world::Manifest;
use crate::world::multi_platform::{Platform, child, index};
use crate::world::seed::{digest, image};

const ARCHITECTURES: [&str; 3] = ["amd64", "arm64", "arm"];

/// Which tags are multi-platform images, and their indexes in order.
#[derive(Debug, Clone)]
pub(super) struct Images {
    /// Every so many-eth tag; 0: none.
    every: usize,
    /// The first of them.
    first: usize,
    /// The first 16 hexadecimal digits of each index as a number, and its tag; in this order.
    pub(super) order: Arc<[(u64, usize)]>,
}

impl Images {
    /// Where among the first `every` tags of a repository the first one is depends on its seed.
    pub(super) fn new(every: usize, seed: u64) -> Self {
        let first = usize::try_from(seed % every.max(1) as u64).unwrap_or(0);
        let order = Arc::default();
        Self { every, first, order }
    }

    fn is_index(&self, tag: usize) -> bool {
        self.every > 0 && tag % self.every == self.first
    }

    /// Multi-platform images among the first `tags`.
    fn before(&self, tags: usize) -> usize {
        match self.every {
            0 => 0,
            every => (tags + every - 1 - self.first) / every,
        }
    }
}

impl Generated {
    /// Manifests that are no indexes.
    pub(super) fn plain_count(&self) -> usize {
        self.plain_before(self.tags())
    }

    /// Manifests of the first `tags` that are no indexes. Multi-platform images have two and three platforms by turns,
    /// and two manifests for each.
    fn plain_before(&self, tags: usize) -> usize {
        let indexes = self.images.before(tags);
        (tags - indexes) + 4 * indexes + 2 * (indexes / 2)
    }

    /// The first 16 hexadecimal digits spread the number over all there are; the others are a hash.
    fn plain_digest(&self, number: usize) -> String {
        let hash = digest(self.seed, &number.to_string());
        let spread = ((number as u128) << 64) / self.plain_count() as u128;
        format!("sha256:{spread:016x}{}", hash.get(23..).unwrap_or_default())
    }

    fn platforms(&self, tag: usize) -> Vec<Platform<'static>> {
        let (first, next) = (self.plain_before(tag), self.plain_before(tag + 1));
        let numbers = (first..next).step_by(2);
        let platforms = numbers.zip(ARCHITECTURES).map(|(number, architecture)| Platform {
            architecture,
            image: self.plain_digest(number),
            attestation: self.plain_digest(number + 1),
        });
        platforms.collect()
    }

    fn index(&self, tag: usize) -> (String, Manifest) {
        index(&self.platforms(tag), &self.date(tag))
    }

    /// The digest that a tag points to.
    pub(super) fn tagged(&self, tag: usize) -> String {
        match self.images.is_index(tag) {
            true => self.index(tag).0,
            false => self.plain_digest(self.plain_before(tag)),
        }
    }

    /// All manifests of a tag.
    pub(super) fn image(&self, tag: usize) -> Vec<(String, Manifest)> {
        let plain = self.plain_before(tag)..self.plain_before(tag + 1);
        let index = self.images.is_index(tag).then(|| self.index(tag));
        plain.map(|number| self.plain(number)).chain(index).collect()
    }

    /// The manifest of this number among those that are no indexes.
    fn plain(&self, number: usize) -> (String, Manifest) {
        let (tag, digest) = (self.owner(number), self.plain_digest(number));
        let at = self.date(tag);
        let part = number - self.plain_before(tag);
        let manifest = match (self.images.is_index(tag), ARCHITECTURES.get(part / 2)) {
            (true, Some(architecture)) if part.is_multiple_of(2) => child(&digest, architecture, "linux", &at),
            (true, _) => child(&digest, "unknown", "unknown", &at),
            (false, _) => image(&digest, &at),
        };
        (digest, manifest)
    }

    /// The tag whose image the manifest of this number is of.
    fn owner(&self, number: usize) -> usize {
        bisect(self.tags(), |tag| self.plain_before(tag + 1) <= number)
    }

    /// The tag whose image has this digest.
    pub(super) fn owner_of(&self, digest: &str) -> Option<usize> {
        let before = self.plain_after(digest).checked_sub(1);
        let plain = before.filter(|number| self.plain_digest(*number) == digest);
        plain.map(|number| self.owner(number)).or_else(|| {
            let (_, tag) = *self.images.order.get(self.index_after(digest).checked_sub(1)?)?;
            (self.index(tag).0 == digest).then_some(tag)
        })
    }

    fn plain_after(&self, key: &str) -> usize {
        bisect(self.plain_count(), |number| self.plain_digest(number).as_str() <= key)
    }

    /// The number of indexes whose digest is not greater than `key`.
    fn index_after(&self, key: &str) -> usize {
        bisect(self.images.order.len(), |position| {
            let Some((prefix, tag)) = self.images.order.get(position) else {
                return false;
            };
            let head = format!("sha256:{prefix:016x}");
            match key.starts_with(&head) {
                true => self.index(*tag).0.as_str() <= key,
                false => head.as_str() <= key,
            }
        })
    }

    /// The manifests after the digest `last`, with the tags that point to them.
    pub(super) fn manifests_after(&self, last: Option<&str>, length: usize) -> Items {
        let first = last.map_or(0, |last| self.plain_after(last));
        let plain = first..first.saturating_add(length).min(self.plain_count());
        let position = last.map_or(0, |last| self.index_after(last));
        let indexes = self.images.order.iter().skip(position).take(length);
        let (mut manifests, mut tags) = (Vec::new(), Vec::new());
        let mut indexes = indexes.peekable();
        for number in plain {
            let spread = ((number as u128) << 64) / self.plain_count() as u128;
            while let Some((_, tag)) = indexes.next_if(|(prefix, _)| u128::from(*prefix) < spread) {
                manifests.push(self.index(*tag));
                tags.push(self.tag(*tag));
            }
            manifests.push(self.plain(number));
            let tag = self.owner(number);
            if !self.images.is_index(tag) {
                tags.push(self.tag(tag));
            }
            if manifests.len() >= length {
                return (manifests, tags);
            }
        }
        for (_, tag) in indexes {
            manifests.push(self.index(*tag));
            tags.push(self.tag(*tag));
        }
        (manifests, tags)
    }

    pub(super) fn index_order(&self) -> Arc<[(u64, usize)]> {
        let tags = (0..self.tags()).filter(|tag| self.images.is_index(*tag));
        let prefix = |digest: &str| digest.get(7..23).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        let mut order: Vec<_> = tags.map(|tag| (prefix(&self.index(tag).0).unwrap_or(0), tag)).collect();
        order.sort_unstable();
        order.into()
    }
}
