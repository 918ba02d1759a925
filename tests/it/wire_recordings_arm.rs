//! The product's reading of registry resources over every recorded answer of Resource Manager and Resource Graph.

use std::collections::BTreeMap;

use acr_inventory::azure::arm::parse_registry;
use acr_inventory::names::LoginServer;
use serde_json::Value;

use crate::shared_data::shared;

/// A registry resource, by its `type`.
fn is_registry(resource: &Value) -> bool {
    let kind = resource["type"].as_str().unwrap_or("");
    kind.eq_ignore_ascii_case("Microsoft.ContainerRegistry/registries")
}

#[test]
fn every_recorded_registry_resource_is_understood() {
    let mut counts = BTreeMap::new();
    for file in ["recordings/arm.jsonl", "recordings/arg.jsonl"] {
        let Some(text) = shared(file) else { return };
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let body = match &line["response_body"] {
                Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
                body => body.clone(),
            };
            let rows = body["value"].as_array().or_else(|| body["data"].as_array());
            for resource in rows.unwrap_or(&vec![body.clone()]) {
                if !is_registry(resource) {
                    // Whatever else it is, it must not pass for a registry.
                    assert!(parse_registry(resource.clone()).is_err(), "{resource:#}");
                    *counts.entry("other").or_insert(0) += 1;
                    continue;
                }
                let Ok(registry) = parse_registry(resource.clone()) else {
                    // Generic lists of resources leave out `properties`.
                    assert!(resource.get("properties").is_none(), "{resource:#}");
                    *counts.entry("registry without properties").or_insert(0) += 1;
                    continue;
                };
                assert_eq!(registry.body, *resource);
                assert!(registry.sku.is_some(), "{resource:#}");
                LoginServer::parse(&registry.login_server).unwrap();
                *counts.entry("registry").or_insert(0) += 1;
            }
        }
    }
    println!("{counts:?}");
    assert!(counts["registry"] > 100);
}
