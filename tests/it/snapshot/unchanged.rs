//! What a run leaves behind where little or nothing changed.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use acr_inventory::inventory::manifest::SegmentRef;
use acr_inventory::inventory::problem::{Completeness, Problem};
use acr_inventory::inventory::problem_code::ProblemCode;
use acr_inventory::snapshot::{IndexReader, Limits, Piece, SnapshotError, SnapshotWriter, SummaryFold, TagPatterns};

use super::round_trip::everything;
use super::walk::Place;
use super::world::World;

async fn filled(repositories: u64) -> (World, Place) {
    let world = World::new(repositories, 3);
    let mut place = Place::new(Limits::default());
    place.walk(&world, None).await;
    (world, place)
}

#[tokio::test]
async fn a_run_without_a_change_keeps_a_manifest_and_reads_the_segments() {
    let (world, mut place) = filled(1_200).await;
    let (before, first) = (place.all_blobs(), place.base().unwrap().clone());
    let reads = |place: &Place| place.store.operations().reads.load(Ordering::Relaxed);
    let read_before = reads(&place);
    place.walk(&world, Some(&BTreeSet::new())).await;
    assert_eq!(reads(&place) - read_before, first.segments.len() as u64);
    let second = place.base().unwrap();
    assert_eq!((&second.segments, &second.packs), (&first.segments, &first.packs));
    assert_eq!(
        (second.totals, second.completeness),
        (first.totals, Completeness::Complete)
    );
    assert_eq!((second.changed_bytes, second.next_pack), (0, first.next_pack));
    let after = place.blobs_since(&before);
    let manifest = format!("snapshots/{}.json", place.generation());
    assert_eq!(after.keys().collect::<Vec<_>>(), [&manifest]);
    // What a registry of any size adds for a segment or a pack.
    let pieces = first.segments.len() + first.packs.len();
    assert!(
        after[&manifest] < 800 + 300 * pieces as u64,
        "{} for {pieces}",
        after[&manifest]
    );
    place.assert_proven().await;
}

#[tokio::test]
async fn a_walk_that_reads_everything_again_names_the_same_segments_too() {
    let (world, mut place) = filled(700).await;
    let first = place.base().unwrap().clone();
    place.walk(&world, None).await;
    let second = place.base().unwrap();
    assert_eq!((&second.segments, &second.packs), (&first.segments, &first.packs));
}

#[tokio::test]
async fn a_document_of_another_version_changes_one_segment_and_no_pack() {
    let (world, mut place) = filled(1_200).await;
    let first = place.base().unwrap().clone();
    let name = &world.repositories[600].name;
    place.etags.insert(name.clone(), "0x8DE0000AFTEREVENT".to_owned());
    place.walk(&world, Some(&BTreeSet::from([name.clone()]))).await;
    let second = place.base().unwrap();
    assert_eq!(second.packs, first.packs);
    let kept = second
        .segments
        .iter()
        .filter(|segment| first.segments.contains(segment))
        .count();
    assert_eq!(kept, first.segments.len() - 1);
    let found = place.open().await.repository(name).await.unwrap().unwrap();
    assert_eq!(found.line.etag.as_deref(), Some("0x8DE0000AFTEREVENT"));
}

#[tokio::test]
async fn a_repository_that_comes_or_goes_changes_its_segment_alone() {
    let (mut world, mut place) = filled(1_200).await;
    let first = place.base().unwrap().clone();
    let gone = world.repositories.remove(700).name;
    place.walk(&world, Some(&BTreeSet::new())).await;
    let second = place.base().unwrap().clone();
    let written =
        |before: &[SegmentRef], after: &[SegmentRef]| after.iter().filter(|segment| !before.contains(segment)).count();
    assert!(written(&first.segments, &second.segments) <= 1);
    assert_eq!(second.totals.repositories, 1_199);
    assert!(second.packs[0].alive < first.packs[0].alive);
    assert!(place.open().await.repository(&gone).await.unwrap().is_none());
    world
        .repositories
        .insert(700, super::world::Repository::new(gone.as_str(), 2, 9_000_000));
    place.walk(&world, Some(&BTreeSet::from([gone.clone()]))).await;
    let third = place.base().unwrap();
    assert!(written(&second.segments, &third.segments) <= 1);
    assert_eq!(third.packs.len(), 2);
    assert_eq!(
        everything(&place.open().await).await[&gone],
        world.repositories[700].text()
    );
    place.assert_proven().await;
}

#[tokio::test]
async fn what_was_not_observed_keeps_its_chunks_and_makes_the_snapshot_partial() {
    let (world, mut place) = filled(40).await;
    let base = place.base().unwrap().clone();
    place.run += 1;
    let generation = place.generation();
    let mut writer = SnapshotWriter::begin(&place.store, &place.server, &generation, Some(&base), place.limits);
    let mut index = IndexReader::new(&place.store, &base);
    while let Some(known) = index.next().await.unwrap() {
        let mut line = known.line.clone();
        if line.repository == world.repositories[7].name {
            line.completeness = Completeness::Forbidden;
            line.problems = vec![Problem::new(ProblemCode::Forbidden, "no role")];
            line.state_hash = acr_inventory::snapshot::state_hash(
                super::walk::chunks(&line).iter().map(|chunk| chunk.sha256.as_str()),
                line.completeness,
                &line.problems,
                false,
            );
            writer.kept(line, Some(&known)).await.unwrap();
        } else {
            writer.unchanged(&known).await.unwrap();
        }
    }
    let manifest = writer.finish(Completeness::Complete, None).await.unwrap();
    assert_eq!(
        (manifest.completeness, manifest.incomplete_repositories),
        (Completeness::Partial, 1)
    );
    assert_eq!((&manifest.packs, manifest.totals), (&base.packs, base.totals));
    place.current = Some(acr_inventory::snapshot::publish(&place.store, manifest).await.unwrap());
    assert_eq!(
        everything(&place.open().await).await[&world.repositories[7].name],
        world.repositories[7].text()
    );
    place.assert_proven().await;
}

#[tokio::test]
async fn what_comes_out_of_order_or_twice_is_refused() {
    let (_, mut place) = filled(3).await;
    let base = place.base().unwrap().clone();
    place.run += 1;
    let generation = place.generation();
    let mut writer = SnapshotWriter::begin(&place.store, &place.server, &generation, Some(&base), place.limits);
    let mut index = IndexReader::new(&place.store, &base);
    let (first, second) = (
        index.next().await.unwrap().unwrap(),
        index.next().await.unwrap().unwrap(),
    );
    writer.unchanged(&second).await.unwrap();
    for wrong in [&first, &second] {
        let refused = writer.unchanged(wrong).await.unwrap_err();
        assert!(matches!(refused, SnapshotError::Misuse { .. }), "{refused}");
    }
    // Nor does one come while the chunks of another one wait for its end.
    let third = index.next().await.unwrap().unwrap();
    let chunk = super::walk::chunks(&third.line).remove(0);
    let known = Piece::Known {
        place: chunk,
        in_hand: None,
    };
    writer.piece(known.clone()).await.unwrap();
    writer.unchanged(&third).await.unwrap_err();
    writer.abandon();
    writer.unchanged(&third).await.unwrap();
    writer.piece(known).await.unwrap();
    writer.finish(Completeness::Complete, None).await.unwrap_err();
}

#[tokio::test]
async fn whoever_publishes_second_takes_the_manifest_that_is_there() {
    let (_, place) = filled(5).await;
    let (there, pointer) = place.current.clone().unwrap();
    let mut mine = there.clone();
    mine.totals.tags += 1;
    let taken = acr_inventory::snapshot::publish(&place.store, mine).await.unwrap();
    assert_eq!(taken, (there, pointer));
}

#[tokio::test]
async fn other_patterns_make_new_lines_and_no_new_pack() {
    let (world, mut place) = filled(300).await;
    let base = place.base().unwrap().clone();
    place.run += 1;
    let generation = place.generation();
    let mut writer = SnapshotWriter::begin(&place.store, &place.server, &generation, Some(&base), place.limits);
    let (mut index, other) = (
        IndexReader::new(&place.store, &base),
        TagPatterns::new(&["1.0.*".to_owned()]),
    );
    for repository in &world.repositories {
        let known = index.find(&repository.name).await.unwrap().unwrap();
        assert!(!other.made(&known.line.summary));
        let mut line = known.line.clone();
        let mut fold = SummaryFold::default();
        repository
            .manifests()
            .iter()
            .for_each(|manifest| fold.manifest(manifest));
        repository.tags().iter().for_each(|tag| fold.tag(tag, &other));
        line.summary = fold.finish(&other);
        writer.kept(line, Some(&known)).await.unwrap();
    }
    let manifest = writer.finish(Completeness::Complete, None).await.unwrap();
    assert_eq!((&manifest.packs, manifest.changed_bytes), (&base.packs, 0));
    assert!(manifest.segments.iter().all(|segment| !base.segments.contains(segment)));
    place.current = Some(acr_inventory::snapshot::publish(&place.store, manifest).await.unwrap());
    let found = place
        .open()
        .await
        .repository(&world.repositories[0].name)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.line.summary.unlocked, found.line.summary.images), (3, 3));
    place.assert_proven().await;
}

#[tokio::test]
#[ignore = "100,000 repositories: for a build that is optimised"]
async fn a_hundred_thousand_repositories_without_a_change_keep_a_manifest() {
    let (world, mut place) = filled(100_000).await;
    let first = place.base().unwrap().clone();
    let before = place.all_blobs();
    let begun = std::time::Instant::now();
    place.walk(&world, Some(&BTreeSet::new())).await;
    println!("walked in {:?}", begun.elapsed());
    assert_eq!(
        (&place.base().unwrap().segments, &place.base().unwrap().packs),
        (&first.segments, &first.packs)
    );
    let kept: u64 = place.blobs_since(&before).values().sum();
    let pieces = first.segments.len() + first.packs.len();
    println!("{kept} bytes for {pieces} segments and packs");
    assert!(kept <= 300 * pieces as u64 + (32 << 10));
}
