//! A message that the process has died with more than once runs with nothing beside it.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::tenant::{REGISTRY_QUEUE, REPOSITORY_QUEUE};

use super::{put, repository_message};
use crate::function_app::FunctionApp;
use crate::webhook::{SERVER, app, quarantine};

fn asking_for(number: u32) -> Value {
    json!({
        "kind": "refresh-repository", "schemaVersion": 1, "loginServer": SERVER,
        "repository": format!("team-00{number}/service-00000{number}"), "id": format!("5f1b4c1e-0000-4000-8000-00000000000{number}")
    })
}

fn suspect() -> Value {
    let mut message = asking_for(1);
    (message["attempt"], message["crashes"]) = (json!(2), json!(2));
    message
}

/// Requests about a repository.
fn asked_for(app: &FunctionApp, number: u32) -> usize {
    let requests = app.tenant.simulator.requests();
    let name = format!("service-00000{number}");
    let of = |path: &str| path.contains(&name);
    let registry = requests.iter().filter(|request| request.service == Service::Registry);
    registry.filter(|request| of(&request.path)).count()
}

/// Waits until a message is being worked on: its first request is one for a token.
async fn runs(app: &FunctionApp) {
    let begun = tokio::time::Instant::now();
    let asked = || {
        let requests = app.tenant.simulator.requests();
        requests.iter().any(|request| request.path == "/oauth2/exchange")
    };
    while !asked() {
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The registry answers about this repository after some seconds only.
fn slow(app: &FunctionApp, number: u32) {
    let name: &'static str = ["service-000000", "service-000001"][number as usize];
    let rule = Rule::new(Effect::Delay(Duration::from_secs(6)));
    app.tenant
        .simulator
        .faults()
        .add(rule.service(Service::Registry).path(name));
}

fn scheduled(app: &FunctionApp) -> usize {
    app.tenant.queues.lock().unwrap().scheduled_len(REPOSITORY_QUEUE)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_what_runs_and_what_comes_meanwhile_waits_for_it() {
    let app = app().await;
    slow(&app, 0);
    put(&app, REPOSITORY_QUEUE, &asking_for(0));
    let beside = async {
        runs(&app).await;
        for message in [suspect(), asking_for(2)] {
            put(&app, REPOSITORY_QUEUE, &message);
            let report = app.host.deliver_due().await;
            assert_eq!(report.failures, 0, "{report:?}");
        }
        assert_eq!(asked_for(&app, 1), 0, "it would not have been alone");
        assert_eq!(asked_for(&app, 2), 0, "else it would never be alone");
    };
    let (report, ()) = tokio::join!(app.host.deliver_due(), beside);
    assert_eq!(report.failures, 0, "{report:?}");
    assert_eq!(scheduled(&app), 2, "both were put back");
    app.tenant.simulator.faults().clear();
    let report = app.deliver().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    assert!(asked_for(&app, 1) > 0 && asked_for(&app, 2) > 0);
    assert_eq!(quarantine(&app).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_runs_beside_it() {
    let app = app().await;
    slow(&app, 1);
    put(&app, REPOSITORY_QUEUE, &suspect());
    let mut other_queue = super::registry_message();
    other_queue["generation"] = json!("00000099-20261122T073000Z");
    let beside = async {
        runs(&app).await;
        put(&app, REPOSITORY_QUEUE, &asking_for(2));
        put(&app, REGISTRY_QUEUE, &other_queue);
        let report = app.host.deliver_due().await;
        assert_eq!(report.failures, 0, "{report:?}");
        assert_eq!(asked_for(&app, 2), 0);
        assert_eq!(asked_for(&app, 0), 0, "nor anything of the other queue");
    };
    let (report, ()) = tokio::join!(app.host.deliver_due(), beside);
    assert_eq!(report.failures, 0, "{report:?}");
    app.tenant.simulator.faults().clear();
    // Once it is over, what was put back is worked on: no attempt is lost by waiting.
    let delivery = {
        let mut queues = app.tenant.queues.lock().unwrap();
        queues.reschedule(REPOSITORY_QUEUE, time::Duration::days(-2));
        let delivery = queues.receive(REPOSITORY_QUEUE).unwrap();
        queues.abandon(delivery.lock);
        delivery
    };
    let sent: Value = serde_json::from_slice(&delivery.message.body).unwrap();
    assert_eq!((&sent["attempt"], &sent["waits"]), (&json!(0), &json!(1)), "{sent}");
    app.deliver().await;
    assert!(asked_for(&app, 2) > 0);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_run_beside_one_that_the_process_has_died_with_once() {
    let app = app().await;
    slow(&app, 1);
    let mut once = repository_message();
    (once["attempt"], once["crashes"]) = (json!(1), json!(1));
    put(&app, REPOSITORY_QUEUE, &once);
    put(&app, REPOSITORY_QUEUE, &asking_for(2));
    let report = app.host.deliver_due().await;
    assert_eq!(report.failures, 0, "{report:?}");
    assert!(asked_for(&app, 1) > 0 && asked_for(&app, 2) > 0);
    assert_eq!(scheduled(&app), 0);
}
