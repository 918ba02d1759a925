//! A webhook call that ends otherwise than by an answer stands in the log, once and without its body.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use acr_inventory::functions::runtime::Runtime;
use serde_json::Value;
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::host::OutputLine;
use simulator::world::World;

use super::{REPOSITORY, SERVER, event};
use crate::function_app::FunctionApp;

/// The lines that tell the end of an invocation.
fn ends(lines: &[String]) -> Vec<Value> {
    let lines = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["message"] == "invocation ended").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_runs_out_of_time_is_logged() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let into = Arc::clone(&lines);
    let on_line = Arc::new(move |line: OutputLine| into.lock().unwrap().push(line.text));
    let settings = [
        ("ACR_INVENTORY_SOFT_LIMIT_SECONDS", "1"),
        ("ACR_INVENTORY_HARD_LIMIT_SECONDS", "2"),
    ];
    let app = FunctionApp::start_process(World::sized(1, 1), &settings, on_line).await;
    let hang = Rule::new(Effect::Hang).service(Service::Blob);
    app.tenant.simulator.faults().add(hang);
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 503);
    tokio::time::sleep(Duration::from_millis(300)).await;
    app.host.kill().await;
    let lines = lines.lock().unwrap();
    let ends = ends(&lines);
    assert_eq!(ends.len(), 1, "{lines:#?}");
    let end = &ends[0];
    assert_eq!(
        (&end["outcome"], &end["level"]),
        (&"out of time".into(), &"ERROR".into()),
        "{end}"
    );
    assert!(end["elapsed_ms"].as_u64().unwrap() >= 2_000, "{end}");
    assert_eq!(end["span"]["function"], "receive-webhook");
    assert!(!lines.iter().any(|line| line.contains(REPOSITORY)), "{lines:#?}");
}

/// Collects what is written to it.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_call_that_panics_is_logged() {
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let limit = Duration::from_secs(60);
    let router = Runtime::new(limit, limit)
        .http("receive-webhook", "/api/webhooks/acr", |event| async move {
            panic!("of {} bytes", event.payload.body.len())
        })
        .into_router();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/api/webhooks/acr", listener.local_addr().unwrap());
    // On this thread, where the log is.
    let server = tokio::spawn(acr_inventory::functions::runtime::serve(listener, router));
    let request = reqwest::Client::new()
        .post(url)
        .header("x-azure-functions-invocationid", "5f1b4c1e-0000-4000-8000-00000000000a")
        .body("a body that nobody may read");
    let status = request.send().await.unwrap().status();
    server.abort();
    drop(guard);
    assert_eq!(status, 500);
    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let ends = ends(&lines);
    assert_eq!(ends.len(), 1, "{text}");
    assert_eq!(ends[0]["outcome"], "panicked");
    assert_eq!(ends[0]["span"]["invocation_id"], "5f1b4c1e-0000-4000-8000-00000000000a");
    assert!(!text.contains("nobody may read"), "{text}");
}
