//! A registry as people push to it: a tenth of the tags multi-platform, and what is generated of it is what is held.

#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use simulator::world::generated::{List, Order, Window};
use simulator::world::mutate::sha256_digest;
use simulator::world::{Manifest, Repository, World};

const SERVER: &str = "bench.azurecr.io";

fn repository(tags: usize) -> Repository {
    let world = World::as_pushed(1, tags);
    let registry = world.registries.get(SERVER).expect("a registry");
    registry.repositories.values().next().expect("a repository").clone()
}

#[test]
fn a_tenth_of_the_tags_are_multi_platform_and_all_their_manifests_are_listed() {
    let repository = repository(60);
    let held = repository.window(Window::All);
    assert_eq!(held.tags.len(), 60);
    let indexes: BTreeMap<&String, &Manifest> = (held.manifests.iter())
        .filter(|(_, manifest)| !manifest.references.is_empty())
        .collect();
    assert_eq!((indexes.len(), repository.index_count()), (6, 6));
    let mut sizes: Vec<usize> = Vec::new();
    for (digest, index) in &indexes {
        assert_eq!(**digest, sha256_digest(&index.body()));
        assert!(held.tags.values().any(|tag| tag.digest == **digest));
        for child in &index.references {
            let manifest = held.manifests.get(&child.digest).expect("in the list");
            assert_eq!(manifest.architecture.as_ref(), Some(&child.architecture));
            assert_eq!(child.attests.is_some(), child.architecture == "unknown");
            assert!(!held.tags.values().any(|tag| tag.digest == child.digest));
        }
        sizes.push(index.references.len());
    }
    sizes.sort_unstable();
    assert_eq!(sizes, [4, 4, 4, 6, 6, 6]);
    assert_eq!(held.manifests.len(), 54 + 6 + 30);
    assert_eq!(repository.manifest_count(), held.manifests.len());
}

/// Page by page, in every order, from what a window holds, as the views take them.
#[test]
fn what_is_generated_is_what_is_held() {
    for count in [1, 9, 35] {
        let repository = repository(count);
        let held = repository.window(Window::All).into_owned();
        for size in [1, 2, 7, 1_000] {
            for order in [Order::Key, Order::OldestFirst, Order::NewestFirst] {
                for (list, items) in [(List::Manifests, manifests as Items), (List::Tags, tags as Items)] {
                    let read = pages(&repository, list, size, order, items);
                    assert_eq!(read, sorted(items(&held), order));
                }
            }
        }
        for (digest, manifest) in &held.manifests {
            let one = repository.window(Window::Item(digest));
            assert_eq!(one.manifests.get(digest).map(Manifest::body), Some(manifest.body()));
            let pointing = |all: &Repository| all.tags.values().filter(|tag| tag.digest == *digest).count();
            assert_eq!(pointing(&one), pointing(&held));
        }
        assert!(repository.window(Window::Item("sha256:ffff")).manifests.is_empty());
    }
}

/// A page of manifests shows which tags point to them.
#[test]
fn a_page_of_manifests_has_their_tags() {
    let repository = repository(35);
    let held = repository.window(Window::All).into_owned();
    let page = Window::Page {
        list: List::Manifests,
        last: None,
        size: 10,
        order: Order::Key,
    };
    let page = repository.window(page);
    for digest in page.manifests.keys() {
        let tags = |all: &Repository| -> Vec<String> {
            let pointing = all.tags.iter().filter(|(_, tag)| tag.digest == *digest);
            pointing.map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(tags(&page), tags(&held));
    }
}

#[test]
fn a_world_that_is_held_can_change() {
    let mut world = World::as_pushed(1, 20);
    world.hold();
    let registry = world.registries.get(SERVER).expect("a registry");
    let name = registry.repositories.keys().next().expect("a repository").clone();
    assert_eq!(registry.repositories[&name].tags.len(), 20);
    world.push_image(SERVER, &name, "new");
    assert_eq!(world.registries[SERVER].repositories[&name].tag_count(), 21);
}

/// Times and keys of items.
type Keys = Vec<(String, String)>;
type Items = fn(&Repository) -> Keys;

fn manifests(repository: &Repository) -> Keys {
    let manifests = repository.manifests.iter();
    manifests
        .map(|(key, item)| (item.last_update.clone(), key.clone()))
        .collect()
}

fn tags(repository: &Repository) -> Keys {
    let tags = repository.tags.iter();
    tags.map(|(key, item)| (item.last_update.clone(), key.clone()))
        .collect()
}

fn sorted(mut items: Keys, order: Order) -> Vec<String> {
    match order {
        Order::Key => items.sort_by(|a, b| a.1.cmp(&b.1)),
        Order::OldestFirst => items.sort_by(time),
        Order::NewestFirst => items.sort_by(|a, b| time(b, a)),
    }
    items.into_iter().map(|(_, key)| key).collect()
}

fn time(a: &(String, String), b: &(String, String)) -> std::cmp::Ordering {
    let key = |item: &(String, String)| (item.0.trim_end_matches('Z').to_owned(), item.1.clone());
    key(a).cmp(&key(b))
}

fn pages(repository: &Repository, list: List, size: usize, order: Order, items: Items) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let last = all.last().cloned();
        let window = repository.window(Window::Page {
            list,
            last: last.as_deref(),
            size,
            order,
        });
        let keys = sorted(items(&window), order);
        let start = match (&last, order) {
            (None, _) => 0,
            (Some(last), Order::Key) => keys.partition_point(|key| key <= last),
            (Some(last), _) => keys.iter().position(|key| key == last).expect("the cursor") + 1,
        };
        let before = all.len();
        all.extend(keys.into_iter().skip(start).take(size));
        if all.len() < before + size {
            return all;
        }
    }
}
