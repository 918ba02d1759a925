//! Holds the simulated ARM registry and Resource Graph page against recorded ones.

use serde_json::{Value, json};
use simulator::world::World;
use simulator::{Options, Simulator};

use crate::shared_data::shared;
use crate::support::{client, entra, json};

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
    let Some(text) = shared("recordings/arm_registry_premium_api-2026-09-01-preview.json") else {
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
    let Some(text) = shared("recordings/arg.jsonl") else {
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
