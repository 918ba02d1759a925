//! Rows of a list of registries that are not what they should be.

use serde_json::Value;
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::alteration::{Alteration, Change};
use simulator::faults::effect::Effect;

use super::{app, app_with_graph, discovered};

/// Rows as no registry has them, and what is said of them: the code, and what the message holds.
fn rows() -> Vec<(Change, &'static str, &'static str)> {
    let set = |field, text: &str| Change::Set(field, text.to_owned());
    let raw = |text: &str| Change::Raw(text.to_owned());
    let failed = r#"{"provisioningState":"Failed","adminUserEnabled":false}"#;
    let bare = r#"{"id":"/subscriptions/5f1b4c1e-0000-4000-8000-000000000001/resourceGroups/rg-bench/providers/Microsoft.ContainerRegistry/registries/another"}"#;
    vec![
        (
            set("properties", failed),
            "no-login-server",
            "registries/another: it has no login server (its provisioning state is Failed)",
        ),
        (
            set("properties", "{}"),
            "no-login-server",
            "registries/another: it has no login server",
        ),
        (set("properties", "null"), "no-login-server", "registries/another"),
        (set("properties", "[]"), "no-login-server", "registries/another"),
        (
            set("properties", r#"{"loginServer":null}"#),
            "no-login-server",
            "registries/another",
        ),
        (
            set("properties", r#"{"loginServer":""}"#),
            "no-login-server",
            "registries/another",
        ),
        (
            set("properties", r#"{"loginServer":7}"#),
            "no-login-server",
            "registries/another",
        ),
        (
            set("properties", r#"{"loginServer":"another"}"#),
            "invalid-login-server",
            "registries/another",
        ),
        (
            set("properties", r#"{"loginServer":"another.example.com"}"#),
            "foreign-login-server",
            "registries/another",
        ),
        (
            Change::Without(&["properties"]),
            "no-login-server",
            "registries/another",
        ),
        (raw(bare), "no-login-server", "registries/another"),
        (Change::Without(&["id"]), "malformed", "a row without id"),
        (set("id", "7"), "malformed", "a row without id"),
        (set("id", r#""/subscriptions/x""#), "malformed", "/subscriptions/x"),
        (raw("null"), "malformed", "a row without id"),
        (raw("[]"), "malformed", "a row without id"),
        (raw("\"another\""), "malformed", "a row without id"),
        // What no number, no text and no reader of this program holds.
        (set("size", "1e999"), "malformed", "registries/another"),
        (set("note", r#""\ud800""#), "malformed", "registries/another"),
        (
            Change::Set("deep", "[".repeat(200) + &"]".repeat(200)),
            "malformed",
            "registries/another",
        ),
    ]
}

/// Alters the first row of the list of registries, which is `another`.
async fn discovered_with(service: Service, change: Change) -> (Value, Vec<String>) {
    let app = match service {
        Service::Arm => app().await,
        _ => app_with_graph().await,
    };
    let (path, list) = match service {
        Service::Arm => ("Microsoft.ContainerRegistry/registries", "value"),
        _ => ("Microsoft.ResourceGraph", "data"),
    };
    let rule = Rule::new(Effect::Alter(Alteration::item(list, 0, change)));
    app.tenant.simulator.faults().add(rule.service(service).path(path));
    discovered(&app).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_used_is_named_and_every_other_is_used() {
    for (service, source) in [(Service::Arm, "arm"), (Service::ResourceGraph, "resource-graph")] {
        for (change, code, message) in rows() {
            let what = format!("{source}, {change:?}");
            let (discovery, servers) = discovered_with(service, change).await;
            assert_eq!(servers, ["bench.azurecr.io"], "{what}");
            assert_eq!(discovery["source"], source, "{what}");
            assert_eq!(discovery["completeness"], "partial", "{what}: {discovery}");
            let problems = discovery["problems"]["first"].as_array().unwrap();
            assert_eq!(problems.len(), 1, "{what}: {discovery}");
            assert_eq!(problems[0]["code"], code, "{what}: {discovery}");
            let text = problems[0]["message"].as_str().unwrap();
            assert!(text.contains(message), "{what}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_only_unusual_are_used() {
    for service in [Service::Arm, Service::ResourceGraph] {
        for change in [
            Change::Set("sku", "null".to_owned()),
            Change::Set("sku", "7".to_owned()),
            Change::Set("location", "null".to_owned()),
            Change::Set("tags", "[]".to_owned()),
            Change::Set("properties", r#"{"loginServer":"ANOTHER.azurecr.io"}"#.to_owned()),
            Change::Without(&["name", "type", "location", "sku", "identity"]),
            Change::Twice(None),
        ] {
            let what = format!("{change:?}");
            let (discovery, servers) = discovered_with(service, change).await;
            assert_eq!(servers, ["another.azurecr.io", "bench.azurecr.io"], "{what}");
            assert_eq!(discovery["completeness"], "complete", "{what}: {discovery}");
        }
    }
}
