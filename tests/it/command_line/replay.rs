//! `replay`: dead letters and quarantined messages sent again, killed anywhere, without losing one.

mod killed;
mod quarantine;

use std::time::Duration;

use serde_json::Value;
use simulator::Service;
use simulator::service_bus::{Message, Rights};
use simulator::tenant::{CONTAINER_URL, REGISTRY_QUEUE, REPOSITORY_QUEUE, Tenant};
use simulator::world::World;

use super::{Bench, Ended, run};
use crate::function_app::FunctionApp;

/// Longer than a lock lasts.
const LOCK: Duration = Duration::from_secs(5 * 60 + 1);

/// A message about a repository of `World::sized`, which a handler can work on.
fn body(number: u32) -> String {
    format!(
        r#"{{"kind":"refresh-repository","schemaVersion":1,"loginServer":"bench.azurecr.io","repository":"team-000/service-000000","id":"00000000-0000-4000-8000-{number:012}"}}"#
    )
}

/// Sends messages and gives each up, as a handler does that fails ten times.
pub fn bury(tenant: &Tenant, queue: &str, bodies: &[impl AsRef<[u8]>]) {
    let mut queues = tenant.queues.lock().unwrap();
    for body in bodies {
        let body = body.as_ref();
        // As the handlers' own sender names them.
        let id = acr_inventory::hash::sha256(body);
        queues.send(queue, Message::json(body.to_vec()).with_id(&id));
    }
    while let Some(delivery) = queues.receive(queue) {
        queues.abandon(delivery.lock);
    }
    assert_eq!(queues.dead_letters(queue).len(), bodies.len());
}

/// Messages in a queue, and its dead letters.
fn counts(tenant: &Tenant, queue: &str) -> (usize, usize) {
    let mut queues = tenant.queues.lock().unwrap();
    (queues.len(queue), queues.dead_letters(queue).len())
}

fn settings(tenant: &Tenant) -> Vec<(String, String)> {
    tenant.application_settings(CONTAINER_URL)
}

/// Runs `replay` with these arguments, in JSON.
async fn replay(tenant: &Tenant, arguments: &[&str]) -> Ended {
    let arguments: Vec<&str> = ["replay", "--format", "json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    run(&settings(tenant), &arguments).await
}

/// The outcomes of a run, in order.
fn outcomes(ended: &Ended) -> Vec<Value> {
    let done: Value = serde_json::from_str(&ended.stdout).unwrap();
    done.as_array()
        .unwrap()
        .iter()
        .map(|one| one["outcome"].clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_sent_again_and_worked_on() {
    let app = FunctionApp::start(World::sized(1, 1)).await;
    app.run().await;
    bury(&app.tenant, REPOSITORY_QUEUE, &[body(1), body(2)]);
    let ended = replay(&app.tenant, &[]).await.expect(0);
    assert_eq!(outcomes(&ended), ["replayed", "replayed"]);
    // The broker still remembers the ids that they had the first time.
    assert_eq!(counts(&app.tenant, REPOSITORY_QUEUE), (2, 0));
    let report = app.deliver().await;
    assert_eq!(report.invocations["refresh-repository"], 2);
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    app.assert_no_violation();
}

/// A message that was sent again until it was given up.
fn worn_out(number: u32) -> String {
    let mut message: Value = serde_json::from_str(&body(number)).unwrap();
    for (key, value) in [("attempt", 16), ("crashes", 3), ("waits", 2), ("recheck", 1)] {
        message[key] = value.into();
    }
    message["ofANewerBuild"] = "kept".into();
    message.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_begins_anew() {
    let app = FunctionApp::start(World::sized(1, 1)).await;
    app.run().await;
    bury(&app.tenant, REPOSITORY_QUEUE, &[worn_out(1)]);
    app.tenant.blobs.lock().unwrap().put(
        "inventory",
        "v2/quarantine/00000000000000000000000000000000.json",
        serde_json::json!({
            "schemaVersion": 1, "function": "refresh-repository", "reason": "given up after 16 attempts: x",
            "quarantinedAt": "2026-11-22T08:00:00Z", "body": worn_out(2)
        })
        .to_string(),
    );
    replay(&app.tenant, &[]).await.expect(0);
    replay(&app.tenant, &["--quarantine"]).await.expect(0);
    {
        let mut queues = app.tenant.queues.lock().unwrap();
        for _ in 0..2 {
            let delivery = queues.receive(REPOSITORY_QUEUE).unwrap();
            let sent: Value = serde_json::from_slice(&delivery.message.body).unwrap();
            let number = |key: &str| sent[key].as_u64().unwrap_or(0);
            assert_eq!(
                (number("attempt"), number("crashes"), number("waits")),
                (0, 0, 0),
                "{sent}"
            );
            assert_eq!(
                (number("recheck"), sent["ofANewerBuild"].as_str()),
                (1, Some("kept")),
                "{sent}"
            );
        }
        // Locked by this test; the locks end.
        app.tenant.simulator.world().clock.advance(LOCK);
    }
    // A passing fault no longer gives them up at once.
    let rule = simulator::faults::Rule::new(simulator::faults::effect::Effect::Status {
        code: 503,
        retry_after: None,
        body: String::new(),
    });
    app.tenant.simulator.faults().add(rule.service(Service::Registry));
    let report = app.host.deliver_due().await;
    assert_eq!(
        (report.invocations["refresh-repository"], report.failures),
        (2, 0),
        "{report:?}"
    );
    app.tenant.simulator.faults().clear();
    app.deliver().await;
    assert_eq!(app.names("v2/quarantine/"), Vec::<String>::new());
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_why_and_changes_nothing() {
    let bench = Bench::start(World::sized(1, 1));
    bury(&bench.tenant, REGISTRY_QUEUE, &["{}"]);
    bury(&bench.tenant, REPOSITORY_QUEUE, &[body(1), body(2)]);
    let ended = replay(&bench.tenant, &["--dry-run"]).await.expect(0);
    let done: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(outcomes(&ended), ["found", "found", "found"]);
    let why = "MaxDeliveryCountExceeded: Message could not be consumed after 10 delivery attempts.";
    assert_eq!(
        (&done[1]["from"], &done[1]["reason"]),
        (&REPOSITORY_QUEUE.into(), &why.into())
    );
    assert_eq!(
        done[1]["about"],
        "refresh-repository bench.azurecr.io/team-000/service-000000"
    );
    assert_eq!(counts(&bench.tenant, REPOSITORY_QUEUE), (0, 2));
    // All were given back: nobody has to wait for a lock to end.
    let table = run(&settings(&bench.tenant), &["replay", "--dry-run"])
        .await
        .expect(0)
        .stdout;
    assert!(
        table.contains("0 replayed, 3 found, 0 left") && table.contains(why),
        "{table}"
    );
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_are_sent_than_asked_for_and_of_no_other_queue() {
    let bench = Bench::start(World::sized(1, 1));
    bury(&bench.tenant, REGISTRY_QUEUE, &["{}"]);
    bury(&bench.tenant, REPOSITORY_QUEUE, &[body(1), body(2), body(3)]);
    let arguments = ["--queue", REPOSITORY_QUEUE, "--max", "2"];
    replay(&bench.tenant, &arguments).await.expect(0);
    assert_eq!(counts(&bench.tenant, REPOSITORY_QUEUE), (2, 1));
    assert_eq!(counts(&bench.tenant, REGISTRY_QUEUE), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_text_comes_through_byte_for_byte() {
    let bench = Bench::start(World::sized(1, 1));
    let bytes = [0_u8, 0xff, 0xfe, b'"', b'\n'];
    bury(&bench.tenant, REPOSITORY_QUEUE, &[bytes]);
    replay(&bench.tenant, &[]).await.expect(0);
    let delivery = bench.tenant.queues.lock().unwrap().receive(REPOSITORY_QUEUE).unwrap();
    assert_eq!(delivery.message.body, bytes.as_slice());
    assert_eq!(delivery.message.content_type.as_deref(), Some("application/json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_sent_stays_and_is_given_back() {
    let bench = Bench::start(World::sized(1, 1));
    bury(&bench.tenant, REPOSITORY_QUEUE, &[body(1)]);
    bench.tenant.queues.lock().unwrap().rights = Rights::Listen;
    let ended = replay(&bench.tenant, &[]).await.expect(2);
    assert!(
        ended.stderr.contains("'Send' claim(s) are required"),
        "{}",
        ended.stderr
    );
    assert_eq!(counts(&bench.tenant, REPOSITORY_QUEUE), (0, 1));
    bench.tenant.queues.lock().unwrap().rights = Rights::All;
    replay(&bench.tenant, &[]).await.expect(0);
    assert_eq!(counts(&bench.tenant, REPOSITORY_QUEUE), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_is_not_named_exits_with_2_before_anything_is_asked() {
    let bench = Bench::start(World::sized(1, 1));
    let mut settings = settings(&bench.tenant);
    settings.retain(|(name, _)| !name.starts_with("ServiceBusConnection__"));
    let ended = run(&settings, &["replay"]).await.expect(2);
    assert!(ended.stderr.contains("ServiceBusConnection__fullyQualifiedNamespace"));
    assert_eq!(bench.requests(Service::Authority), 0);
}
