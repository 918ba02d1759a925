//! Input that is not what it should be: each has a named error, and nothing is lost or overwritten.

mod checkpoint;
mod container;
mod directory;
mod full_disk;
mod messages;
mod repository_document;
mod runs;
mod snapshot;

use bytes::Bytes;
use serde_json::{Value, json};
use simulator::service_bus::Message;
use simulator::world::World;

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";
const REGISTRY: &str = "v2/registries/bench.azurecr.io/registry.json";
const REFRESH: &str = "v2/state/bench.azurecr.io/refresh.json";
const CURRENT: &str = "v2/runs/current.json";
const UNREADABLE: &str = "stored-document-unreadable";

/// The place of a repository's document.
fn document(repository: &str) -> String {
    format!("v2/registries/{SERVER}/repositories/{repository},lists.ndjson")
}

/// An app that has read its registry of `repositories` once.
async fn app(repositories: usize) -> FunctionApp {
    let app = FunctionApp::start(World::sized(repositories, 2)).await;
    assert_eq!(app.run().await.failures, 0);
    assert_eq!(status(&app), ("complete".to_owned(), Vec::new()));
    app
}

/// The registry's repositories, in order.
fn repositories(app: &FunctionApp) -> Vec<String> {
    let world = app.tenant.simulator.world();
    world.registries[SERVER].repositories.keys().cloned().collect()
}

/// Completeness of the registry document and the codes of its problems.
fn status(app: &FunctionApp) -> (String, Vec<String>) {
    let status = &app.document(REGISTRY)["status"];
    let problems = status["problems"]["first"].as_array().unwrap().iter();
    let codes = problems.map(|problem| problem["code"].as_str().unwrap().to_owned());
    (status["completeness"].as_str().unwrap().to_owned(), codes.collect())
}

fn bytes(app: &FunctionApp, name: &str) -> Bytes {
    app.tenant.blobs.lock().unwrap().get("inventory", name).unwrap()
}

fn put(app: &FunctionApp, name: &str, content: impl Into<Bytes>) {
    app.tenant.blobs.lock().unwrap().put("inventory", name, content);
}

fn remove(app: &FunctionApp, name: &str) {
    assert!(app.tenant.blobs.lock().unwrap().remove("inventory", name), "{name}");
}

fn send(app: &FunctionApp, queue: &str, body: impl Into<Bytes>) {
    assert!(app.tenant.queues.lock().unwrap().send(queue, Message::json(body)));
}

/// A message that asks for one repository.
fn ask_for(repository: &str) -> String {
    json!({"kind": "refresh-repository", "schemaVersion": 1, "loginServer": SERVER, "repository": repository})
        .to_string()
}

/// The documents in quarantine.
fn quarantine(app: &FunctionApp) -> Vec<Value> {
    let names = app.names("v2/quarantine/");
    names.iter().map(|name| app.document(name)).collect()
}

/// Names of the tags in a stored repository document.
fn tags(app: &FunctionApp, repository: &str) -> Vec<String> {
    let lines = app.lines(&document(repository)).into_iter();
    let tags = lines.filter(|line| line["kind"] == "tag");
    tags.map(|line| line["name"].as_str().unwrap().to_owned()).collect()
}

/// JSON documents that no reader of this build may take for the one in `right`, with what they are.
fn spoilt(right: &Bytes) -> Vec<(&'static str, Bytes)> {
    let mut newer: Value = serde_json::from_slice(right).unwrap();
    newer["schemaVersion"] = json!(2);
    vec![
        ("of a newer version", newer.to_string().into()),
        ("cut off", right.slice(..right.len() / 2)),
        ("empty", Bytes::new()),
        ("not UTF-8", vec![0xff; 64].into()),
        ("of another kind", "{\"schemaVersion\":1}".into()),
        ("larger than 32 MiB", vec![b' '; (32 << 20) + 1].into()),
    ]
}
