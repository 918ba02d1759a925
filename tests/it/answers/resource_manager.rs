//! Lists of Resource Manager and Resource Graph: a row that cannot be used costs itself alone, is named, and the discovery
//! is not complete.

mod rows;

use serde_json::Value;
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::alteration::{Alteration, Change};
use simulator::faults::effect::Effect;
use simulator::world::{Registry, World};

use crate::function_app::FunctionApp;

const SUBSCRIPTION: &str = "5f1b4c1e-0000-4000-8000-000000000001";

/// Two registries, found by Resource Graph.
async fn app_with_graph() -> FunctionApp {
    let mut world = World::sized(1, 1);
    let other = Registry::new(SUBSCRIPTION, "rg-bench", "another");
    world.registries.insert(other.login_server.clone(), other);
    FunctionApp::start(world).await
}

/// The same, found by Resource Manager: Resource Graph is refused.
async fn app() -> FunctionApp {
    let app = app_with_graph().await;
    let refused = Effect::Status {
        code: 403,
        retry_after: None,
        body: String::new(),
    };
    let faults = app.tenant.simulator.faults();
    faults.add(Rule::new(refused).path("Microsoft.ResourceGraph"));
    app
}

/// The discovery of the last run, and the login servers that it covers.
async fn discovered(app: &FunctionApp) -> (Value, Vec<String>) {
    assert_eq!(app.run().await.failures, 0);
    let run = app.document("v2/runs/current.json");
    let run = app.document(&format!("v2/runs/{}.json", run["generation"].as_str().unwrap()));
    let registries = run["registries"].as_array().unwrap().iter();
    let servers = registries.map(|registry| registry["loginServer"].as_str().unwrap().to_owned());
    (run["discovery"].clone(), servers.collect())
}

fn alter(app: &FunctionApp, path: &str, alteration: Alteration) {
    let rule = Rule::new(Effect::Alter(alteration)).service(Service::Arm).path(path);
    app.tenant.simulator.faults().add(rule);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_cannot_be_used_is_a_problem_and_the_others_are_searched() {
    let app = app().await;
    let twice = Change::Twice(Some(("subscriptionId", "null".to_owned())));
    let rule = Rule::new(Effect::Alter(Alteration::item("value", 0, twice)));
    let rule = rule.service(Service::Arm).path("/subscriptions").times(1);
    app.tenant.simulator.faults().add(rule);
    let (discovery, servers) = discovered(&app).await;
    assert_eq!(servers, ["another.azurecr.io", "bench.azurecr.io"], "{discovery}");
    assert_eq!(discovery["completeness"], "partial");
    let message = discovery["problems"]["first"][0]["message"].as_str().unwrap();
    assert!(message.contains(SUBSCRIPTION), "{discovery}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_null_is_empty_and_one_that_is_absent_is_malformed() {
    for (change, completeness) in [
        (Change::Set("value", "null".to_owned()), "complete"),
        (Change::Set("value", "[]".to_owned()), "complete"),
        (Change::Without(&["value"]), "partial"),
    ] {
        let app = app().await;
        let what = format!("{change:?}");
        alter(
            &app,
            "Microsoft.ContainerRegistry/registries",
            Alteration::answer(change),
        );
        let (discovery, servers) = discovered(&app).await;
        assert_eq!(servers, [""; 0], "{what}");
        assert_eq!(discovery["completeness"], completeness, "{what}: {discovery}");
    }
}
