//! What the collector promises, through the front door: timer or event in, documents out.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::world::World;

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";

fn registry(name: &str) -> String {
    format!("v2/registries/{SERVER}/{name}")
}

fn repository(name: &str) -> String {
    registry(&format!("repositories/{name},lists.ndjson"))
}

/// A push event as a registry's webhook sends it.
fn push(repository: &str, tag: &str, digest: &str) -> Value {
    json!({
        "id": "1", "timestamp": "2026-11-22T08:00:00.000000000Z", "action": "push",
        "target": {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1, "digest": digest,
                   "length": 1, "repository": repository, "tag": tag},
        "request": {"id": "2", "host": SERVER, "method": "PUT", "useragent": "test"}
    })
}

fn names(app: &FunctionApp) -> Vec<String> {
    let mut names: Vec<String> = app.tenant.simulator.world().registries[SERVER]
        .repositories
        .keys()
        .cloned()
        .collect();
    names.sort();
    names
}

fn of_kind<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

/// Documents that say what the registry holds, by name; volatile fields are left in.
fn documents(app: &FunctionApp) -> Vec<(String, String)> {
    let names = app.names(&registry("repositories/"));
    names
        .into_iter()
        .map(|name| (name.clone(), app.blob(&name).unwrap()))
        .collect()
}

fn changes(app: &FunctionApp) -> Vec<Vec<Value>> {
    let names = app.names(&registry("changes/"));
    names.iter().map(|name| app.lines(name)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_timer_writes_no_repository_document_and_no_change() {
    let app = FunctionApp::start(World::sized(7, 3)).await;
    app.run().await;
    let before = documents(&app);
    app.run().await;
    assert_eq!(documents(&app), before);
    assert_eq!(changes(&app), Vec::<Vec<Value>>::new());
    let document = app.document(&registry("registry.json"));
    assert_eq!(document["version"], 2);
    assert_eq!(document["generation"].as_str().unwrap()[..8], *"00000002");
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_the_fewest_possible() {
    let app = FunctionApp::start(World::sized(130, 2)).await;
    app.run().await;
    let refresh = app.document(&format!("v2/state/{SERVER}/refresh.json"));
    let (exchange, token, catalog, lists) = (1, 1, 1, 2);
    assert_eq!(
        refresh["requests"],
        exchange + token + catalog + lists * 130,
        "{refresh:#}"
    );
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_event_rewrites_one_document_and_records_the_change() {
    let app = FunctionApp::start(World::sized(4, 2)).await;
    app.run().await;
    let before = documents(&app);
    let name = names(&app)[1].clone();
    let digest = app.tenant.simulator.world().push_image(SERVER, &name, "fresh");
    assert_eq!(app.post_webhook(&push(&name, "fresh", &digest)).await, 202);
    let report = app.deliver().await;
    assert_eq!(
        report.invocations["refresh-repository"], 1,
        "the registry showed the event at once: no re-check"
    );
    let after = documents(&app);
    let changed: Vec<&String> = after
        .iter()
        .filter(|d| !before.contains(d))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(changed, [&repository(&name)]);
    let lines = app.lines(&repository(&name));
    assert_eq!(lines[0]["version"], 2);
    assert!(
        of_kind(&lines, "tag")
            .iter()
            .any(|tag| tag["name"] == "fresh" && tag["digest"] == digest.as_str())
    );
    let end = lines.last().unwrap();
    assert_eq!(
        end["attributes"]["manifestCount"], 3,
        "after an event the registry's own counts are read: {end:#}"
    );
    let changes = changes(&app);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0][0]["commitId"], lines[0]["commitId"]);
    assert_eq!(changes[0][0]["previousCommitId"], lines[0]["previousCommitId"]);
    let kinds: Vec<&str> = changes[0][1..]
        .iter()
        .map(|change| change["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["manifest-added", "tag-created"]);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_delivered_again_and_again_changes_nothing() {
    let app = FunctionApp::start(World::sized(2, 2)).await;
    app.run().await;
    let name = names(&app)[0].clone();
    let digest = app.tenant.simulator.world().push_image(SERVER, &name, "fresh");
    for _ in 0..20 {
        assert_eq!(app.post_webhook(&push(&name, "fresh", &digest)).await, 202);
    }
    app.deliver().await;
    let once = documents(&app);
    assert_eq!(app.post_webhook(&push(&name, "fresh", &digest)).await, 202);
    app.deliver().await;
    assert_eq!(documents(&app), once);
    assert_eq!(app.lines(&repository(&name))[0]["version"], 2);
    assert_eq!(
        changes(&app).iter().filter(|change| change[0]["version"] == 2).count(),
        changes(&app).len()
    );
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_and_removed_tags_and_locks_are_recorded() {
    let app = FunctionApp::start(World::sized(1, 3)).await;
    app.run().await;
    let name = names(&app)[0].clone();
    let tags: Vec<String> = app.tenant.simulator.world().registries[SERVER].repositories[&name]
        .tags
        .keys()
        .cloned()
        .collect();
    {
        let mut world = app.tenant.simulator.world();
        world.push_image(SERVER, &name, &tags[0]);
        world.delete_tag(SERVER, &name, &tags[1]);
        world.lock_tag(SERVER, &name, &tags[2]);
    }
    app.run().await;
    let changes = changes(&app);
    assert_eq!(changes.len(), 1);
    let mut kinds: Vec<&str> = changes[0][1..]
        .iter()
        .map(|change| change["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["lock-changed", "manifest-added", "tag-moved", "tag-removed"],
        "{changes:#?}"
    );
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_repository_leaves_a_tombstone_and_the_snapshot() {
    let app = FunctionApp::start(World::sized(3, 1)).await;
    app.run().await;
    let name = names(&app)[1].clone();
    app.tenant.simulator.world().delete_repository(SERVER, &name);
    app.run().await;
    let lines = app.lines(&repository(&name));
    assert!(lines[0]["removedAt"].is_string(), "{lines:#?}");
    assert_eq!(lines.len(), 2);
    let document = app.document(&registry("registry.json"));
    assert_eq!(document["totals"]["repositories"], 2);
    assert_eq!(document["status"]["completeness"], "complete");
    let removed = changes(&app);
    assert!(
        removed[0].iter().any(|change| change["kind"] == "repository-removed"),
        "{removed:#?}"
    );
    // Once more: the tombstone stays as it is.
    let before = documents(&app);
    app.run().await;
    assert_eq!(documents(&app), before);
    // And it comes back with the repository.
    app.tenant.simulator.world().push_image(SERVER, &name, "again");
    app.run().await;
    let lines = app.lines(&repository(&name));
    assert!(lines[0]["removedAt"].is_null());
    assert_eq!(lines[0]["version"], 3);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_answers_late_is_asked_again_later() {
    let mut world = World::sized(2, 1);
    world.registries.get_mut(SERVER).unwrap().replica_lag_seconds = 200;
    let app = FunctionApp::start(world).await;
    app.run().await;
    let name = names(&app)[0].clone();
    let digest = app.tenant.simulator.world().push_image(SERVER, &name, "late");
    assert_eq!(app.post_webhook(&push(&name, "late", &digest)).await, 202);
    // One look at once, one after five minutes.
    for _ in 0..2 {
        let report = app.host.deliver_due().await;
        assert_eq!(report.invocations["refresh-repository"], 1, "{report:?}");
        app.tenant.simulator.world().clock.advance(Duration::from_secs(310));
    }
    assert!(app.tenant.queues.lock().unwrap().is_empty());
    assert!(app.blob(&repository(&name)).unwrap().contains(&digest));
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_timers_join_one_generation() {
    let app = FunctionApp::start(World::sized(3, 1)).await;
    let timers = futures_util::future::join_all((0..5).map(|_| app.fire_timer())).await;
    assert_eq!(timers.len(), 5);
    app.deliver().await;
    let runs: Vec<String> = app
        .names("v2/runs/")
        .into_iter()
        .filter(|name| !name.ends_with("current.json"))
        .collect();
    let current = app.document("v2/runs/current.json");
    assert_eq!(current["generation"].as_str().unwrap()[..8], *"00000001", "{runs:?}");
    assert_eq!(app.names(&registry("snapshots/")).len(), 1);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_is_cut_into_invocations_and_reads_no_repository_twice() {
    let settings = [
        ("ACR_INVENTORY_HARD_LIMIT_SECONDS", "30"),
        ("ACR_INVENTORY_CONCURRENCY", "1"),
    ];
    let app = FunctionApp::start_slow(World::sized(40, 1), &settings).await;
    let report = app.run().await;
    assert!(report.invocations["refresh-registry"] >= 3, "{report:?}");
    assert_eq!(report.failures, 0, "{report:?}");
    app.assert_complete(SERVER, 40);
    let lists = app
        .tenant
        .simulator
        .requests()
        .iter()
        .filter(|request| request.path.ends_with("/_tags"))
        .count();
    assert_eq!(lists, 40);
    app.assert_no_violation();
}
