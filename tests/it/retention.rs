//! Snapshots over six weeks through the function app: thinned once a day, and everything that is kept can be read.

use acr_inventory::names::LoginServer;
use acr_inventory::snapshot::{Depth, Pointed, verify};
use acr_inventory::store::BlobKey;
use serde_json::Value;
use simulator::world::{Registry, World};

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// A run a day later, in which a tag came and the thinning is due.
async fn a_day_later(app: &FunctionApp, day: u32) {
    {
        let mut world = app.tenant.simulator.world();
        let names: Vec<String> = world.registries[SERVER].repositories.keys().cloned().collect();
        world.push_image(SERVER, &names[day as usize % names.len()], &format!("day-{day}"));
    }
    app.tenant.blobs.lock().unwrap().age(DAY);
    let state = format!("v2/state/{SERVER}/refresh.json");
    if let Some(text) = app.blob(&state) {
        let mut refresh: Value = serde_json::from_str(&text).unwrap();
        // When it was last done is told by the handler's clock, and no day has passed on that.
        refresh["retainedAt"] = "2026-01-01T00:00:00Z".into();
        app.tenant
            .blobs
            .lock()
            .unwrap()
            .put("inventory", &state, refresh.to_string());
    }
    let report = app.run().await;
    assert_eq!((report.failures, report.redeliveries), (0, 0), "day {day}: {report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_are_thinned_and_what_nobody_names_is_gone_three_days_later() {
    let settings = [("ACR_INVENTORY_KEEP", "all=1,daily=2,weekly=7")];
    let app = FunctionApp::start_with(World::sized(5, 4), simulator::Options::default(), &settings).await;
    for day in 0..40 {
        a_day_later(&app, day).await;
    }
    let folder = format!("v2/registries/{SERVER}");
    let manifests = app.names(&format!("{folder}/snapshots/"));
    // The newest 28, whatever is said.
    assert_eq!(manifests.len(), 28, "{manifests:#?}");
    let server = LoginServer::parse(SERVER).unwrap();
    let (_place, store) = app.copied();
    let mut named = std::collections::BTreeSet::new();
    for name in &manifests {
        let generation = BlobKey::manifest_of(&server, name).unwrap();
        let pointed = Pointed {
            generation: &generation,
            manifest_sha256: None,
        };
        let verified = verify(&store, &server, pointed, Depth::Packs).await.unwrap();
        assert!(verified.findings.is_empty(), "{:#?}", verified.findings);
        let manifest = app.document(name);
        for (kind, blobs) in [("segments", "index"), ("packs", "packs")] {
            for blob in manifest[kind].as_array().unwrap() {
                named.insert(format!("{folder}/{blobs}/{}.ndjson.gz", blob["name"].as_str().unwrap()));
            }
        }
    }
    // What the manifests of the last three days' deletions alone named may still be there.
    let there: Vec<String> = ["index/", "packs/"]
        .iter()
        .flat_map(|blobs| app.names(&format!("{folder}/{blobs}")))
        .collect();
    let unnamed: Vec<&String> = there.iter().filter(|name| !named.contains(*name)).collect();
    assert!(unnamed.len() <= 6, "{unnamed:#?}");
    assert_eq!(
        app.names(&format!("v2/state/{SERVER}/")),
        [format!("v2/state/{SERVER}/refresh.json")]
    );
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_deleted_while_a_manifest_cannot_be_read() {
    let settings = [("ACR_INVENTORY_KEEP", "all=0,daily=0,weekly=0")];
    let app = FunctionApp::start_with(World::sized(2, 2), simulator::Options::default(), &settings).await;
    a_day_later(&app, 0).await;
    let manifest = app.names(&format!("v2/registries/{SERVER}/snapshots/")).remove(0);
    let newer = app
        .blob(&manifest)
        .unwrap()
        .replace("\"schemaVersion\":1", "\"schemaVersion\":2");
    // Beside the current one lies one of a newer build.
    let other = manifest.replace("/00000001-", "/00000000-");
    app.tenant.blobs.lock().unwrap().put("inventory", &other, newer);
    for day in 1..34 {
        a_day_later(&app, day).await;
    }
    assert_eq!(app.names(&format!("v2/registries/{SERVER}/snapshots/")).len(), 35);
    app.tenant.blobs.lock().unwrap().remove("inventory", &other);
    a_day_later(&app, 34).await;
    let left = app.names(&format!("v2/registries/{SERVER}/snapshots/")).len();
    assert!((28..=29).contains(&left), "{left}");
}

/// The run before was opened on another day.
fn as_if_a_day_before(app: &FunctionApp) {
    let current = "v2/runs/current.json";
    let text = app.blob(current).unwrap();
    let generation = app.document(current)["generation"].as_str().unwrap().to_owned();
    let earlier = format!("{}-20260101T000000Z", generation.split_once('-').unwrap().0);
    let run = app.blob(&format!("v2/runs/{generation}.json")).unwrap();
    let mut blobs = app.tenant.blobs.lock().unwrap();
    let renamed = |text: String| text.replace(&generation, &earlier);
    blobs.put("inventory", &format!("v2/runs/{earlier}.json"), renamed(run));
    blobs.put("inventory", current, renamed(text));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_runs_records_of_changes_and_registries_that_are_gone_are_thinned_once_a_day() {
    const GONE: &str = "gone.azurecr.io";
    let settings = [("ACR_INVENTORY_KEEP", "all=0,daily=0,weekly=3")];
    let mut world = World::sized(2, 2);
    let registry = Registry::new("5f1b4c1e-0000-4000-8000-000000000001", "rg-bench", "gone");
    world.registries.insert(registry.login_server.clone(), registry);
    world.push_image(GONE, "app", "first");
    let app = FunctionApp::start_with(world, simulator::Options::default(), &settings).await;
    for number in 0..30 {
        app.tenant
            .simulator
            .world()
            .push_image(GONE, "app", &format!("v{number}"));
        app.run().await;
    }
    let count = |prefix: &str| app.names(prefix).len();
    let (snapshots, changes) = (
        format!("v2/registries/{GONE}/snapshots/"),
        format!("v2/registries/{GONE}/changes/"),
    );
    assert_eq!((count(&snapshots), count(&changes), count("v2/runs/")), (30, 29, 31));

    app.tenant.simulator.world().registries.remove(GONE);
    app.tenant.blobs.lock().unwrap().age(4 * DAY);
    app.run().await;
    assert_eq!(
        (count(&snapshots), count(&changes)),
        (30, 29),
        "once a day, and today it was"
    );
    as_if_a_day_before(&app);
    app.run().await;
    assert_eq!((count(&snapshots), count(&changes)), (28, 0));
    // The last three, and the one that the pointer named; and the pointer.
    assert!(count("v2/runs/") <= 5, "{:#?}", app.names("v2/runs/"));
    app.assert_complete("bench.azurecr.io", 2);
    app.assert_no_violation();
}
