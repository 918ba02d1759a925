//! A fault while the timer fires: it costs no run.

use std::time::{Duration, Instant};

use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::host::InvocationOutcome;
use simulator::tenant::REGISTRY_QUEUE;
use simulator::world::World;

use crate::function_app::FunctionApp;

/// Where discovery asks.
const DIRECTORIES: [Service; 2] = [Service::Arm, Service::ResourceGraph];
const FAULT: &str = "for-a-while";

fn status(code: u16, retry_after: Option<&str>) -> Effect {
    Effect::Status {
        code,
        retry_after: retry_after.map(str::to_owned),
        body: "not now".to_owned(),
    }
}

/// Fires the timer of a new function app while these services answer like this for so long.
async fn fire_during(services: &[Service], effect: &Effect, fault: Duration) -> (FunctionApp, InvocationOutcome) {
    let app = FunctionApp::start(World::sized(2, 1)).await;
    let faults = app.tenant.simulator.faults();
    for service in services {
        faults.add(Rule::new(effect.clone()).service(*service).named(FAULT));
    }
    let over = async {
        tokio::time::sleep(fault).await;
        faults.remove(FAULT);
    };
    let (fired, ()) = tokio::join!(app.host.fire_timer("schedule-refresh", false), over);
    (app, fired.unwrap())
}

/// The run is there, once, and the registry is asked for, once.
fn assert_one_run(app: &FunctionApp, fired: &InvocationOutcome, what: &str) {
    assert!(fired.succeeded(), "{what}: {:?}", fired.outcome);
    assert_eq!(app.names("v2/runs/0").len(), 1, "{what}");
    let sent = app.tenant.queues.lock().unwrap().counters(REGISTRY_QUEUE).sent;
    assert_eq!(sent, 1, "{what}");
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_in_trouble_for_two_seconds_costs_no_run() {
    let groups: [&[Service]; 4] = [
        &DIRECTORIES,
        &[Service::Authority],
        &[Service::Blob],
        &[Service::ServiceBus],
    ];
    let each = groups.map(|services| async move {
        let effect = status(503, None);
        let (app, fired) = fire_during(services, &effect, Duration::from_secs(2)).await;
        assert_one_run(&app, &fired, &format!("{services:?}"));
        assert_eq!(fired.retries, 0, "{services:?}: within the invocation");
    });
    futures_util::future::join_all(each).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_outlasts_what_the_tries_of_one_request_do_not() {
    for effect in [status(503, None), Effect::ResetBefore] {
        let (app, fired) = fire_during(&DIRECTORIES, &effect, Duration::from_secs(7)).await;
        assert_one_run(&app, &fired, effect.kind());
        assert_eq!(fired.retries, 0, "within the invocation");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_waits_as_long_as_a_throttling_directory_asks_for() {
    // The second is longer than any request waits in place.
    for seconds in [5_u64, 12] {
        let effect = status(429, Some(&seconds.to_string()));
        let begun = Instant::now();
        let (app, fired) = fire_during(&DIRECTORIES, &effect, Duration::from_secs(seconds - 1)).await;
        assert_one_run(&app, &fired, "throttled");
        assert_eq!(fired.retries, 0, "within the invocation");
        let waited = begun.elapsed();
        assert!(waited >= Duration::from_secs(seconds), "{waited:?}");
        // Nothing was sent meanwhile, and Resource Manager was not asked instead.
        let count = |service| app.tenant.simulator.count(service);
        assert_eq!((count(Service::ResourceGraph), count(Service::Arm)), (2, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_invocation_does_not_outlast_the_host_tries_again() {
    for (service, path) in [(Service::Blob, "current.json"), (Service::ServiceBus, "")] {
        let app = FunctionApp::start(World::sized(2, 1)).await;
        // One more than the tries of one request.
        let fault = Rule::new(status(503, None)).service(service).path(path).times(5);
        app.tenant.simulator.faults().add(fault);
        let fired = app.host.fire_timer("schedule-refresh", false).await.unwrap();
        assert_one_run(&app, &fired, path);
        assert_eq!(
            fired.retries, 1,
            "{service:?}: the handler took an invocation with a RetryContext"
        );
    }
}
