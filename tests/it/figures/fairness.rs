//! The load of one registry is not felt by another: each is finished by the first invocation of its message.

use std::time::Duration;

use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::world::World;

use crate::function_app::FunctionApp;
use crate::webhook::event;

/// The registry with a load.
const BUSY: &str = "bench.azurecr.io";
/// The one beside it; the later message.
const CALM: &str = "calm.azurecr.io";
const REPOSITORY: &str = "team-001/service-000001";

fn two_registries() -> World {
    let mut world = World::sized(10, 2);
    let mut calm = world.registries[BUSY].clone();
    calm.name = "calm".to_owned();
    calm.login_server = CALM.to_owned();
    world.registries.insert(CALM.to_owned(), calm);
    world
}

fn busy(app: &FunctionApp, effect: Effect) {
    let rule = Rule::new(effect).service(Service::Registry).host(BUSY);
    app.tenant.simulator.faults().add(rule);
}

fn throttled() -> Effect {
    Effect::Status {
        code: 429,
        retry_after: Some("120".to_owned()),
        body: String::new(),
    }
}

/// How far the refresh of a registry has come.
fn phase(app: &FunctionApp, server: &str) -> String {
    let document = app.document(&format!("v2/state/{server}/refresh.json"));
    document["phase"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_registry_does_not_hold_another_up() {
    let app = FunctionApp::start(two_registries()).await;
    busy(&app, throttled());
    app.fire_timer().await;
    let report = app.host.deliver_due().await;
    assert_eq!(
        (report.invocations["refresh-registry"], report.failures),
        (2, 0),
        "{report:?}"
    );
    assert_eq!([phase(&app, BUSY), phase(&app, CALM)], ["list", "done"]);
    app.tenant.simulator.faults().clear();
    app.deliver().await;
    assert_eq!(phase(&app, BUSY), "done");
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_registry_does_not_hold_another_up() {
    let app = FunctionApp::start(two_registries()).await;
    busy(&app, Effect::Delay(Duration::from_secs(1)));
    app.fire_timer().await;
    let calm_is_done = async {
        let name = format!("v2/state/{CALM}/refresh.json");
        while app.blob(&name).is_none() || phase(&app, CALM) != "done" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        phase(&app, BUSY)
    };
    let (report, busy_then) = tokio::join!(app.deliver(), calm_is_done);
    assert_eq!(report.invocations["refresh-registry"], 2, "{report:?}");
    assert_eq!(busy_then, "list", "the slow registry was in work all the while");
    assert_eq!(phase(&app, BUSY), "done");
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_throttled_registry_do_not_hold_up_those_of_another() {
    let app = FunctionApp::start(two_registries()).await;
    app.run().await;
    busy(&app, throttled());
    // More than the host works on at the same time.
    for _ in 0..20 {
        assert_eq!(app.post_webhook(&event("push", BUSY, REPOSITORY)).await, 202);
    }
    app.tenant.simulator.world().push_image(CALM, REPOSITORY, "v1");
    assert_eq!(app.post_webhook(&event("push", CALM, REPOSITORY)).await, 202);
    let report = app.host.deliver_due().await;
    assert_eq!(
        (report.invocations["refresh-repository"], report.failures),
        (21, 0),
        "{report:?}"
    );
    let lines = app.lines(&format!("v2/registries/{CALM}/repositories/{REPOSITORY},lists.ndjson"));
    assert!(lines.iter().any(|line| line["name"] == "v1"), "{lines:#?}");
    app.assert_no_violation();
}
