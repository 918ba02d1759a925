//! The phases of a refresh: what comes after the close neither delays the next run nor fails this one, and what takes
//! more than one invocation gets further in each.

use serde_json::{Value, json};
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::tenant::REGISTRY_QUEUE;
use simulator::world::World;

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";
/// Repositories that were there once.
const GONE: usize = 150;

fn document(repository: &str) -> String {
    format!("v2/registries/{SERVER}/repositories/{repository},lists.ndjson")
}

fn checkpoint(app: &FunctionApp) -> Value {
    app.document(&format!("v2/state/{SERVER}/refresh.json"))
}

/// Delivers what is due; the requests that the registry got.
async fn deliver_due(app: &FunctionApp) -> usize {
    app.tenant.simulator.clear_requests();
    let report = app.host.deliver_due().await;
    assert_eq!((report.failures, report.redeliveries), (0, 0), "{report:?}");
    let requests = app.tenant.simulator.requests();
    requests
        .iter()
        .filter(|request| request.service == Service::Registry)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn tombstones_are_looked_at_once_a_run_however_many_invocations_that_takes() {
    let app = FunctionApp::start_slow(World::sized(1, 1), &[("ACR_INVENTORY_CONCURRENCY", "2")]).await;
    app.run().await;
    // One as it is written, and many more like it.
    app.ask_for(SERVER, "gone/0", None);
    app.deliver().await;
    let tombstone = app.blob(&document("gone/0")).unwrap();
    for number in 1..GONE {
        let name = format!("gone/{number}");
        let text = tombstone.replace("\"gone/0\"", &format!("\"{name}\""));
        app.tenant
            .blobs
            .lock()
            .unwrap()
            .put("inventory", &document(&name), text);
    }
    app.tenant.simulator.clear_requests();
    let report = app.run().await;
    // 150 reads of 40 ms, two at a time, are three seconds and more; an invocation has one.
    let invocations = report.invocations["refresh-registry"];
    assert!((3..20).contains(&invocations), "{report:?}");
    let requests = app.tenant.simulator.requests();
    for number in 0..GONE {
        let file = format!("%2F{number},lists.ndjson");
        let reads = requests.iter().filter(|request| {
            request.service == Service::Blob && request.path.contains("gone") && request.path.ends_with(&file)
        });
        // What is under way when the time is over is read again.
        assert!((1..=2).contains(&reads.count()), "{file}");
    }
    app.assert_complete(SERVER, 1);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_run_does_not_wait_for_the_audit_of_an_older_one() {
    let app = FunctionApp::start(World::sized(3, 2)).await;
    let down = Effect::Status {
        code: 503,
        retry_after: None,
        body: String::new(),
    };
    let faults = app.tenant.simulator.faults();
    faults.add(Rule::new(down).service(Service::Arm).path("roleAssignments"));
    app.fire_timer().await;
    deliver_due(&app).await;
    let first = checkpoint(&app);
    assert_eq!(
        (&first["phase"], &first["outcome"]),
        (&json!("audit"), &json!("complete"))
    );
    assert_eq!(app.tenant.queues.lock().unwrap().scheduled_len(REGISTRY_QUEUE), 1);

    let (repository, _) = app.first_repository(SERVER);
    app.tenant.simulator.world().push_image(SERVER, &repository, "newer");
    app.fire_timer().await;
    assert_ne!(deliver_due(&app).await, 0);
    let second = checkpoint(&app);
    assert_ne!(second["generation"], first["generation"]);
    assert_eq!(second["outcome"], "complete");
    let lines = app.lines(&document(&repository));
    assert!(lines.iter().any(|line| line["name"] == "newer"), "{lines:?}");

    // What the older run had left to do is carried on by the newer: one chain of messages.
    app.tenant
        .queues
        .lock()
        .unwrap()
        .reschedule(REGISTRY_QUEUE, time::Duration::days(-1));
    assert_eq!(deliver_due(&app).await, 0);
    assert_eq!(app.tenant.queues.lock().unwrap().scheduled_len(REGISTRY_QUEUE), 1);
    faults.clear();
    app.deliver().await;
    let audit = app.document(&format!("v2/registries/{SERVER}/audit.json"));
    assert_eq!(audit["snapshot"]["generation"], second["generation"]);
    app.assert_complete(SERVER, 3);
    app.assert_no_violation();
}
