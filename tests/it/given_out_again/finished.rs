//! A duplicate of a message whose refresh is over, as a host that was stopped gives it out: one read, and no request to
//! a registry.

use serde_json::Value;
use simulator::Service;
use simulator::tenant::REGISTRY_QUEUE;

use super::put;
use crate::function_app::FunctionApp;
use crate::webhook::{app, registry_requests};

/// A fresh process over the same container.
async fn restarted(app: &FunctionApp) -> FunctionApp {
    let fresh = FunctionApp::start(simulator::world::World::sized(3, 3)).await;
    for name in app.names("") {
        let bytes = app.tenant.blobs.lock().unwrap().get("inventory", &name).unwrap();
        fresh.tenant.blobs.lock().unwrap().put("inventory", &name, bytes);
    }
    fresh
}

/// The message that a timer sends, delivered to its end.
async fn refreshed(app: &FunctionApp) -> Value {
    app.fire_timer().await;
    let body = {
        let mut queues = app.tenant.queues.lock().unwrap();
        let delivery = queues.receive(REGISTRY_QUEUE).unwrap();
        assert!(queues.abandon(delivery.lock));
        delivery.message.body
    };
    app.deliver().await;
    serde_json::from_slice(&body).unwrap()
}

async fn costs_one_read(app: &FunctionApp, message: &Value) {
    put(app, REGISTRY_QUEUE, message);
    app.tenant.simulator.clear_requests();
    let report = app.host.deliver_due().await;
    assert_eq!(report.failures, 0, "{report:?}");
    assert!(app.tenant.queues.lock().unwrap().is_empty());
    let requests = app.tenant.simulator.requests();
    let blobs = requests.iter().filter(|request| request.service == Service::Blob);
    let blobs: Vec<_> = blobs
        .map(|request| (request.method.as_str(), request.path.as_str()))
        .collect();
    assert_eq!(
        blobs,
        [("GET", "/inventory/v2%2Fstate%2Fbench.azurecr.io%2Frefresh.json")]
    );
    let arm = requests
        .iter()
        .filter(|request| request.service == Service::Arm)
        .count();
    assert_eq!((registry_requests(app), arm), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_costs_one_read_in_the_same_process_and_in_the_next() {
    let app = app().await;
    let older = refreshed(&app).await;
    costs_one_read(&app, &older).await;
    let newer = refreshed(&app).await;
    assert_ne!(older["generation"], newer["generation"]);
    // Of an older generation too.
    for message in [&older, &newer] {
        costs_one_read(&app, message).await;
    }
    let restarted = restarted(&app).await;
    // The token for the storage is new; of the storage itself one document is read.
    for message in [&newer, &older] {
        costs_one_read(&restarted, message).await;
    }
}
