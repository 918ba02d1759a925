//! Refreshes that take longer than one invocation: each goes on where the one before stopped, and nothing is read
//! twice.

use std::collections::BTreeMap;

use simulator::Service;
use simulator::world::World;

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";
/// Manifests, and tags, of a repository that is a long one.
const ITEMS: usize = 3_000;
/// Its lists take some twenty seconds; what is under way is put aside after six, in the middle of the manifests.
const LONG: &[(&str, &str)] = &[
    ("ACR_INVENTORY_PAGE_SIZE", "12"),
    ("ACR_INVENTORY_HARD_LIMIT_SECONDS", "20"),
];

/// How often every page of manifests and tags was asked for.
fn pages(app: &FunctionApp) -> BTreeMap<String, u64> {
    let mut pages = BTreeMap::new();
    for request in app.tenant.simulator.requests() {
        if request.service == Service::Registry && request.path.contains("/_") {
            let page = format!("{}?{}", request.path, request.query);
            *pages.entry(page).or_default() += u64::from(!request.path.ends_with("_catalog"));
        }
    }
    pages.retain(|_, times| *times > 0);
    pages
}

fn assert_read_once(app: &FunctionApp, expected: usize) {
    let pages = pages(app);
    let twice: Vec<_> = pages.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(pages.len(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_goes_on_where_the_invocation_before_stopped() {
    let settings = [
        ("ACR_INVENTORY_CONCURRENCY", "2"),
        ("ACR_INVENTORY_HARD_LIMIT_SECONDS", "5"),
    ];
    let app = FunctionApp::start_slow(World::sized(120, 2), &settings).await;
    let report = app.run().await;
    assert!(report.invocations["refresh-registry"] >= 3, "{report:?}");
    assert_eq!((report.failures, report.redeliveries), (0, 0));
    assert_read_once(&app, 240);
    app.assert_complete(SERVER, 120);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_repository_is_read_over_several_invocations_and_merged_once() {
    let app = FunctionApp::start_slow(World::generated(1, ITEMS), LONG).await;
    let report = app.run().await;
    assert!(report.invocations["refresh-registry"] >= 3, "{report:?}");
    assert_read_once(&app, 2 * ITEMS / 12);
    let names = app.names(&format!("v2/registries/{SERVER}/"));
    let left = app.names(&format!("v2/state/{SERVER}/"));
    assert_eq!(left, [format!("v2/state/{SERVER}/refresh.json")]);
    let document = names.iter().find(|name| name.contains("/repositories/")).unwrap();
    let end = app.lines(document).pop().unwrap();
    assert_eq!((&end["manifests"], &end["tags"]), (&ITEMS.into(), &ITEMS.into()));
    assert_eq!(end["completeness"], "complete");

    // Nothing has changed: nothing of the document is written, nor staged.
    let etag = || app.tenant.blobs.lock().unwrap().etag_of("inventory", document);
    let (before, blocks) = (etag(), app.tenant.blobs.lock().unwrap().operations.put_block);
    app.tenant.simulator.clear_requests();
    app.run().await;
    assert_eq!(etag(), before);
    assert_eq!(app.tenant.blobs.lock().unwrap().operations.put_block, blocks);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_never_has_the_time_is_left_to_the_next_refresh() {
    let app = FunctionApp::start_slow(World::generated(1, ITEMS), LONG).await;
    app.run().await;
    let documents = app.names(&format!("v2/registries/{SERVER}/repositories/"));
    let repository = documents[0]
        .rsplit_once("/repositories/")
        .unwrap()
        .1
        .strip_suffix(",lists.ndjson")
        .unwrap();
    // Long ones are read for events now and then only: the last time was long ago.
    let text = app.blob(&documents[0]).unwrap();
    let observed = app.lines(&documents[0])[0]["observedAt"].as_str().unwrap().to_owned();
    let text = text.replacen(&observed, "2026-01-01T00:00:00Z", 1);
    app.tenant.blobs.lock().unwrap().put("inventory", &documents[0], text);
    let event = serde_json::json!({
        "action": "push", "target": {"repository": repository, "tag": "v0000001"}, "request": {"host": SERVER},
    });
    assert_eq!(app.post_webhook(&event).await, 202);
    let report = app.deliver().await;
    // Others may have had what events may ask of the registry, so it is tried again as after any passing fault.
    assert_eq!(report.invocations["refresh-repository"], 1 + 16, "{report:?}");
    assert_eq!((report.failures, report.redeliveries, report.dead_letters), (0, 0, 0));
    let left: Vec<_> = app
        .names("v2/")
        .into_iter()
        .filter(|name| name.contains("/lines-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    app.assert_no_violation();
}
