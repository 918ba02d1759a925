//! The role assignments of the deployment are those that `check` tries: nothing lacks a role, no role is there for nothing.

use std::collections::BTreeSet;
use std::path::Path;

use acr_inventory::access::action::Mode;
use acr_inventory::check::{NEEDS, ScopeKind};
use serde_json::{Value, json};

/// A role, where it is assigned, in which mode of the registry, and what fails without it.
type Assigned = (String, String, &'static str, Option<Mode>, String);

const MODES: [Mode; 2] = [Mode::Legacy, Mode::Abac];

/// How the app may use its queues: by a role for each of what it does, or by the wider one that brings both.
const QUEUES: [&str; 2] = ["sender-and-receiver", "data-owner"];

/// What `check` needs, one for each check.
fn needed(queues: &str) -> BTreeSet<Assigned> {
    let mut all = BTreeSet::new();
    for need in NEEDS {
        let (place, modes): (_, &[Option<Mode>]) = match (need.scope, need.mode) {
            (ScopeKind::Container, _) => ("container", &[None]),
            (ScopeKind::Queue, _) => ("queue", &[None]),
            (ScopeKind::Registry, None) => ("registry", &MODES.map(Some)),
            (ScopeKind::Registry, Some(mode)) => ("registry", &[Some(mode)]),
        };
        for mode in modes {
            let wider = need.instead.filter(|_| queues == "data-owner");
            let (name, guid) = wider.map_or((need.role, need.guid), |wider| (wider.role, wider.guid));
            let role = || (name.to_owned(), guid.to_owned());
            let checks = need
                .checks
                .iter()
                .map(|check| json!(check).as_str().unwrap().to_owned());
            all.extend(checks.map(|check| (role().0, role().1, place, *mode, check)));
        }
    }
    all
}

/// What the deployment assigns to the app's identity, as `tests/infra/run` reads it off the Bicep files.
fn assigned(scope_of_registries: &str, queues: &str) -> BTreeSet<Assigned> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/infra/roles.json");
    let roles: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut all = BTreeSet::new();
    let of_app = |role: &&Value| role["identity"] == "app" && role["with"].as_str().is_none_or(|with| with == queues);
    for role in roles.iter().filter(of_app) {
        let text = |key: &str| role[key].as_str().unwrap().to_owned();
        let place = match role["scope"].as_str().unwrap() {
            "container" => "container",
            "queue" => "queue",
            scope if scope == scope_of_registries => "registry",
            _ => continue,
        };
        let mode = role["mode"]
            .as_str()
            .map(|mode| serde_json::from_value(json!(mode)).unwrap());
        for check in role["checks"].as_array().unwrap() {
            let check = check.as_str().unwrap().to_owned();
            all.insert((text("role"), text("guid"), place, mode, check));
        }
    }
    all
}

#[test]
fn the_deployment_assigns_what_check_needs_and_nothing_else() {
    for queues in QUEUES {
        assert_eq!(
            assigned("registry", queues),
            needed(queues),
            "registry by registry, {queues}"
        );
        // In a subscription there are registries of both modes.
        let modeless = needed(queues)
            .into_iter()
            .map(|(role, guid, place, _, check)| (role, guid, place, None, check));
        assert_eq!(
            assigned("subscription", queues),
            modeless.collect(),
            "for all registries of a subscription, {queues}"
        );
    }
    assert_ne!(needed(QUEUES[0]), needed(QUEUES[1]));
}

/// Every assignment to the app's identity is tried by a check, but for what the Functions host and its storage need.
#[test]
fn what_no_check_tries_is_the_hosts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/infra/roles.json");
    let roles: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let untried = roles
        .iter()
        .filter(|role| role["identity"] == "app" && role["checks"] == json!([]));
    let untried: Vec<&str> = untried.map(|role| role["role"].as_str().unwrap()).collect();
    assert_eq!(untried, ["Storage Blob Data Owner", "Monitoring Metrics Publisher"]);
}
