//! The list of roles is what the checks need: take one away, and what it is for fails and asks for it back.

use acr_inventory::access::action::Mode;
use acr_inventory::check::{NEEDS, Need, ScopeKind};
use serde_json::Value;
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::service_bus::Rights;
use simulator::world::World;

use super::{Bench, Ended, check};

/// What Reader is needed for, and nothing that legacy mode takes for the right to pull.
const OBSERVER: &str = "Registry Observer";
const OBSERVES: &[&str] = &[
    "Microsoft.ContainerRegistry/registries/read",
    "Microsoft.Authorization/roleAssignments/read",
];

/// A world in which the identity has every role but one on two registries, one of each mode.
fn without(need: &Need) -> World {
    let mut world = World::checks();
    world.revoke();
    world.custom_role(OBSERVER, &["/"], OBSERVES);
    for (registry, mode) in [("contosoproducts", Mode::Legacy), ("platform", Mode::Abac)] {
        let id = world.registries[&format!("{registry}.azurecr.io")].id();
        let needs = NEEDS.iter().filter(|other| {
            other.scope == ScopeKind::Registry && other.role != need.role && other.mode.is_none_or(|for_| for_ == mode)
        });
        for other in needs {
            // In legacy mode Reader brings what AcrPull does.
            let role = if other.role == "Reader" { OBSERVER } else { other.role };
            world.grant(role, &id);
        }
    }
    world
}

/// Names of the checks that failed, each once.
fn failed(ended: &Ended) -> Vec<String> {
    let mut names: Vec<String> = ended.not_passed().into_iter().map(|(check, _)| check).collect();
    names.sort();
    names.dedup();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_is_needed_by_what_it_is_listed_for() {
    for need in NEEDS {
        let bench = Bench::start(without(need));
        match need.role {
            "Storage Blob Data Contributor" => bench.tenant.blobs.lock().unwrap().deny = true,
            "Azure Service Bus Data Sender" => bench.tenant.queues.lock().unwrap().rights = Rights::Listen,
            "Azure Service Bus Data Receiver" => bench.tenant.queues.lock().unwrap().rights = Rights::Send,
            _ => {}
        }
        let ended = check(&bench, "contosoproducts,platform", &[]).await;
        let listed: Vec<Value> = need
            .checks
            .iter()
            .map(|check| serde_json::to_value(check).unwrap())
            .collect();
        let failing = failed(&ended);
        assert!(!failing.is_empty(), "{}: {}", need.role, ended.stdout);
        // What could not be tried for want of something before it is not its fault.
        let rows = ended.rows();
        let faults = rows.iter().filter(|row| row["outcome"] == "failed");
        for row in faults {
            assert!(listed.contains(&row["check"]), "{}: {row}", need.role);
            let fixes = row["fixes"].as_array().unwrap();
            assert!(fixes.iter().any(|fix| fix["role"] == need.role), "{}: {row}", need.role);
        }
    }
}

/// The wider role of the queues is enough, and whoever lacks both is told of both.
#[tokio::test(flavor = "multi_thread")]
async fn data_owner_of_the_queues_stands_in_the_place_of_sender_and_receiver() {
    let bench = Bench::start(World::checks());
    bench.tenant.queues.lock().unwrap().rights = Rights::All;
    let ended = check(&bench, "contosoproducts", &[]).await.expect(0);
    assert_eq!(failed(&ended), [""; 0]);
    bench.tenant.queues.lock().unwrap().rights = Rights::None;
    let ended = check(&bench, "contosoproducts", &[]).await.expect(1);
    assert_eq!(failed(&ended), ["receive-message", "send-message"]);
    for fix in ended.fixes() {
        assert_eq!(fix["instead"], "Azure Service Bus Data Owner", "{fix}");
        let why = fix["why"].as_str().unwrap();
        assert!(
            why.contains(fix["role"].as_str().unwrap()) && why.contains("Azure Service Bus Data Owner"),
            "{why}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_sees_the_registry_and_not_its_assignments_asks_for_reader() {
    let mut world = World::checks();
    world.revoke();
    let id = world.registries["contosoproducts.azurecr.io"].id();
    world.custom_role("Registry Viewer", &["/"], &OBSERVES[..1]);
    world.grant("Registry Viewer", &id);
    world.grant("AcrPull", &id);
    let bench = Bench::start(world);
    let ended = check(&bench, "contosoproducts", &[]).await.expect(1);
    assert_eq!(failed(&ended), ["read-role-assignments"]);
    let fix = &ended.fixes()[0];
    assert_eq!(
        (&fix["role"], &fix["permission"]),
        (&"Reader".into(), &OBSERVES[1].into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_graph_still_shows_and_resource_manager_refuses_asks_for_reader() {
    let bench = Bench::start(World::checks());
    let forbidden = Effect::Status {
        code: 403,
        retry_after: None,
        body: r#"{"error":{"code":"AuthorizationFailed","message":"no"}}"#.to_owned(),
    };
    let faults = bench.tenant.simulator.faults();
    faults.add(
        Rule::new(forbidden)
            .service(Service::Arm)
            .path("/registries/contosoproducts"),
    );
    let ended = check(&bench, "contosoproducts", &[]).await.expect(1);
    assert_eq!(failed(&ended), ["read-configuration", "read-role-assignments"]);
    assert!(ended.fixes().iter().all(|fix| fix["role"] == "Reader"));
}
