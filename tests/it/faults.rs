//! Faults on the way: the run ends right, or says what it does not know, and nothing known is lost.

mod second_look;

use serde_json::Value;
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::host::ignore_lines;
use simulator::world::{DataPlaneAccess, World};

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";

fn registry(name: &str) -> String {
    format!("v2/registries/{SERVER}/{name}")
}

fn status(code: u16, retry_after: Option<&str>) -> Effect {
    Effect::Status {
        code,
        retry_after: retry_after.map(str::to_owned),
        body: String::new(),
    }
}

fn rule(effect: Effect) -> Rule {
    Rule::new(effect).service(Service::Registry)
}

/// What the documents say of content, without who wrote it when.
fn content(app: &FunctionApp) -> Vec<(String, Vec<Value>)> {
    let names = app.names(&registry("repositories/"));
    let lines = |name: &String| {
        app.lines(name)
            .into_iter()
            .filter(|line| line["kind"] == "manifest" || line["kind"] == "tag")
    };
    names.iter().map(|name| (name.clone(), lines(name).collect())).collect()
}

fn completeness(app: &FunctionApp) -> String {
    app.document(&registry("registry.json"))["status"]["completeness"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_registry_is_finished_later_and_no_message_is_burned() {
    let app = FunctionApp::start_process(World::sized(6, 2), &[], ignore_lines()).await;
    app.tenant
        .simulator
        .faults()
        .add(rule(status(429, Some("40"))).path("_tags").times(1));
    app.fire_timer().await;
    let first = app.host.deliver_due().await;
    assert_eq!(
        (first.failures, first.invocations["refresh-registry"]),
        (0, 1),
        "{first:?}"
    );
    // The messages' time is stepped, the process's own is not: another process goes on, as it might in Azure.
    app.host.restart().await.unwrap();
    let report = app.deliver().await;
    assert_eq!(
        (report.failures, report.redeliveries, report.dead_letters),
        (0, 0, 0),
        "{report:?}"
    );
    assert_eq!(completeness(&app), "complete");
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_server_errors_and_broken_connections_are_tried_again() {
    let app = FunctionApp::start(World::sized(6, 2)).await;
    let faults = app.tenant.simulator.faults();
    faults.add(rule(status(503, None)).path("_manifests").times(3));
    faults.add(rule(Effect::ResetBefore).path("_tags").times(2));
    faults.add(rule(Effect::Truncate).path("_tags").skip(3).times(2));
    let report = app.run().await;
    assert_eq!(report.failures, 0, "{report:?}");
    assert_eq!(completeness(&app), "complete");
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_never_answers_does_not_lose_the_others() {
    let app = FunctionApp::start(World::sized(4, 1)).await;
    let (name, _) = app.first_repository(SERVER);
    let path = format!("{name}/_tags");
    app.tenant.simulator.faults().add(rule(status(500, None)).path(&path));
    let report = app.run().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    assert_eq!(completeness(&app), "partial");
    let document = app.document(&registry("registry.json"));
    assert_eq!(document["totals"]["repositories"], 4);
    assert_eq!(document["status"]["problems"]["first"][0]["repository"], name.as_str());
    assert!(document["lastComplete"].is_null());
    assert_eq!(app.names(&registry("repositories/")).len(), 3);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn losing_access_removes_nothing() {
    let app = FunctionApp::start(World::sized(3, 2)).await;
    app.run().await;
    let before = content(&app);
    for access in [DataPlaneAccess::Firewall, DataPlaneAccess::Denied] {
        app.tenant.simulator.world().registries.get_mut(SERVER).unwrap().access = access;
        app.run().await;
        assert_eq!(completeness(&app), "forbidden");
        assert_eq!(content(&app), before);
        let document = app.document(&registry("registry.json"));
        assert_eq!(document["snapshot"], document["lastComplete"]);
        assert_eq!(document["snapshot"]["generation"].as_str().unwrap()[..8], *"00000001");
    }
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_tag_is_kept_and_the_repository_partial_until_it_shows_again() {
    let app = FunctionApp::start(World::sized(2, 3)).await;
    app.run().await;
    let before = content(&app);
    let (name, tag) = app.first_repository(SERVER);
    let hide = |hidden: bool| {
        let mut world = app.tenant.simulator.world();
        let repository = world
            .registries
            .get_mut(SERVER)
            .unwrap()
            .repositories
            .get_mut(&name)
            .unwrap();
        repository.tags.get_mut(&tag).unwrap().attributes.list_enabled = !hidden;
    };
    hide(true);
    app.run().await;
    assert_eq!(content(&app), before, "a tag that is hidden is not a tag that is gone");
    assert_eq!(completeness(&app), "partial");
    let end = app
        .lines(&registry(&format!("repositories/{name},lists.ndjson")))
        .pop()
        .unwrap();
    assert_eq!(end["problems"][0]["code"], "count-mismatch");
    hide(false);
    app.run().await;
    assert_eq!(content(&app), before);
    assert_eq!(completeness(&app), "complete");
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_the_catalog_forgets_is_not_removed() {
    let app = FunctionApp::start(World::sized(3, 1)).await;
    app.run().await;
    let before = content(&app);
    let (name, _) = app.first_repository(SERVER);
    {
        let mut world = app.tenant.simulator.world();
        let repositories = &mut world.registries.get_mut(SERVER).unwrap().repositories;
        repositories.get_mut(&name).unwrap().attributes.list_enabled = false;
    }
    app.run().await;
    assert_eq!(content(&app), before);
    assert_eq!(completeness(&app), "partial");
    let document = app.document(&registry("registry.json"));
    assert_eq!(
        document["status"]["problems"]["first"][0]["code"],
        "missing-from-catalog"
    );
    assert_eq!(document["totals"]["repositories"], 3);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_is_recognised_as_our_own() {
    let app = FunctionApp::start(World::sized(3, 1)).await;
    let faults = app.tenant.simulator.faults();
    for path in [
        "refresh.json",
        ",lists.ndjson",
        "registry.json",
        "snapshots",
        "current.json",
    ] {
        faults.add(
            Rule::new(Effect::ResetAfter)
                .service(Service::Blob)
                .method("PUT")
                .path(path)
                .times(1),
        );
    }
    let report = app.run().await;
    assert_eq!(report.failures, 0, "{report:?}");
    assert_eq!(completeness(&app), "complete");
    for (name, _) in content(&app) {
        assert_eq!(app.lines(&name)[0]["version"], 1, "{name}");
    }
    assert_eq!(
        app.document("v2/runs/current.json")["generation"].as_str().unwrap()[..8],
        *"00000001"
    );
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_in_trouble_gives_the_message_back_and_nothing_is_claimed() {
    let app = FunctionApp::start(World::sized(3, 1)).await;
    app.fire_timer().await;
    app.tenant.simulator.faults().add(
        Rule::new(status(503, None))
            .service(Service::Blob)
            .path("refresh.json")
            .times(12),
    );
    let report = app.deliver().await;
    assert_eq!(report.dead_letters, 0, "{report:?}");
    assert_eq!(completeness(&app), "complete");
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_refreshes_of_one_repository_end_with_the_newest_state() {
    let app = FunctionApp::start(World::sized(1, 1)).await;
    app.run().await;
    let (name, _) = app.first_repository(SERVER);
    for round in 0..4 {
        let digest = app
            .tenant
            .simulator
            .world()
            .push_image(SERVER, &name, &format!("round-{round}"));
        let event = serde_json::json!({
            "id": "1", "timestamp": "2026-11-22T08:00:00Z", "action": "push",
            "target": {"digest": digest, "repository": name, "tag": format!("round-{round}")},
            "request": {"id": "2", "host": SERVER}
        });
        for _ in 0..4 {
            assert_eq!(app.post_webhook(&event).await, 202);
        }
    }
    let report = app.deliver().await;
    assert_eq!(report.failures, 0, "{report:?}");
    let lines = app.lines(&registry(&format!("repositories/{name},lists.ndjson")));
    assert_eq!(lines.iter().filter(|line| line["kind"] == "tag").count(), 5);
    // The chain of change records: every version once, each following the one before.
    let mut commits: Vec<Value> = app
        .names(&registry("changes/"))
        .iter()
        .map(|name| app.lines(name).remove(0))
        .collect();
    commits.sort_by_key(|commit| commit["version"].as_u64());
    let last = commits
        .iter()
        .find(|commit| commit["commitId"] == lines[0]["commitId"])
        .unwrap();
    let mut wanted = last["previousCommitId"].clone();
    for version in (2..last["version"].as_u64().unwrap()).rev() {
        let before = commits.iter().find(|commit| commit["commitId"] == wanted).unwrap();
        assert_eq!(before["version"], version);
        wanted = before["previousCommitId"].clone();
    }
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_repository_that_never_answers_does_not_hold_the_refresh_open() {
    let app = FunctionApp::start(World::sized(3, 1)).await;
    app.run().await;
    let before = content(&app);
    let (name, _) = app.first_repository(SERVER);
    {
        let mut world = app.tenant.simulator.world();
        let repositories = &mut world.registries.get_mut(SERVER).unwrap().repositories;
        repositories.get_mut(&name).unwrap().attributes.list_enabled = false;
    }
    let path = format!("{name}/_manifests");
    app.tenant.simulator.faults().add(rule(status(500, None)).path(&path));
    let report = app.run().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    assert!(report.invocations["refresh-registry"] <= 6, "{report:?}");
    assert_eq!(
        app.document(&format!("v2/state/{SERVER}/refresh.json"))["phase"],
        "done"
    );
    assert_eq!(completeness(&app), "partial");
    assert_eq!(app.document(&registry("registry.json"))["totals"]["repositories"], 3);
    assert_eq!(content(&app), before);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_cannot_make_large_pages_is_asked_for_smaller_ones() {
    let app = FunctionApp::start(World::sized(1, 600)).await;
    let faults = app.tenant.simulator.faults();
    faults.add(rule(status(504, None)).path("_manifests").times(2));
    let report = app.run().await;
    assert_eq!((report.failures, report.redeliveries), (0, 0), "{report:?}");
    assert_eq!(completeness(&app), "complete");
    let requests = app.tenant.simulator.requests();
    let asked: Vec<&str> = requests
        .iter()
        .filter(|request| request.path.ends_with("_manifests"))
        .filter_map(|request| request.query.split('&').find(|part| part.starts_with("n=")))
        .collect();
    assert_eq!(asked, ["n=1000", "n=500", "n=250", "n=250", "n=250"]);
    app.assert_no_violation();
}
