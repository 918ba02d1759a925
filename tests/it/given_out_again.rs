//! Messages that the host gives out again and again: sent again with a delay before the queue gives them up, and what
//! keeps ending the process runs alone and ends as an outcome.

mod alone;
mod finished;
mod neighbours;
mod outage;

use serde_json::{Value, json};
use simulator::Service;
use simulator::service_bus::Message;
use simulator::tenant::{REGISTRY_QUEUE, REPOSITORY_QUEUE};

use crate::function_app::FunctionApp;
use crate::webhook::{REPOSITORY, SERVER, app, quarantine, registry_requests};

/// A message that asks for a repository.
fn repository_message() -> Value {
    json!({
        "kind": "refresh-repository", "schemaVersion": 1, "loginServer": SERVER, "repository": REPOSITORY,
        "id": "5f1b4c1e-0000-4000-8000-00000000dddd"
    })
}

fn registry_message() -> Value {
    json!({
        "kind": "refresh-registry", "schemaVersion": 1, "loginServer": SERVER, "generation": "00000009-20261122T073000Z",
        "id": "5f1b4c1e-0000-4000-8000-00000000eeee"
    })
}

fn cloud_event() -> Value {
    json!({
        "specversion": "1.0", "id": "1", "type": "Microsoft.ContainerRegistry.ImagePushed", "source": "x",
        "data": {"target": {"repository": REPOSITORY, "tag": "v1"}, "request": {"host": SERVER}}
    })
}

fn put(app: &FunctionApp, queue: &str, message: &Value) {
    let message = Message::json(message.to_string());
    assert!(app.tenant.queues.lock().unwrap().send(queue, message));
}

/// The process dies so many times with the only message of this queue in its hands.
fn die_with_it(app: &FunctionApp, queue: &str, times: u32) {
    let mut queues = app.tenant.queues.lock().unwrap();
    for _ in 0..times {
        let delivery = queues.receive(queue).unwrap();
        assert!(queues.abandon(delivery.lock));
    }
}

/// The only message of a queue, due or not; it is taken.
fn take(app: &FunctionApp, queue: &str) -> Value {
    let mut queues = app.tenant.queues.lock().unwrap();
    queues.reschedule(queue, time::Duration::days(-2));
    let delivery = queues.receive(queue).unwrap();
    assert!(queues.complete(delivery.lock));
    assert_eq!(queues.len(queue), 0);
    serde_json::from_slice(&delivery.message.body).unwrap()
}

fn dead_letters(app: &FunctionApp) -> usize {
    let mut queues = app.tenant.queues.lock().unwrap();
    [REGISTRY_QUEUE, REPOSITORY_QUEUE]
        .map(|queue| queues.dead_letters(queue).len())
        .iter()
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_delivery_is_sent_again_before_any_work() {
    let app = app().await;
    for (queue, message) in [
        (REPOSITORY_QUEUE, repository_message()),
        (REPOSITORY_QUEUE, cloud_event()),
        (REGISTRY_QUEUE, registry_message()),
    ] {
        put(&app, queue, &message);
        die_with_it(&app, queue, 4);
        app.tenant.simulator.clear_requests();
        let report = app.host.deliver_due().await;
        assert_eq!((report.failures, report.redeliveries), (0, 1), "{report:?}");
        assert_eq!(registry_requests(&app), 0);
        let requests = app.tenant.simulator.requests();
        let other = requests.iter().filter(|request| request.service != Service::ServiceBus);
        assert_eq!(other.count(), 0, "before any work");
        assert_eq!(app.tenant.queues.lock().unwrap().scheduled_len(queue), 1);
        let sent = take(&app, queue);
        assert_eq!((&sent["attempt"], &sent["crashes"]), (&json!(1), &json!(1)), "{sent}");
        assert_eq!(sent["loginServer"], SERVER);
        if message["kind"].is_string() {
            assert_eq!(sent["id"], message["id"]);
        }
    }
    assert_eq!((quarantine(&app).len(), dead_letters(&app)), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fourth_delivery_is_worked_on() {
    let app = app().await;
    put(&app, REPOSITORY_QUEUE, &repository_message());
    die_with_it(&app, REPOSITORY_QUEUE, 3);
    let report = app.host.deliver_due().await;
    assert_eq!(report.failures, 0, "{report:?}");
    assert!(registry_requests(&app) > 0);
    assert!(app.tenant.queues.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_ending_the_process_ends_as_an_outcome_and_is_never_dead_lettered() {
    for (queue, message) in [
        (REPOSITORY_QUEUE, repository_message()),
        (REGISTRY_QUEUE, registry_message()),
    ] {
        let app = app().await;
        put(&app, queue, &message);
        let (mut deaths, mut sent_again) = (0, 0);
        while quarantine(&app).is_empty() {
            // The process dies whenever the work has begun; what a test cannot show by dying itself.
            let suspect = sent_again > 0;
            let deaths_now = if suspect { 1 } else { 4 };
            die_with_it(&app, queue, deaths_now);
            deaths += deaths_now;
            let report = app.host.deliver_due().await;
            assert_eq!(report.failures, 0, "{report:?}");
            sent_again += 1;
            assert!(sent_again <= 17, "it goes on for ever");
            app.tenant
                .queues
                .lock()
                .unwrap()
                .reschedule(queue, time::Duration::days(-2));
        }
        let document = &quarantine(&app)[0];
        let reason = document["reason"].as_str().unwrap();
        assert!(reason.starts_with("given up after 16 attempts: "), "{reason}");
        assert!(reason.contains("was not finished"), "{reason}");
        assert_eq!(dead_letters(&app), 0);
        assert_eq!(
            (sent_again, deaths),
            (17, 4 + 16),
            "once the four deaths, then one an attempt"
        );
        assert!(app.tenant.queues.lock().unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_runs_out_of_time_burns_no_delivery() {
    let settings = [
        ("ACR_INVENTORY_SOFT_LIMIT_SECONDS", "1"),
        ("ACR_INVENTORY_HARD_LIMIT_SECONDS", "2"),
    ];
    let app = crate::webhook::app_with(&settings).await;
    let mut hang = simulator::faults::Rule::new(simulator::faults::effect::Effect::Hang);
    hang = hang.service(Service::Blob).path("repositories");
    app.tenant.simulator.faults().add(hang);
    put(&app, REPOSITORY_QUEUE, &repository_message());
    let report = app.host.run_until_idle(std::time::Duration::from_secs(60), false).await;
    assert_eq!(
        (report.failures, report.redeliveries, report.dead_letters),
        (0, 0, 0),
        "{report:?}"
    );
    let again = take(&app, REPOSITORY_QUEUE);
    assert_eq!((&again["attempt"], again.get("crashes")), (&json!(1), None));
}
