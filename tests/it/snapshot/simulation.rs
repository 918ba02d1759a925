//! Runs in which one repository in a hundred changes, scattered over the catalog: what each keeps, and what is left of it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::{Duration, Instant};

use acr_inventory::names::RepositoryName;
use acr_inventory::snapshot::{Limits, Snapshot};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::walk::Place;
use super::world::World;

/// What came of some runs.
#[derive(Debug)]
struct Outcome {
    packs: usize,
    /// Lines in the packs, and those of them that are alive.
    lines: u64,
    alive: u64,
    /// Per cent of what it may that a run kept, at the most.
    worst: u64,
}

/// Size of the lines of these repositories as one gzip file.
fn gzip(world: &World, of: &BTreeSet<RepositoryName>) -> u64 {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for repository in world
        .repositories
        .iter()
        .filter(|repository| of.contains(&repository.name))
    {
        encoder.write_all(&repository.text()).unwrap();
    }
    encoder.finish().unwrap().len() as u64
}

/// Reads everything, one repository in memory at a time; says how long the reading alone took.
async fn assert_holds(snapshot: &Snapshot<'_>, world: &World) {
    let (mut everything, mut reading) = (snapshot.everything(), Duration::ZERO);
    for repository in &world.repositories {
        let begun = Instant::now();
        let base = everything.next_repository().await.unwrap().unwrap();
        let mut text = Vec::new();
        while let Some(lines) = everything.next_lines().await.unwrap() {
            text.extend_from_slice(&lines);
        }
        reading += begun.elapsed();
        assert_eq!(base.line.repository, repository.name);
        assert!(text == repository.text(), "{}", repository.name);
    }
    assert!(everything.next_repository().await.unwrap().is_none());
    println!("read in {reading:?}");
}

async fn simulate(repositories: u64, tags: u64, runs: u64, limits: Limits) -> Outcome {
    let mut world = World::new(repositories, tags);
    let mut place = Place::new(limits);
    place.walk(&world, None).await;
    let mut worst = 0;
    for run in 1..=runs {
        let before = place.all_blobs();
        let pushed = world.push(usize::try_from(repositories / 100).unwrap(), run);
        place.walk(&world, Some(&pushed)).await;
        let new = place.blobs_since(&before).into_iter();
        let kept: u64 = new
            .filter(|(name, _)| !name.starts_with("snapshots/"))
            .map(|(_, size)| size)
            .sum();
        let allowed = 2 * gzip(&world, &pushed) + 200 * repositories;
        worst = worst.max(kept * 100 / allowed);
        if kept > allowed {
            println!("run {run} kept {kept} bytes, {allowed} are allowed");
        }
    }
    let snapshot = place.open().await;
    assert_holds(&snapshot, &world).await;
    place.assert_proven().await;
    let packs = &snapshot.manifest().packs;
    let outcome = Outcome {
        packs: packs.len(),
        lines: packs.iter().map(|pack| pack.lines).sum(),
        alive: packs.iter().map(|pack| pack.alive).sum(),
        worst,
    };
    println!("{outcome:?}");
    assert!(outcome.worst <= 100);
    outcome
}

/// As 10,000 repositories of 100 tags are to the sizes of every day.
const SMALL: Limits = Limits {
    member: 4 << 10,
    pack: 48 << 10,
    small: 24 << 10,
    packs: 8,
};

#[tokio::test]
async fn storage_grows_with_change_and_packs_stay_few_and_alive() {
    let outcome = simulate(300, 6, 60, SMALL).await;
    assert_eq!((outcome.packs, outcome.lines, outcome.alive), (37, 5_689, 3_600 + 180));
}

#[tokio::test]
#[ignore = "a hundred runs over 10,000 repositories of 100 tags: for a build that is optimised"]
async fn a_hundred_runs_over_ten_thousand_repositories() {
    let outcome = simulate(10_000, 100, 100, Limits::default()).await;
    assert_eq!(
        (outcome.packs, outcome.lines, outcome.alive),
        (67, 3_419_185, 2_000_000 + 10_000)
    );
}
