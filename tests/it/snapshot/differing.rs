//! What two snapshots tell apart, and what is read for that.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use acr_inventory::inventory::change::Change;
use acr_inventory::inventory::manifest::SnapshotManifest;
use acr_inventory::inventory::pointer::SnapshotPointer;
use acr_inventory::query::difference::{Difference, Wanted, What};
use acr_inventory::query::differences::differences;
use acr_inventory::snapshot::{Limits, Pointed, Snapshot};
use futures_util::TryStreamExt as _;

use super::walk::Place;
use super::world::{Repository, World};

/// What is told, and how often the store was read for it.
async fn compare(place: &Place, from: &SnapshotPointer, to: &SnapshotPointer) -> (Vec<Difference>, u64) {
    let reads = || place.store.operations().reads.load(Ordering::Relaxed);
    let before = reads();
    let open = async |pointer| {
        Snapshot::open(&place.store, &place.server, Pointed::from(pointer))
            .await
            .unwrap()
    };
    let (first, second) = (open(from).await, open(to).await);
    let wanted = Wanted::default();
    let found: Vec<Vec<Difference>> = differences(&first, &second, &wanted).try_collect().await.unwrap();
    (found.concat(), reads() - before)
}

/// Segments that only one of two snapshots has.
fn differing(one: &SnapshotManifest, other: &SnapshotManifest) -> u64 {
    let names = |of: &SnapshotManifest| -> BTreeSet<String> {
        of.segments.iter().map(|segment| segment.name.to_string()).collect()
    };
    names(one).symmetric_difference(&names(other)).count() as u64
}

#[tokio::test]
async fn of_ten_pushes_among_a_hundred_thousand_repositories_twenty_chunks_are_read() {
    let mut world = World::new(100_000, 1);
    let mut place = Place::new(Limits::default());
    place.walk(&world, None).await;
    let (first, from) = place.current.clone().unwrap();
    let pushed = world.push(10, 7);
    place.walk(&world, Some(&pushed)).await;
    let (second, to) = place.current.clone().unwrap();
    let (found, reads) = compare(&place, &from, &to).await;
    let of = |kind: &str| -> BTreeSet<_> {
        let of_kind = found.iter().filter(|difference| difference.what.kind() == kind);
        of_kind
            .map(|difference| difference.repository.clone().unwrap())
            .collect()
    };
    assert_eq!((of("manifest-added"), of("tag-moved")), (pushed.clone(), pushed));
    assert_eq!(found.len(), 20);
    let segments = differing(&first, &second);
    assert!((2..=20).contains(&segments), "{segments}");
    // The two manifests, the segments that differ, and of each of the ten repositories a chunk on either side.
    assert_eq!(reads, 2 + segments + 20);
    // The other way round everything is taken back.
    let (back, again) = compare(&place, &to, &from).await;
    assert_eq!((back.len(), again), (20, reads));
    assert_eq!(
        back.iter()
            .filter(|difference| difference.what.kind() == "manifest-removed")
            .count(),
        10
    );
    // Of a snapshot and itself nothing but the manifest is read.
    let (none, reads) = compare(&place, &to, &to).await;
    assert_eq!((none.len(), reads), (0, 2));
}

#[tokio::test]
async fn of_a_long_repository_only_chunks_that_differ_are_read() {
    let mut world = World::new(3, 2);
    world.repositories.insert(0, Repository::new("long", 60_000, 1 << 40));
    let mut place = Place::new(Limits::default());
    place.walk(&world, None).await;
    let from = place.pointer().clone();
    world.repositories[0].push(30_000, 1 << 50);
    place.walk(&world, None).await;
    let (found, reads) = compare(&place, &from, place.pointer()).await;
    let kinds: Vec<&str> = found.iter().map(|difference| difference.what.kind()).collect();
    assert_eq!(kinds, ["manifest-added", "tag-moved"]);
    // Two manifests, a segment, a list of chunks and two chunks of each side.
    assert_eq!(reads, 2 + 2 + 2 + 4);
}

#[tokio::test]
async fn what_came_and_went_is_told_line_by_line() {
    let mut world = World::new(4, 3);
    let mut place = Place::new(Limits::default());
    place.walk(&world, None).await;
    let from = place.pointer().clone();
    let gone = world.repositories.remove(1);
    world.repositories.push(Repository::new("zz/new", 2, 1 << 40));
    world.repositories[0].tags.pop();
    place.walk(&world, None).await;
    let (found, _) = compare(&place, &from, place.pointer()).await;
    let of = |name: &str| -> Vec<&str> {
        let of_name = found
            .iter()
            .filter(|difference| difference.repository.as_ref().unwrap().as_str() == name);
        of_name.map(|difference| difference.what.kind()).collect()
    };
    let (manifests, tags) = (["manifest-removed"; 3], ["tag-removed"; 3]);
    assert_eq!(
        of(gone.name.as_str()),
        [&["repository-removed"][..], &manifests, &tags].concat()
    );
    let (manifests, tags) = (["manifest-added"; 2], ["tag-created"; 2]);
    assert_eq!(of("zz/new"), [&["repository-added"][..], &manifests, &tags].concat());
    assert_eq!(of(world.repositories[0].name.as_str()), ["tag-removed"]);
    let whole = found.first().map(|difference| &difference.what);
    assert!(matches!(whole, Some(What::Change(Change::TagRemoved { .. }))));
}
