//! Holds the simulated ARM registry and Resource Graph page against recorded ones.

use std::path::PathBuf;

use acr_inventory::simulator::world::World;
use acr_inventory::simulator::{Options, Simulator};
use serde_json::{Value, json};

use crate::support::{client, entra, json};

/// A recorded file; none, with a line that says so, where the recordings are not present.
fn recording(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data/recordings")
        .join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        let shown = path.display();
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{shown} is missing");
        println!("skipped: {shown} is not here");
    }
    text
}

/// Paths of all keys with the type of their value; of a list, the types of its items.
fn shape(value: &Value, path: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                shape(value, &format!("{path}.{key}"), into);
            }
        }
        Value::Array(items) => {
            into.push(format!("{path}: list"));
            for item in items {
                shape(item, &format!("{path}[]"), into);
            }
        }
        Value::String(_) => into.push(format!("{path}: string")),
        Value::Bool(_) => into.push(format!("{path}: bool")),
        Value::Number(_) => into.push(format!("{path}: number")),
        Value::Null => into.push(format!("{path}: null")),
    }
}

fn shapes(value: &Value) -> Vec<String> {
    let mut shapes = Vec::new();
    shape(value, "", &mut shapes);
    shapes.sort();
    shapes.dedup();
    shapes
}

#[tokio::test]
async fn a_premium_registry_has_the_recorded_shape() {
    let Some(text) = recording("arm_registry_premium_api-2026-09-01-preview.json") else {
        return;
    };
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let simulator = Simulator::start(World::sized(1, 1), Options::default()).unwrap();
    let id = simulator.world().registries["bench.azurecr.io"].id();
    let url = format!("https://management.azure.com{id}?api-version=2026-09-01-preview");
    let token = entra(&simulator, "https://management.azure.com");
    let answer = client(&simulator).get(url).bearer_auth(token).send().await.unwrap();
    let simulated = json(answer).await;
    assert_eq!(shapes(&simulated), shapes(&recorded["response_body"]));
    // Enums are written as the service writes them.
    for key in [
        "publicNetworkAccess",
        "roleAssignmentMode",
        "zoneRedundancy",
        "encryption",
        "policies",
    ] {
        let strip = |value: &Value| match value {
            Value::Object(policies) => {
                json!(
                    policies
                        .values()
                        .map(|policy| policy["status"].clone())
                        .collect::<Vec<_>>()
                )
            }
            other => other.clone(),
        };
        let (simulated, recorded) = (
            &simulated["properties"][key],
            &recorded["response_body"]["properties"][key],
        );
        assert_eq!(strip(simulated), strip(recorded), "{key}");
    }
}

#[tokio::test]
async fn a_resource_graph_page_has_the_recorded_shape() {
    let Some(text) = recording("arg.jsonl") else {
        return;
    };
    let pages = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let page = pages.into_iter().find(|page| {
        page["response_body"]
            .as_str()
            .is_some_and(|body| body.contains("$skipToken"))
    });
    let recorded = page.unwrap();
    let body: Value = serde_json::from_str(recorded["response_body"].as_str().unwrap()).unwrap();
    let simulator = Simulator::start(World::demo(7), Options::default()).unwrap();
    let query = json!({
        "query": "Resources | where type =~ 'microsoft.containerregistry/registries' | project id",
        "options": {"$top": 3},
    });
    let url = "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
    let token = entra(&simulator, "https://management.azure.com");
    let answer = client(&simulator)
        .post(url)
        .bearer_auth(token)
        .body(query.to_string())
        .send()
        .await
        .unwrap();
    for header in recorded["response_headers"].as_array().unwrap() {
        let name = header[0].as_str().unwrap();
        if name.starts_with("x-ms-") {
            assert!(answer.headers().contains_key(name), "{name}");
        }
    }
    assert_eq!(shapes(&json(answer).await), shapes(&body));
}
