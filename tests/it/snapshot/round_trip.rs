//! What was written is what is read: everything, one repository, the index alone, and by `gzip` itself.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::atomic::Ordering;

use acr_inventory::app::App;
use acr_inventory::config::Config;
use acr_inventory::config::settings::Lookup;
use acr_inventory::names::RepositoryName;
use acr_inventory::snapshot::{Depth, Limits, Pointed, Snapshot, verify};
use acr_inventory::store::BlobKey;
use simulator::Options;
use simulator::tenant::{CONTAINER_URL, Tenant};

use super::walk::Place;
use super::world::World;

/// Every repository's lines, through the reader of whole snapshots.
pub async fn everything(snapshot: &Snapshot<'_>) -> BTreeMap<RepositoryName, Vec<u8>> {
    let mut everything = snapshot.everything();
    let (mut read, mut last) = (BTreeMap::new(), None);
    while let Some(base) = everything.next_repository().await.unwrap() {
        let name = base.line.repository;
        assert!(last.replace(name.clone()).is_none_or(|last| last < name), "{name}");
        let mut text = Vec::new();
        while let Some(lines) = everything.next_lines().await.unwrap() {
            text.extend_from_slice(&lines);
        }
        read.insert(name, text);
    }
    read
}

fn reads(place: &Place) -> u64 {
    place.store.operations().reads.load(Ordering::Relaxed)
}

fn expected(world: &World) -> BTreeMap<RepositoryName, Vec<u8>> {
    let repositories = world.repositories.iter();
    repositories
        .map(|repository| (repository.name.clone(), repository.text()))
        .collect()
}

#[tokio::test]
async fn what_was_written_is_read_after_every_run() {
    let mut world = World::new(200, 20);
    let mut place = Place::new(Limits::default());
    place.walk(&world, None).await;
    assert_eq!(everything(&place.open().await).await, expected(&world));
    for run in 0..3 {
        let pushed = world.push(30, run);
        place.walk(&world, Some(&pushed)).await;
        let snapshot = place.open().await;
        let before = reads(&place);
        assert_eq!(everything(&snapshot).await, expected(&world), "run {run}");
        // Each segment and each pack once, for all of them are smaller than a window.
        let manifest = snapshot.manifest();
        assert_eq!(
            reads(&place) - before,
            (manifest.segments.len() + manifest.packs.len()) as u64
        );
        let totals = &snapshot.manifest().totals;
        assert_eq!(
            (totals.repositories, totals.tags, totals.manifests),
            (200, 4_000, 4_030 + 30 * run)
        );
        for repository in world.repositories.iter().step_by(37) {
            let before = reads(&place);
            let base = snapshot.repository(&repository.name).await.unwrap().unwrap();
            let (mut lines, mut text) = (snapshot.lines(&base), Vec::new());
            while let Some(some) = lines.next_lines().await.unwrap() {
                text.extend_from_slice(&some);
            }
            assert_eq!(text, repository.text());
            // Its segment, and the members that its chunks are in.
            let members: BTreeSet<_> = super::walk::chunks(&base.line)
                .into_iter()
                .map(|chunk| (chunk.place.pack, chunk.place.offset))
                .collect();
            assert_eq!(reads(&place) - before, 1 + members.len() as u64);
        }
    }
    for name in ["a", "team-05/service-99999", "z"] {
        let name = RepositoryName::parse(name).unwrap();
        assert!(place.open().await.repository(&name).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn gzip_itself_reads_a_pack_and_a_segment() {
    let world = World::new(300, 30);
    let mut place = Place::new(Limits::default());
    place.walk(&world, None).await;
    let unpacked = |folder: &str| {
        let root = place
            .folder
            .path()
            .join("v2/registries")
            .join(place.server.as_str())
            .join(folder);
        let mut text = Vec::new();
        for name in place.blobs(folder).keys() {
            let output = Command::new("zcat").arg(root.join(name)).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            text.extend_from_slice(&output.stdout);
        }
        text
    };
    let lines: Vec<u8> = world
        .repositories
        .iter()
        .flat_map(|repository| repository.text())
        .collect();
    assert!(unpacked("packs") == lines);
    let index = String::from_utf8(unpacked("index")).unwrap();
    assert_eq!(index.lines().count(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_holds_what_a_directory_does() {
    let tenant = Tenant::start(simulator::world::World::default(), Options::default()).unwrap();
    let lookup = Lookup::new(tenant.application_settings(CONTAINER_URL));
    let mut world = World::new(120, 5);
    let mut place = Place::new(Limits::default());
    place.store = App::new(Config::read(&lookup).unwrap()).unwrap().store;
    for run in 0..2 {
        let pushed = world.push(10, run);
        place.walk(&world, (run > 0).then_some(&pushed)).await;
        assert_eq!(everything(&place.open().await).await, expected(&world));
        let pointed = Pointed::from(place.pointer());
        let verified = verify(&place.store, &place.server, pointed, Depth::Packs)
            .await
            .unwrap();
        assert_eq!(verified.findings, BTreeSet::new());
    }
    let manifest = place.base().unwrap();
    let listed = async |prefix: String| {
        let page = place.store.list_page(&prefix, None).await.unwrap();
        page.blobs.iter().map(|listed| listed.size).collect::<BTreeSet<u64>>()
    };
    let packs = manifest.packs.iter().map(|pack| pack.size).collect();
    assert_eq!(listed(BlobKey::packs_prefix(&place.server)).await, packs);
    assert_eq!(listed(BlobKey::manifests_prefix(&place.server)).await.len(), 2);
    assert_eq!(tenant.simulator.violations(), Vec::<String>::new());
}
