//! Repositories whose content is computed from an index when it is asked for, so that a million manifests cost nothing.
//!
//! Tag `i` of `count` points to an image of its own, made at the same time. Digests, tag names and times all grow with
//! the index, so every order of the service is the order of the index (or its reverse), and a cursor, whether it exists
//! or not, is found by bisection; only the digest of a multi-platform index is that of its body, and 16 bytes are held
//! for each. The views see none of this: they ask for a [`Window`] and get an ordinary repository that holds the few
//! items that can be in the answer, so both kinds are answered by the same code. Generated content cannot be changed:
//! requests that would are refused (501 and a violation).

mod images;
mod sequence;

use std::borrow::Cow;

pub use self::sequence::{Generated, LIMIT};

use super::{Manifest, Repository};

/// Which items of a repository a view needs to give its answer.
#[derive(Debug, Clone, Copy)]
pub enum Window<'a> {
    All,
    /// The item with this tag or digest.
    Item(&'a str),
    /// A page of a list.
    Page {
        list: List,
        last: Option<&'a str>,
        size: usize,
        order: Order,
    },
}

/// The list that a page is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Tags,
    Manifests,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Key,
    OldestFirst,
    NewestFirst,
}

impl Repository {
    /// A repository of `count` manifests (at most [`LIMIT`]) with one tag each that follow from `seed` and `name`.
    pub fn generated(seed: u64, name: &str, count: usize) -> Self {
        Self::of(Generated::new(seed, name, count, 0))
    }

    /// A repository of so many tags (at most [`LIMIT`]), a tenth of them multi-platform, that follow from `seed` and
    /// `name`.
    pub fn as_pushed(seed: u64, name: &str, tags: usize) -> Self {
        Self::of(Generated::new(seed, name, tags, 10))
    }

    fn of(generated: Generated) -> Self {
        Self {
            created: generated.date(0),
            last_update: generated.date(generated.tags() - 1),
            generated: Some(generated),
            ..Self::default()
        }
    }

    /// Manifests, hidden ones included.
    pub fn manifest_count(&self) -> usize {
        self.generated
            .as_ref()
            .map_or(self.manifests.len(), Generated::manifests)
    }

    /// Tags, hidden ones included.
    pub fn tag_count(&self) -> usize {
        self.generated.as_ref().map_or(self.tags.len(), Generated::tags)
    }

    /// Multi-platform indexes among the manifests.
    pub fn index_count(&self) -> usize {
        let is_index = |manifest: &&Manifest| !manifest.references.is_empty();
        match &self.generated {
            Some(generated) => generated.indexes(),
            None => self.manifests.values().filter(is_index).count(),
        }
    }

    /// This repository, or one that holds as much of the generated content as an answer can show.
    pub fn window(&self, window: Window<'_>) -> Cow<'_, Self> {
        let Some(generated) = &self.generated else {
            return Cow::Borrowed(self);
        };
        let (manifests, tags) = generated.items(window);
        Cow::Owned(Self {
            created: self.created.clone(),
            last_update: self.last_update.clone(),
            attributes: self.attributes,
            manifests: manifests.into_iter().collect(),
            tags: tags.into_iter().collect(),
            generated: None,
        })
    }
}
