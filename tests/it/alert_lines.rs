//! The log lines that the deployment's alerts are shown to work on (`tests/infra/run`) are lines that the program writes.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use simulator::host::OutputLine;
use simulator::service_bus::Message;
use simulator::tenant::REGISTRY_QUEUE;
use simulator::world::World;

use crate::function_app::FunctionApp;

/// The lines of a process that reads a registry completely, then without one of its tags, and is given a message that
/// can never succeed.
async fn written() -> Vec<Value> {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let into = Arc::clone(&lines);
    let on_line = Arc::new(move |line: OutputLine| into.lock().unwrap().push(line.text));
    let app = FunctionApp::start_process(World::sized(1, 1), &[], on_line).await;
    app.run().await;
    {
        let mut world = app.tenant.simulator.world();
        let registry = world.registries.values_mut().next().unwrap();
        let repository = registry.repositories.values_mut().next().unwrap();
        let tag = repository.tags.values_mut().next().unwrap();
        tag.attributes.list_enabled = false;
    }
    let message = Message::json("no message of ours");
    assert!(app.tenant.queues.lock().unwrap().send(REGISTRY_QUEUE, message));
    app.run().await;
    app.host.kill().await;
    app.assert_no_violation();
    let lines = lines.lock().unwrap();
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_writes_each_line_of_the_alerts_samples() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/infra/lines.json");
    let samples: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(!samples.is_empty());
    let written = written().await;
    for sample in samples {
        let fields = sample.as_object().unwrap();
        let is_it = |line: &&Value| fields.iter().all(|(name, value)| line[name] == *value);
        assert!(
            written.iter().any(|line| is_it(&line)),
            "no line with {sample}: {written:#?}"
        );
    }
}
