//! Retention over a directory, whose files are made as old as a test needs them.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use acr_inventory::snapshot::retention::{Keep, Named, Retained, run};
use acr_inventory::snapshot::{Depth, Limits, Pointed, Snapshot, SnapshotError, verify};
use acr_inventory::store::{BlobKey, Condition};

use super::walk::Place;
use super::world::World;

const DAY: u64 = 86_400;
/// So that few runs will do.
const KEEP: Keep = Keep {
    all: 2,
    daily: 10,
    weekly: 30,
    newest: 2,
};

/// One run a day, each of which changed every repository; the newest an hour ago.
async fn place(runs: u64) -> Place {
    let mut world = World::new(12, 2);
    let mut place = Place::new(Limits::default());
    for run in 0..runs {
        let before: BTreeSet<String> = place.all_blobs().into_keys().collect();
        let pushed = world.push(12, run);
        place.walk(&world, (run > 0).then_some(&pushed)).await;
        for name in place.all_blobs().into_keys().filter(|name| !before.contains(name)) {
            age(&place, &name, 3_600 + (runs - 1 - run) * DAY);
        }
    }
    place
}

fn age(place: &Place, name: &str, seconds: u64) {
    let path = place
        .folder
        .path()
        .join("v2/registries")
        .join(place.server.as_str())
        .join(name);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds))
        .unwrap();
}

/// What a registry document says.
fn named(place: &Place) -> Named {
    Named {
        snapshots: BTreeSet::from([place.generation()]),
        ..Named::default()
    }
}

async fn retain(place: &Place) -> Retained {
    run(&place.store, &place.server, &KEEP, async || Ok(named(place)))
        .await
        .unwrap()
}

fn of<'r>(retained: &'r Retained, folder: &str) -> Vec<&'r String> {
    let folder = format!("/{folder}/");
    retained.deleted.iter().filter(|name| name.contains(&folder)).collect()
}

#[tokio::test]
async fn manifests_go_first_and_what_they_alone_named_in_a_later_pass() {
    let place = place(20).await;
    let before = place.all_blobs();
    let first = retain(&place).await;
    let manifests = of(&first, "snapshots").len();
    assert!(manifests >= 8, "{first:?}");
    assert_eq!(first.deleted.len(), manifests, "{first:?}");
    assert_eq!(first.snapshots, 20 - manifests);
    let second = retain(&place).await;
    assert!(of(&second, "snapshots").is_empty(), "{second:?}");
    assert!(
        !of(&second, "index").is_empty() && !of(&second, "packs").is_empty(),
        "{second:?}"
    );
    assert_eq!(retain(&place).await.deleted, Vec::<String>::new());
    // What is left is what the kept manifests name, and each of them can be read to its last byte.
    let mut expected = BTreeSet::new();
    for name in place.blobs("snapshots").into_keys() {
        let generation = name.trim_end_matches(".json").to_owned().try_into().unwrap();
        let pointed = Pointed {
            generation: &generation,
            manifest_sha256: None,
        };
        let verified = verify(&place.store, &place.server, pointed, Depth::Packs)
            .await
            .unwrap();
        assert_eq!(verified.findings, BTreeSet::new(), "{name}");
        let snapshot = Snapshot::open(&place.store, &place.server, pointed).await.unwrap();
        let manifest = snapshot.manifest();
        expected.insert(format!("snapshots/{name}"));
        expected.extend(
            manifest
                .segments
                .iter()
                .map(|segment| format!("index/{}.ndjson.gz", segment.name)),
        );
        expected.extend(
            manifest
                .packs
                .iter()
                .map(|pack| format!("packs/{}.ndjson.gz", pack.name)),
        );
    }
    let left: BTreeSet<String> = place.all_blobs().into_keys().collect();
    assert_eq!(left, expected);
    assert!(left.len() < before.len());
}

#[tokio::test]
async fn what_is_young_or_named_by_a_checkpoint_is_left_alone() {
    let mut place = place(4).await;
    let generation = place.generation();
    let names =
        ["old", "young", "of a checkpoint"].map(|_| acr_inventory::inventory::used_once::UsedOnce::new(&generation));
    let carries = [
        uuid::Uuid::from_u128(1),
        uuid::Uuid::from_u128(2),
        uuid::Uuid::from_u128(3),
    ];
    for name in &names {
        for key in [
            BlobKey::Pack(place.server.clone(), name.clone()),
            BlobKey::Index(place.server.clone(), name.clone()),
        ] {
            place.store.write(&key, b"x".to_vec(), Condition::Always).await.unwrap();
        }
        for folder in ["packs", "index"] {
            let days = if *name == names[1] { 1 } else { 3 };
            age(&place, &format!("{folder}/{name}.ndjson.gz"), days * DAY);
        }
    }
    for (carry, days) in carries.iter().zip([3, 1, 3]) {
        let key = BlobKey::Carry(place.server.clone(), *carry);
        place.store.write(&key, b"x".to_vec(), Condition::Always).await.unwrap();
        let state = format!("../../state/{}/carry-{carry}.ndjson.gz", place.server);
        age(&place, &state, days * DAY);
    }
    // A checkpoint whose base is no current snapshot any more.
    let base = Named {
        snapshots: BTreeSet::from(["00000001-20261122T073000Z".to_owned().try_into().unwrap()]),
        blobs: BTreeSet::from([names[2].clone()]),
        state: BTreeSet::from([carries[2]]),
    };
    place.run = 4;
    let nothing = Keep {
        all: 0,
        daily: 0,
        weekly: 0,
        newest: 1,
    };
    let pass = || run(&place.store, &place.server, &nothing, async || Ok(base.clone()));
    let retained = pass().await.unwrap();
    let server = &place.server;
    let expected = [
        format!("v2/registries/{server}/index/{}.ndjson.gz", names[0]),
        format!("v2/registries/{server}/packs/{}.ndjson.gz", names[0]),
        format!("v2/state/{server}/carry-{}.ndjson.gz", carries[0]),
    ];
    assert!(
        expected.iter().all(|name| retained.deleted.contains(name)),
        "{retained:?}"
    );
    assert_eq!(
        (of(&retained, "snapshots").len(), retained.deleted.len()),
        (2, 5),
        "{retained:?}"
    );
    // The base that only the checkpoint names can be read still.
    pass().await.unwrap();
    let base = "00000001-20261122T073000Z".to_owned().try_into().unwrap();
    let pointed = Pointed {
        generation: &base,
        manifest_sha256: None,
    };
    let verified = verify(&place.store, &place.server, pointed, Depth::Packs)
        .await
        .unwrap();
    assert_eq!(verified.findings, BTreeSet::new());
}

#[tokio::test]
async fn nothing_is_deleted_beside_a_manifest_that_cannot_be_read_or_is_newer() {
    let place = place(20).await;
    let before = place.all_blobs();
    let kept = before.keys().rfind(|name| name.starts_with("snapshots/")).unwrap();
    let path = place
        .folder
        .path()
        .join("v2/registries")
        .join(place.server.as_str())
        .join(kept);
    let bytes = std::fs::read(&path).unwrap();
    let newer = String::from_utf8(bytes.clone())
        .unwrap()
        .replace("\"schemaVersion\":1", "\"schemaVersion\":99");
    for changed in [newer.into_bytes(), bytes[..bytes.len() / 2].to_vec()] {
        std::fs::write(&path, changed).unwrap();
        let refused = run(&place.store, &place.server, &KEEP, async || Ok(named(&place)))
            .await
            .unwrap_err();
        assert!(matches!(refused, SnapshotError::Document { .. }), "{refused}");
        assert!(place.all_blobs().keys().eq(before.keys()));
    }
    std::fs::write(&path, bytes).unwrap();
    assert!(!retain(&place).await.deleted.is_empty());
}

#[tokio::test]
async fn what_names_a_snapshot_is_read_after_it_was_listed() {
    let place = place(20).await;
    let reads = std::cell::Cell::new(0);
    let lists = || {
        place
            .store
            .operations()
            .lists
            .load(std::sync::atomic::Ordering::Relaxed)
    };
    let failed = run(&place.store, &place.server, &KEEP, async || {
        reads.set(lists());
        Err(SnapshotError::Absent {
            blob: "v2/registry.json".to_owned(),
        })
    });
    let before = lists();
    failed.await.unwrap_err();
    assert_eq!(reads.get() - before, 4);
    assert_eq!(place.blobs("snapshots").len(), 20);
}

/// A snapshot that is published after the manifests were listed, by a run that stood still for days: no listed manifest names
/// its packs, and its checkpoint does not any more.
#[tokio::test]
async fn what_is_published_while_the_candidates_are_listed_keeps_its_packs() {
    let place = place(20).await;
    for name in place.all_blobs().into_keys() {
        age(&place, &name, 5 * DAY);
    }
    let folder = place.folder.path().join("v2/registries").join(place.server.as_str());
    let manifest = folder.join(format!("snapshots/{}.json", place.generation()));
    let bytes = std::fs::read(&manifest).unwrap();
    std::fs::remove_file(&manifest).unwrap();
    let publish = async || {
        std::fs::write(&manifest, &bytes).unwrap();
        Ok(named(&place))
    };
    run(&place.store, &place.server, &KEEP, publish).await.unwrap();
    let (generation, manifest_sha256) = (place.generation(), None);
    let pointed = Pointed {
        generation: &generation,
        manifest_sha256,
    };
    let verified = verify(&place.store, &place.server, pointed, Depth::Packs)
        .await
        .unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
}

#[tokio::test]
async fn whoever_reads_a_snapshot_that_is_thinned_meanwhile_is_told() {
    let place = place(20).await;
    let oldest = "00000001-20261122T073000Z".to_owned().try_into().unwrap();
    let pointed = Pointed {
        generation: &oldest,
        manifest_sha256: None,
    };
    let snapshot = Snapshot::open(&place.store, &place.server, pointed).await.unwrap();
    let line = snapshot.index().next().await.unwrap().unwrap();
    retain(&place).await;
    retain(&place).await;
    let gone = |error: SnapshotError| assert!(matches!(error, SnapshotError::Absent { .. }), "{error}");
    gone(snapshot.lines(&line).next_lines().await.unwrap_err());
    gone(snapshot.index().next().await.unwrap_err());
    gone(Snapshot::open(&place.store, &place.server, pointed).await.unwrap_err());
}
