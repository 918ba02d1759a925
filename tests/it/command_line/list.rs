//! `list`: rows of what is stored, held against what the simulated registries hold, now and then.

mod changes;
#[cfg(unix)]
mod demo;
mod platform;

use std::collections::BTreeSet;

use serde_json::Value;
use simulator::world::World;

use super::{Bench, Ended};

const SERVER: &str = "bench.azurecr.io";

async fn list(bench: &Bench, arguments: &[&str]) -> Ended {
    let folder = bench.output().display().to_string();
    let mut all = vec!["list"];
    all.extend(arguments);
    all.extend(["--from", &folder]);
    super::run(&[], &all).await
}

async fn rows(bench: &Bench, arguments: &[&str]) -> Vec<Value> {
    let ended = list(bench, &[arguments, &["--format", "json"]].concat())
        .await
        .expect(0);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Repository, tag and digest of every tag of the registry.
fn tags(world: &World) -> BTreeSet<(String, String, String)> {
    let repositories = world.registries[SERVER].repositories.iter();
    let tags = repositories.flat_map(|(name, repository)| {
        let tags = repository.tags.iter();
        tags.map(move |(tag, held)| (name.clone(), tag.clone(), held.digest.clone()))
    });
    tags.collect()
}

fn listed(rows: &[Value]) -> BTreeSet<(String, String, String)> {
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| (text(row, "repository"), text(row, "tag"), text(row, "digest")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_is_what_there_was_at_that_time() {
    let bench = Bench::start(World::sized(7, 5));
    bench.collect(&[]).await.expect(0);
    let first = tags(&bench.tenant.simulator.world());
    assert_eq!(listed(&rows(&bench, &["tags"]).await), first);
    let names: Vec<String> = first
        .iter()
        .map(|(name, _, _)| name.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    {
        let mut world = bench.tenant.simulator.world();
        world.push_image(SERVER, &names[1], "newer");
        world.push_image(SERVER, "zz/new", "1.0");
        world.delete_repository(SERVER, &names[3]);
    }
    bench.collect(&[]).await.expect(0);
    let second = tags(&bench.tenant.simulator.world());
    assert_ne!(first, second);
    assert_eq!(listed(&rows(&bench, &["tags"]).await), second);
    assert_eq!(listed(&rows(&bench, &["tags", "--at", "1"]).await), first);
    assert_eq!(listed(&rows(&bench, &["tags", "--at", "2"]).await), second);
    assert_eq!(rows(&bench, &["repositories"]).await.len(), 7);
    let registries = rows(&bench, &["registries"]).await;
    assert_eq!(
        (&registries[0]["tags"], &registries[0]["repositories"]),
        (&second.len().into(), &7.into())
    );
    let ended = list(&bench, &["tags", "--at", "3"]).await.expect(2);
    assert!(
        ended.stderr.contains("the last snapshot is 00000002-"),
        "{}",
        ended.stderr
    );
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_order_and_limit_are_kept_in_every_format() {
    let bench = Bench::start(World::sized(6, 4));
    bench.collect(&[]).await.expect(0);
    let all = rows(&bench, &["manifests"]).await;
    let size = |row: &Value| row["imageSize"].as_u64().unwrap();
    let mut sizes: Vec<u64> = all.iter().map(size).collect();
    sizes.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
    let largest = rows(&bench, &["manifests", "--sort", "imageSize", "--limit", "3"]).await;
    assert_eq!(largest.iter().map(size).collect::<Vec<_>>(), sizes[..3]);
    let limit = sizes[2].to_string();
    assert_eq!(rows(&bench, &["manifests", "--larger-than", &limit]).await.len(), 2);
    let name = all[0]["repository"].as_str().unwrap();
    let of_one = rows(&bench, &["tags", "--repository", name]).await;
    assert!(!of_one.is_empty() && of_one.iter().all(|row| row["repository"] == name));
    assert_eq!(rows(&bench, &["manifests", "--untagged"]).await.len(), 0);
    assert!(rows(&bench, &["tags", "--newer-than", "1m"]).await.is_empty());
    let tags = rows(&bench, &["tags"]).await.len();
    assert_eq!(rows(&bench, &["tags", "--older-than", "1m"]).await.len(), tags);
    // One row a line, the first of them the names.
    let csv = list(&bench, &["tags", "--format", "csv", "--limit", "5"])
        .await
        .expect(0)
        .stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines[0],
        "registry,repository,tag,digest,createdTime,lastUpdateTime,locked"
    );
    assert_eq!(lines.len(), 6);
    let ndjson = list(&bench, &["tags", "--format", "ndjson"]).await.expect(0).stdout;
    assert_eq!(ndjson.lines().count(), tags);
    let table = list(&bench, &["repositories"]).await.expect(0).stdout;
    assert!(table.contains("repositor") && table.contains("MiB"), "{table}");
    for (wrong, why) in [
        (
            &["tags", "--sort", "size"][..],
            "there is no column \"size\"; there are registry, repository, tag",
        ),
        (&["tags", "--untagged"], "--untagged: tags have none"),
        (
            &["repositories", "--older-than", "3d"],
            "--older-than: repositories have none",
        ),
        (&["tags", "--older-than", "3"], "no age such as 90d"),
        (&["manifests", "--larger-than", "much"], "no size such as"),
        (&["tags", "--repository", "a["], "is no pattern"),
    ] {
        let ended = list(&bench, wrong).await.expect(2);
        assert!(ended.stderr.contains(why), "{wrong:?}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_event_changed_since_is_in_the_list_of_now() {
    let app = crate::function_app::FunctionApp::start(World::sized(4, 3)).await;
    app.run().await;
    let (name, _) = app.first_repository(SERVER);
    let digest = app.tenant.simulator.world().push_image(SERVER, &name, "fresh");
    app.tenant.simulator.world().push_image(SERVER, "new/by-event", "1.0");
    for (repository, tag, digest) in [(name.as_str(), "fresh", Some(&digest)), ("new/by-event", "1.0", None)] {
        let target = serde_json::json!({"repository": repository, "tag": tag, "digest": digest});
        let event = serde_json::json!({"action": "push", "target": target, "request": {"host": SERVER}});
        assert_eq!(app.post_webhook(&event).await, 202);
    }
    app.deliver().await;
    let bench = Bench::start(World::sized(1, 1));
    for blob in app.names("v2/") {
        let file = bench.output().join(&blob);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let bytes = app.tenant.blobs.lock().unwrap().get("inventory", &blob).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    // Copies have other versions than the index vouches for: every document is read, and says the same or more.
    let now = listed(&rows(&bench, &["tags"]).await);
    assert_eq!(now, tags(&app.tenant.simulator.world()));
    let then = listed(&rows(&bench, &["tags", "--at", "1"]).await);
    assert_eq!(now.difference(&then).count(), 2, "{then:?}");
    let repositories = rows(&bench, &["repositories", "--repository", "new/*"]).await;
    assert_eq!(
        (&repositories[0]["tags"], &repositories[0]["completeness"]),
        (&1.into(), &"complete".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inventory_of_an_older_version_is_named() {
    let bench = Bench::start(World::sized(1, 1));
    let file = bench.output().join("v1/registries/bench.azurecr.io/registry.json");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "{}").unwrap();
    let ended = list(&bench, &["registries"]).await.expect(2);
    assert!(ended.stderr.contains("in the layout v1"), "{}", ended.stderr);
    bench.collect(&[]).await.expect(0);
    assert_eq!(rows(&bench, &["registries"]).await.len(), 1);
    assert!(file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_runs_no_longer_find_is_listed_with_when_it_was_first_missed() {
    let bench = Bench::start(World::sized(2, 1).repeated(2));
    bench.collect(&[]).await.expect(0);
    let folder = bench.output().display().to_string();
    let servers: Vec<String> = bench.tenant.simulator.world().registries.keys().cloned().collect();
    let table = ["list", "registries", "--from", &folder];
    let ended = super::run(&[], &table).await.expect(0);
    assert!(!ended.stdout.contains("goneSince"), "{}", ended.stdout);
    bench.tenant.simulator.world().registries.remove(&servers[1]);
    bench.collect(&[]).await.expect(0);
    let missed = bench.document("v2/runs/current.json")["generation"]
        .as_str()
        .unwrap()
        .to_owned();
    let missed = bench.document(&format!("v2/runs/{missed}.json"))["openedAt"].clone();
    bench.collect(&[]).await.expect(0);
    let all = [&table[..], &["--format", "json"]].concat();
    let rows: Vec<Value> = serde_json::from_str(&super::run(&[], &all).await.expect(0).stdout).unwrap();
    let listed: Vec<_> = rows
        .iter()
        .map(|row| (&row["registry"], row.get("goneSince")))
        .collect();
    assert_eq!(
        listed,
        [
            (&servers[0].as_str().into(), None),
            (&servers[1].as_str().into(), Some(&missed))
        ]
    );
    let ended = super::run(&[], &table).await.expect(0);
    assert!(ended.stdout.contains("goneSince"), "{}", ended.stdout);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_more_is_read_for_a_reader_that_has_left() {
    let bench = Bench::start(World::sized(20, 20).repeated(2));
    bench.collect(&[]).await.expect(0);
    let folder = bench.output().display().to_string();
    let servers: Vec<String> = bench.tenant.simulator.world().registries.keys().cloned().collect();
    // The second one cannot be read.
    std::fs::remove_dir_all(bench.output().join(format!("v2/registries/{}/index", servers[1]))).unwrap();
    let arguments = ["list", "tags", "--format", "ndjson", "--from", &folder];
    let whole = super::run(&[], &arguments).await.expect(2);
    // More than is written at once, and all of it of the first.
    assert!(whole.stdout.len() > 100_000, "{}", whole.stdout.len());
    assert!(whole.stderr.contains(&servers[1]), "{}", whole.stderr);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let left = tokio::process::Command::new(env!("CARGO_BIN_EXE_acr-inventory"))
        .args(arguments)
        .env_clear()
        .stdin(std::process::Stdio::null())
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let left = left.wait_with_output().await.unwrap();
    assert_eq!(left.status.code(), Some(0), "{}", String::from_utf8_lossy(&left.stderr));
    // `--limit` does the same.
    super::run(&[], &[&arguments[..], &["--limit", "7"]].concat())
        .await
        .expect(0);
}
