//! The fewest requests with which the API lets anybody know everything that a world holds.

use simulator::world::{Registry, World};

/// Items of a page, catalog or list: what registries give at most.
const PAGE: usize = 1_000;

/// The fewest requests to the registries of a world.
#[derive(Debug, Clone, Copy)]
pub(super) struct Least {
    /// Two for tokens, and the pages of the catalog and of two lists per repository.
    pub(super) lists: u64,
    /// One per multi-platform index, once for ever: only its manifest says what it refers to. With one for a token that
    /// may pull, if there is any.
    pub(super) content: u64,
}

impl Least {
    pub(super) fn of(world: &World) -> Self {
        let add = |sum: Self, registry: &Registry| {
            let repositories = registry.repositories.values();
            let pages = |items: usize| items.div_ceil(PAGE).max(1);
            let lists: usize = (repositories.clone())
                .map(|repository| pages(repository.manifest_count()) + pages(repository.tag_count()))
                .sum();
            let indexes: usize = repositories.map(|repository| repository.index_count()).sum();
            let content = indexes + usize::from(indexes > 0);
            Self {
                lists: sum.lists + (2 + pages(registry.repositories.len()) + lists) as u64,
                content: sum.content + content as u64,
            }
        };
        let nothing = Self { lists: 0, content: 0 };
        world.registries.values().fold(nothing, add)
    }

    /// What is known after the first run is not asked for again.
    pub(super) fn of_run(self, run: &str) -> Self {
        let content = if run == "first" { self.content } else { 0 };
        Self { content, ..self }
    }
}
