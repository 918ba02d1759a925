//! Events through both doors: the registry's own webhook, and CloudEvents on the queue.

mod broker;
mod covered;
mod delivered;
mod ended;
mod events;
mod hosts;
mod large;
mod queue;
mod secrets;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use simulator::host::HttpReply;
use simulator::tenant::{REPOSITORY_QUEUE, WEBHOOK_SECRET};
use simulator::world::{Registry, World};
use simulator::{Options, Service};

use crate::function_app::FunctionApp;
use crate::log_lines::FUNCTION_KEY;

pub const SERVER: &str = "bench.azurecr.io";
pub const REPOSITORY: &str = "team-001/service-000001";
pub const DOCUMENT: &str = "v2/registries/bench.azurecr.io/repositories/team-001/service-000001,lists.ndjson";
/// ARM id of the only registry of these worlds.
pub const REGISTRY_ID: &str = "/subscriptions/5f1b4c1e-0000-4000-8000-000000000001/resourceGroups/rg-bench/providers/Microsoft.ContainerRegistry/registries/bench";

/// An app that has read its registry once, so that the registry is known.
pub async fn app() -> FunctionApp {
    app_with(&[]).await
}

pub async fn app_with(settings: &[(&str, &str)]) -> FunctionApp {
    let app = FunctionApp::start_with(World::sized(3, 3), Options::default(), settings).await;
    let report = app.run().await;
    assert_eq!(report.failures, 0, "{report:?}");
    app.tenant.simulator.clear_requests();
    app
}

/// An app that has read its registry and `another`, which is beside it and empty.
pub async fn app_beside_another() -> FunctionApp {
    let mut world = World::sized(3, 3);
    let other = Registry::new("5f1b4c1e-0000-4000-8000-000000000001", "rg-bench", "another");
    world.registries.insert(other.login_server.clone(), other);
    let app = FunctionApp::start(world).await;
    assert_eq!(app.run().await.failures, 0);
    app
}

/// A webhook's body.
pub fn event(action: &str, host: &str, repository: &str) -> Value {
    json!({
        "id": "1", "timestamp": "2026-11-22T07:30:00Z", "action": action,
        "target": {"mediaType": "application/vnd.docker.distribution.manifest.v2+json", "repository": repository, "tag": "v1"},
        "request": {"id": "2", "host": host, "method": "PUT", "useragent": "docker/27"}
    })
}

/// Posts to the webhook with these headers.
pub async fn post(app: &FunctionApp, headers: &[(&'static str, &str)], body: impl Into<bytes::Bytes>) -> HttpReply {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    app.host.call_http(Method::POST, "/api/webhooks/acr", map, body).await
}

/// The headers of a call that is let in.
pub fn headers() -> [(&'static str, &'static str); 3] {
    [
        ("content-type", "application/json; charset=utf-8"),
        ("x-functions-key", FUNCTION_KEY),
        ("x-inventory-secret", WEBHOOK_SECRET),
    ]
}

/// Messages that the broker has taken for the repository queue.
pub fn sent(app: &FunctionApp) -> u64 {
    app.tenant.queues.lock().unwrap().counters(REPOSITORY_QUEUE).sent
}

/// Requests that have reached registries since the log was cleared.
pub fn registry_requests(app: &FunctionApp) -> usize {
    let requests = app.tenant.simulator.requests();
    let outside = |service| matches!(service, Service::Registry | Service::Other);
    requests.iter().filter(|request| outside(request.service)).count()
}

/// Tags in the stored document of [`REPOSITORY`].
pub fn tags(app: &FunctionApp) -> Vec<String> {
    let lines = app.lines(DOCUMENT).into_iter();
    let tags = lines.filter(|line| line["kind"] == "tag");
    tags.map(|line| line["name"].as_str().unwrap().to_owned()).collect()
}

/// The documents in quarantine.
pub fn quarantine(app: &FunctionApp) -> Vec<Value> {
    let names = app.names("v2/quarantine/");
    names.iter().map(|name| app.document(name)).collect()
}
