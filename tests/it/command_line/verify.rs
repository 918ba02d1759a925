//! `verify`: stored snapshots proved from the pointer to the last line, and everything that does not hold named.

use serde_json::Value;
use simulator::world::World;

use super::{Bench, Ended};

const SERVER: &str = "bench.azurecr.io";

/// Two snapshots, the second with a new tag, and the first repository.
async fn bench() -> Bench {
    let bench = Bench::start(World::sized(6, 4));
    bench.collect(&[]).await.expect(0);
    let name = {
        let world = bench.tenant.simulator.world();
        world.registries[SERVER].repositories.keys().next().unwrap().clone()
    };
    bench.tenant.simulator.world().push_image(SERVER, &name, "newer");
    bench.collect(&[]).await.expect(0);
    bench
}

async fn verify(bench: &Bench, arguments: &[&str]) -> Ended {
    let folder = bench.output().display().to_string();
    let mut all = vec!["verify", "--from", &folder];
    all.extend(arguments);
    let ended = super::run(&[], &all).await;
    assert_eq!(bench.tenant.simulator.violations(), Vec::<String>::new());
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_hold_and_are_chosen_by_generation_or_time() {
    let bench = bench().await;
    let ended = verify(&bench, &["--all", "--deep", "--format", "json"]).await.expect(0);
    let proofs: Value = serde_json::from_str(&ended.stdout).unwrap();
    let numbers: Vec<&str> = proofs
        .as_array()
        .unwrap()
        .iter()
        .map(|proof| &proof["generation"].as_str().unwrap()[..8])
        .collect();
    assert_eq!(numbers, ["00000002", "00000001"]);
    assert_eq!(
        (&proofs[0]["repositories"], &proofs[0]["packs"]),
        (&6.into(), &2.into()),
        "{proofs:#}"
    );
    // Nothing but indexes is read without being asked for more.
    let ended = verify(&bench, &["--format", "json"]).await.expect(0);
    let proofs: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((proofs.as_array().unwrap().len(), &proofs[0]["packs"]), (1, &0.into()));
    for (at, generation) in [("1", "00000001-"), ("2", "00000002-"), ("2030-01-01", "00000002-")] {
        let ended = verify(&bench, &["--at", at]).await.expect(0);
        assert!(
            ended.stdout.contains(generation) && ended.stdout.contains("holds"),
            "{at}: {}",
            ended.stdout
        );
    }
    let ended = verify(&bench, &["--at", "2020-01-01"]).await.expect(2);
    assert!(
        ended.stderr.contains("the first snapshot is 00000001-"),
        "{}",
        ended.stderr
    );
    let ended = verify(&bench, &["--at", "3"]).await.expect(2);
    assert!(
        ended.stderr.contains("the last snapshot is 00000002-"),
        "{}",
        ended.stderr
    );
    let ended = verify(&bench, &["--at", "yesterday"]).await.expect(2);
    assert!(ended.stderr.contains("it is no generation"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_flipped_bit_in_any_blob_is_found_and_named() {
    let bench = bench().await;
    let folder = format!("v2/registries/{SERVER}/");
    let names = bench.names().into_iter().filter(|name| name.starts_with(&folder));
    let of = |name: &String| {
        ["snapshots/", "index/", "packs/"]
            .iter()
            .any(|kind| name[folder.len()..].starts_with(kind))
    };
    let blobs: Vec<String> = names.filter(of).collect();
    assert_eq!(blobs.len(), 6, "{blobs:?}");
    for name in blobs {
        let file = bench.output().join(&name);
        let right = std::fs::read(&file).unwrap();
        for at in [0, right.len() / 2, right.len() - 1] {
            let mut wrong = right.clone();
            wrong[at] ^= 0x10;
            std::fs::write(&file, &wrong).unwrap();
            let ended = verify(&bench, &["--all", "--deep"]).await.expect(1);
            assert!(
                ended.stdout.contains(&format!("{name}: ")),
                "{name} at {at}: {}",
                ended.stdout
            );
        }
        std::fs::remove_file(&file).unwrap();
        let ended = verify(&bench, &["--all", "--deep"]).await;
        // A manifest that is gone is a snapshot that is not kept, unless it is the one that is pointed to.
        let is_old = name.contains("snapshots/00000001");
        assert_eq!(ended.code, Some(i32::from(!is_old)), "{name}: {}", ended.stdout);
        assert!(is_old || ended.stdout.contains(&name), "{name}: {}", ended.stdout);
        std::fs::write(&file, &right).unwrap();
    }
    verify(&bench, &["--all", "--deep"]).await.expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_was_never_read_has_nothing_to_prove() {
    let bench = Bench::start(World::demo(1));
    bench
        .collect(&["--registry", "contosolab", "--registry", "contosovault"])
        .await
        .expect(1);
    let ended = verify(&bench, &[]).await.expect(0);
    assert!(
        ended.stderr.contains("contosovault.azurecr.io: there is no snapshot"),
        "{}",
        ended.stderr
    );
    verify(&bench, &["--registry", "contosovault"]).await.expect(2);
}
