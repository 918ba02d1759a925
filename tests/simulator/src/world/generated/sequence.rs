//! The sequence of items that a generated repository consists of: each follows from its index.

use std::ops::Range;

use time::OffsetDateTime;

use super::images::Images;
use super::{List, Order, Window};
use crate::clock::timestamp;
use crate::world::seed::{EPOCH_SECONDS, digest};
use crate::world::{Manifest, Tag};

/// Tags at most: their names have seven digits, so that their order is that of the numbers.
pub const LIMIT: usize = 10_000_000;

/// Ticks of 100 ns in the year over which the items of a repository are spread.
const YEAR_TICKS: u128 = 365 * 24 * 3_600 * 10_000_000;

/// What stands for the content of a generated repository.
#[derive(Debug, Clone)]
pub struct Generated {
    pub(super) seed: u64,
    /// Tags.
    count: usize,
    pub(super) images: Images,
}

/// Items of a repository.
pub(super) type Items = (Vec<(String, Manifest)>, Vec<(String, Tag)>);

impl Generated {
    /// Every `every`-th tag is a multi-platform image; 0: none.
    pub(super) fn new(seed: u64, name: &str, count: usize, every: usize) -> Self {
        assert!(
            (1..=LIMIT).contains(&count),
            "a generated repository has 1 to {LIMIT} tags"
        );
        let hash = digest(seed, name);
        let own = hash.get(7..23).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        let mut generated = Self {
            seed: own.unwrap_or(seed),
            count,
            images: Images::new(every, own.unwrap_or(seed)),
        };
        generated.images.order = generated.index_order();
        generated
    }

    pub(super) fn tags(&self) -> usize {
        self.count
    }

    pub(super) fn manifests(&self) -> usize {
        self.plain_count() + self.indexes()
    }

    /// Multi-platform indexes among the manifests.
    pub(super) fn indexes(&self) -> usize {
        self.images.order.len()
    }

    /// The items that can be in an answer.
    pub(super) fn items(&self, window: Window<'_>) -> Items {
        match window {
            Window::All => self.of_tags(0..self.count),
            Window::Item(key) => self.item(key),
            Window::Page {
                list,
                last,
                size,
                order,
            } => {
                // One more than the page shows that more follow, and one is the cursor.
                let length = size.saturating_add(2);
                match (order, list) {
                    (Order::Key, List::Tags) => {
                        let start = last.map_or(0, |last| self.after_tag(last));
                        let tags = start..start.saturating_add(length).min(self.count);
                        (Vec::new(), tags.map(|tag| self.tag(tag)).collect())
                    }
                    (Order::Key, List::Manifests) => self.manifests_after(last, length),
                    (Order::OldestFirst | Order::NewestFirst, _) => {
                        self.of_tags(self.tags_by_time(last, length, order))
                    }
                }
            }
        }
    }

    /// As many tags as `length` items can be of, from the one that the cursor is of.
    fn tags_by_time(&self, last: Option<&str>, length: usize, order: Order) -> Range<usize> {
        let exact = last.and_then(|last| self.find_tag(last).or_else(|| self.owner_of(last)));
        if order == Order::NewestFirst {
            let end = exact.map_or(self.count, |tag| tag + 1);
            return end.saturating_sub(length)..end;
        }
        let start = exact.unwrap_or(0);
        start..start.saturating_add(length).min(self.count)
    }

    /// These tags with all manifests of their images.
    fn of_tags(&self, tags: Range<usize>) -> Items {
        let manifests = tags.clone().flat_map(|tag| self.image(tag));
        (manifests.collect(), tags.map(|tag| self.tag(tag)).collect())
    }

    /// The tag or the manifest of this name, and the tag that points to it.
    fn item(&self, key: &str) -> Items {
        if let Some(tag) = self.find_tag(key) {
            return self.of_tags(tag..tag + 1);
        }
        let Some(tag) = self.owner_of(key) else {
            return (Vec::new(), Vec::new());
        };
        let (manifests, mut tags) = self.of_tags(tag..tag + 1);
        let manifests: Vec<_> = manifests.into_iter().filter(|(digest, _)| digest == key).collect();
        tags.retain(|(_, tag)| tag.digest == key);
        (manifests, tags)
    }

    pub(super) fn find_tag(&self, key: &str) -> Option<usize> {
        let before = self.after_tag(key).checked_sub(1)?;
        (tag_name(before) == key).then_some(before)
    }

    /// The number of tags that are not greater than `key`: the first after it.
    fn after_tag(&self, key: &str) -> usize {
        bisect(self.count, |tag| tag_name(tag).as_str() <= key)
    }

    pub(super) fn tag(&self, index: usize) -> (String, Tag) {
        let at = self.date(index);
        let tag = Tag {
            digest: self.tagged(index),
            created: at.clone(),
            last_update: at,
            ..Tag::default()
        };
        (tag_name(index), tag)
    }

    /// Evenly over the year before [`EPOCH_SECONDS`].
    pub(super) fn date(&self, index: usize) -> String {
        let ticks = (self.count - index) as u128 * YEAR_TICKS / self.count as u128;
        let before = time::Duration::nanoseconds(i64::try_from(ticks * 100).unwrap_or(i64::MAX));
        let epoch = OffsetDateTime::from_unix_timestamp(EPOCH_SECONDS).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        timestamp(epoch - before)
    }
}

fn tag_name(index: usize) -> String {
    format!("v{index:07}")
}

/// How many of the numbers below `count` satisfy `before`, which holds for the first of them and then never again.
pub(super) fn bisect(count: usize, before: impl Fn(usize) -> bool) -> usize {
    let mut range = 0..count;
    while !range.is_empty() {
        let middle = range.start + range.len() / 2;
        if before(middle) {
            range.start = middle + 1;
        } else {
            range.end = middle;
        }
    }
    range.start
}
