//! Events of registries that are not covered are acknowledged with a warning: a topic sends them whatever we cover.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use simulator::host::OutputLine;
use simulator::service_bus::Message;
use simulator::tenant::REPOSITORY_QUEUE;
use simulator::world::World;
use simulator::{Options, Service};

use super::{REGISTRY_ID, REPOSITORY, SERVER, app, event, quarantine, registry_requests, tags};
use crate::function_app::FunctionApp;

const WARNING: &str = "an event of a registry that is not covered";

fn image_event(server: &str, number: u32) -> Value {
    let name = server.split('.').next().unwrap();
    let source = REGISTRY_ID.replace("/bench", &format!("/{name}"));
    json!({
        "specversion": "1.0", "id": number.to_string(), "type": "Microsoft.ContainerRegistry.ImagePushed", "source": source,
        "data": {"target": {"repository": REPOSITORY, "tag": "v1"}, "request": {"host": server}}
    })
}

/// An event of a chart: it names its registry by the ARM id alone.
fn chart_event(source: &str, number: u32) -> Value {
    json!({
        "specversion": "1.0", "id": number.to_string(), "type": "Microsoft.ContainerRegistry.ChartPushed", "source": source,
        "data": {"target": {"repository": REPOSITORY, "tag": "v1"}}
    })
}

fn put(app: &FunctionApp, message: &Value) {
    let message = Message::json(message.to_string());
    assert!(app.tenant.queues.lock().unwrap().send(REPOSITORY_QUEUE, message));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_registries_that_are_not_discovered_are_acknowledged_with_a_warning() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let into = Arc::clone(&lines);
    let on_line = Arc::new(move |line: OutputLine| into.lock().unwrap().push(line.text));
    let app = FunctionApp::start_process(World::sized(3, 3), &[], on_line).await;
    let before_the_first_run = [image_event(SERVER, 1), chart_event(REGISTRY_ID, 2)];
    for message in &before_the_first_run {
        put(&app, message);
    }
    let report = app.deliver().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    // What came before the first run keeps no registry out of it.
    let report = app.run().await;
    assert_eq!(report.failures, 0, "{report:?}");
    app.assert_complete(SERVER, 3);
    for number in 0..20 {
        put(&app, &image_event("elsewhere.azurecr.io", number));
        put(&app, &chart_event(&REGISTRY_ID.replace("/bench", "/elsewhere"), number));
    }
    app.tenant.simulator.clear_requests();
    let report = app.deliver().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    assert_eq!(registry_requests(&app), 0);
    assert_eq!(app.names("v2/quarantine/"), [""; 0]);
    app.host.kill().await;
    let lines = lines.lock().unwrap();
    let warnings: Vec<&String> = lines.iter().filter(|line| line.contains(WARNING)).collect();
    assert_eq!(warnings.len(), 2 + 40, "{lines:#?}");
    assert!(
        warnings.iter().all(|line| line.contains("\"level\":\"WARN\"")),
        "{warnings:#?}"
    );
    assert!(
        warnings.iter().any(|line| line.contains("registries/elsewhere")),
        "{warnings:#?}"
    );
    app.assert_no_violation();
}

/// A process with these settings over the inventory of another.
async fn over(before: &FunctionApp, settings: &[(&str, &str)]) -> FunctionApp {
    let app = FunctionApp::start_with(World::sized(3, 3), Options::default(), settings).await;
    for name in before.names("") {
        let bytes = before.tenant.blobs.lock().unwrap().get("inventory", &name).unwrap();
        app.tenant.blobs.lock().unwrap().put("inventory", &name, bytes);
    }
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_registry_that_is_excluded_now_are_acknowledged() {
    let before = app().await;
    for settings in [("ACR_INVENTORY_EXCLUDE", "bench"), ("ACR_INVENTORY_INCLUDE", "other*")] {
        let app = over(&before, &[settings]).await;
        app.fire_timer().await;
        for message in [image_event(SERVER, 1), chart_event(REGISTRY_ID, 2)] {
            put(&app, &message);
        }
        app.tenant.simulator.clear_requests();
        let report = app.deliver().await;
        assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
        assert_eq!(registry_requests(&app), 0);
        assert_eq!(quarantine(&app), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_registry_that_a_run_has_missed_is_kept() {
    let app = app().await;
    for subscription in app.tenant.simulator.world().subscriptions.values_mut() {
        subscription.readable = false;
    }
    app.tenant
        .simulator
        .world()
        .clock
        .advance(std::time::Duration::from_secs(3_600));
    app.host.fire_timer("schedule-refresh", false).await.unwrap();
    // What was read of the run before is remembered for some minutes.
    let app = over(&app, &[]).await;
    put(&app, &image_event(SERVER, 1));
    let report = app.deliver().await;
    assert_eq!((report.failures, registry_requests(&app)), (0, 0), "{report:?}");
    let kept = quarantine(&app);
    assert_eq!(kept.len(), 1, "it can be replayed once the registry is found again");
    let reason = "the event comes from a registry that is not known";
    assert!(kept[0]["reason"].as_str().unwrap().starts_with(reason));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_somebody_who_looked_at_another_registry_hides_none() {
    let mut world = World::sized(3, 3);
    let other = simulator::world::Registry::new("5f1b4c1e-0000-4000-8000-000000000001", "rg-bench", "another");
    world.registries.insert(other.login_server.clone(), other);
    let before = FunctionApp::start(world).await;
    assert_eq!(before.run().await.failures, 0);
    let settings = before.tenant.application_settings(simulator::tenant::CONTAINER_URL);
    let look = ["collect", "--registry", "another"];
    crate::command_line::run(&settings, &look).await.expect(0);
    let current = before.document("v2/runs/current.json");
    assert!(
        current["generation"].as_str().unwrap().starts_with("00000002-"),
        "{current}"
    );
    // What the process before remembered is gone.
    let app = over(&before, &[]).await;
    for message in [image_event(SERVER, 1), chart_event(REGISTRY_ID, 2)] {
        put(&app, &message);
    }
    let report = app.deliver().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    assert!(registry_requests(&app) > 0);
    assert_eq!(quarantine(&app), [""; 0]);
    // Of the timer's own run nothing is in doubt either.
    app.fire_timer().await;
    let report = app.deliver().await;
    assert_eq!(report.failures, 0, "{report:?}");
    assert_eq!(quarantine(&app), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_event_just_after_the_first_run_is_not_lost() {
    let app = FunctionApp::start(World::sized(3, 3)).await;
    // The handler remembers for some seconds that it knows no registry, for callers of the webhook.
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 403);
    app.fire_timer().await;
    put(&app, &chart_event(REGISTRY_ID, 1));
    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "v1");
    let report = app.deliver().await;
    assert_eq!(
        (report.failures, app.tenant.simulator.count(Service::Other)),
        (0, 0),
        "{report:?}"
    );
    let read = app.tenant.simulator.requests();
    let asked = read
        .iter()
        .filter(|request| request.path.contains("service-000001/_tags"));
    assert!(asked.count() > 1, "by the event, and by the run");
    assert!(tags(&app).contains(&"v1".to_owned()));
    assert_eq!(quarantine(&app), [""; 0]);
}
