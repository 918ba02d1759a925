//! Real registries, where the recordings are present: no panic, and never a pass from an absent property.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::audit::audit;
use super::super::profile::Profile;
use super::super::verdict::Verdict;
use super::bench::{bench, read_with};

/// Beside the clone, where it is present.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/recordings");

/// Registry bodies with the version they were read with.
fn registries() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let Ok(lines) = std::fs::read_to_string(format!("{FOLDER}/arm.jsonl")) else {
        return found;
    };
    let singles = [
        "arm_registry_create_abac_api-2025-03-01-preview.json",
        "arm_registry_premium_api-2026-09-01-preview.json",
    ];
    let singles = singles.map(|name| std::fs::read_to_string(format!("{FOLDER}/{name}")).unwrap_or_default());
    let exchanges = lines.lines().chain(singles.iter().map(String::as_str));
    for exchange in exchanges.filter_map(|text| serde_json::from_str::<Value>(text).ok()) {
        let url = exchange["url"].as_str().unwrap_or_default();
        let version = url.split("api-version=").nth(1).unwrap_or_default().to_owned();
        let body = match &exchange["response_body"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            body => body.clone(),
        };
        let items = body["value"].as_array().cloned().unwrap_or_else(|| vec![body]);
        for item in items {
            let kind = item["type"].as_str().unwrap_or_default();
            if kind.eq_ignore_ascii_case("Microsoft.ContainerRegistry/registries") && item["properties"].is_object() {
                found.push((version.clone(), item));
            }
        }
    }
    found
}

#[test]
fn real_registries_are_judged() {
    let registries = registries();
    if registries.is_empty() {
        println!("skipped: no recordings in {FOLDER}");
        return;
    }
    let mut counts: BTreeMap<(String, String, Verdict), usize> = BTreeMap::new();
    for (version, body) in registries {
        let mut bench = bench(Value::Null);
        bench.profile = Profile::strict();
        bench.evidence.registry = read_with(body.clone(), &version);
        for finding in audit(&bench.case()) {
            if finding.verdict == Verdict::Pass && finding.rule == "anonymous-pull-disabled" {
                assert_eq!(body["properties"]["anonymousPullEnabled"], Value::Bool(false));
            }
            *counts
                .entry((version.clone(), finding.rule, finding.verdict))
                .or_default() += 1;
        }
    }
    for ((version, rule, verdict), count) in counts {
        println!("{version:20} {rule:35} {:15} {count}", verdict.as_str());
    }
}

/// Items of the lists and of the single resources under registries, by the last segment of their type.
fn parts() -> Vec<(String, String, Vec<Value>)> {
    let lines = std::fs::read_to_string(format!("{FOLDER}/arm.jsonl")).unwrap_or_default();
    let mut found = Vec::new();
    for exchange in lines
        .lines()
        .filter_map(|text| serde_json::from_str::<Value>(text).ok())
    {
        let url = exchange["url"].as_str().unwrap_or_default();
        let Some((path, version)) = url.split_once("?api-version=") else {
            continue;
        };
        let body = match &exchange["response_body"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            body => body.clone(),
        };
        let Some((_, inside)) = path.split_once("/registries/") else {
            continue;
        };
        let kind = inside.split('/').nth(1).unwrap_or_default().to_owned();
        let items = match body["value"].as_array() {
            Some(items) => items.clone(),
            None if body["properties"].is_object() => vec![body],
            None => continue,
        };
        found.push((kind, version.to_owned(), items));
    }
    found
}

#[test]
fn real_parts_of_registries_are_judged() {
    let mut counts: BTreeMap<(String, String, Verdict, String), usize> = BTreeMap::new();
    for (kind, version, items) in parts() {
        let mut bench = bench(serde_json::json!({}));
        bench.profile = Profile::strict();
        let read = || read_with(items.clone(), &version);
        let evidence = &mut bench.evidence;
        match kind.as_str() {
            "tokens" => (evidence.tokens, evidence.scope_maps) = (read(), read_with(Vec::new(), &version)),
            "scopeMaps" => (evidence.scope_maps, evidence.tokens) = (read(), read_with(Vec::new(), &version)),
            "webhooks" => evidence.webhooks = read(),
            "replications" => evidence.replications = read(),
            "cacheRules" => {
                (evidence.cache_rules, evidence.credential_sets) = (read(), read_with(Vec::new(), &version))
            }
            "credentialSets" => {
                (evidence.credential_sets, evidence.cache_rules) = (read(), read_with(Vec::new(), &version))
            }
            "connectedRegistries" => evidence.connected_registries = read(),
            "privateEndpointConnections" => evidence.private_endpoint_connections = read(),
            "listUsages" => evidence.usages = read(),
            "providers" => evidence.diagnostic_settings = read(),
            _ => continue,
        }
        for finding in audit(&bench.case()) {
            if finding
                .api_version
                .as_deref()
                .is_some_and(|read_with| read_with.contains(&version))
            {
                *counts
                    .entry((kind.clone(), finding.rule, finding.verdict, finding.sentence))
                    .or_default() += 1;
            }
        }
    }
    if counts.is_empty() {
        println!("skipped: no recordings in {FOLDER}");
    }
    for ((kind, rule, verdict, sentence), count) in counts {
        println!("{kind:25} {rule:30} {:15} {count:3} {sentence}", verdict.as_str());
    }
}
