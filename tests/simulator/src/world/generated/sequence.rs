//! The sequence of items that a generated repository consists of: each follows from its index.

use std::ops::Range;

use time::OffsetDateTime;

use super::{List, Order, Window};
use crate::clock::timestamp;
use crate::world::seed::{EPOCH_SECONDS, digest, image};
use crate::world::{Manifest, Tag};

/// Items at most: tag names have seven digits, so that their order is that of the numbers.
pub const LIMIT: usize = 10_000_000;

/// Ticks of 100 ns in the year over which the items of a repository are spread.
const YEAR_TICKS: u128 = 365 * 24 * 3_600 * 10_000_000;

/// What stands for the content of a generated repository.
#[derive(Debug, Clone, Copy)]
pub struct Generated {
    seed: u64,
    count: usize,
}

impl Generated {
    pub(super) fn new(seed: u64, name: &str, count: usize) -> Self {
        assert!(
            (1..=LIMIT).contains(&count),
            "a generated repository has 1 to {LIMIT} items"
        );
        let hash = digest(seed, name);
        let own = hash.get(7..23).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        Self {
            seed: own.unwrap_or(seed),
            count,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The items that can be in an answer.
    pub(super) fn range(&self, window: Window<'_>) -> Range<usize> {
        match window {
            Window::All => 0..self.count,
            Window::Item(key) => {
                let found = self.find(List::Tags, key).or_else(|| self.find(List::Manifests, key));
                found.map_or(0..0, |index| index..index + 1)
            }
            Window::Page {
                list,
                last,
                size,
                order,
            } => {
                // One more than the page shows that more follow, and one is the cursor.
                let length = size.saturating_add(2);
                let exact = last.and_then(|last| self.find(list, last));
                match (order, last) {
                    (Order::Key, Some(last)) => self.cut(self.after(list, last), length),
                    (Order::Key | Order::OldestFirst, _) => self.cut(exact.unwrap_or(0), length),
                    (Order::NewestFirst, _) => {
                        let end = exact.map_or(self.count, |index| index + 1);
                        end.saturating_sub(length)..end
                    }
                }
            }
        }
    }

    fn cut(&self, start: usize, length: usize) -> Range<usize> {
        start..start.saturating_add(length).min(self.count)
    }

    fn find(&self, list: List, key: &str) -> Option<usize> {
        let before = self.after(list, key).checked_sub(1)?;
        (self.key(list, before) == key).then_some(before)
    }

    /// The number of keys that are not greater than `key`: the index of the first after it.
    fn after(&self, list: List, key: &str) -> usize {
        let mut range = 0..self.count;
        while !range.is_empty() {
            let middle = range.start + range.len() / 2;
            if self.key(list, middle).as_str() <= key {
                range.start = middle + 1;
            } else {
                range.end = middle;
            }
        }
        range.start
    }

    fn key(&self, list: List, index: usize) -> String {
        match list {
            List::Tags => format!("v{index:07}"),
            List::Manifests => self.digest(index),
        }
    }

    /// The first 16 hexadecimal digits spread the index over all there are; the others are a hash.
    fn digest(&self, index: usize) -> String {
        let hash = digest(self.seed, &index.to_string());
        let spread = ((index as u128) << 64) / self.count as u128;
        format!("sha256:{spread:016x}{}", hash.get(23..).unwrap_or_default())
    }

    pub(super) fn manifest(&self, index: usize) -> (String, Manifest) {
        let digest = self.digest(index);
        let manifest = image(&digest, &self.date(index));
        (digest, manifest)
    }

    pub(super) fn tag(&self, index: usize) -> (String, Tag) {
        let at = self.date(index);
        let tag = Tag {
            digest: self.digest(index),
            created: at.clone(),
            last_update: at,
            ..Tag::default()
        };
        (self.key(List::Tags, index), tag)
    }

    /// Evenly over the year before [`EPOCH_SECONDS`].
    pub(super) fn date(&self, index: usize) -> String {
        let ticks = (self.count - index) as u128 * YEAR_TICKS / self.count as u128;
        let before = time::Duration::nanoseconds(i64::try_from(ticks * 100).unwrap_or(i64::MAX));
        let epoch = OffsetDateTime::from_unix_timestamp(EPOCH_SECONDS).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        timestamp(epoch - before)
    }
}
