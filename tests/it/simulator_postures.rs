//! The world of postures: for every rule, Resource Manager shows what makes one registry pass and another fail.

mod evidence;

use std::collections::BTreeSet;

use serde_json::Value;
use simulator::world::World;
use simulator::world::seed::postures::{RULES, SEALED};
use simulator::{Options, Simulator};

use self::evidence::EVIDENCE;
use crate::support::{client, entra, json};

const ARM: &str = "https://management.azure.com";

struct Postures {
    simulator: Simulator,
    client: reqwest::Client,
    token: String,
}

impl Postures {
    fn start() -> Self {
        let simulator = Simulator::start(World::postures(), Options::default()).unwrap();
        let (client, token) = (client(&simulator), entra(&simulator, ARM));
        Self {
            simulator,
            client,
            token,
        }
    }

    /// What Resource Manager answers about a registry: `{S}` stands for its subscription, `{R}` for its id.
    async fn ask(&self, registry: &str, path: &str) -> (u16, Value) {
        let (method, path) = path.split_once(' ').unwrap();
        let path = {
            let world = self.simulator.world();
            let found = world.posture(registry).unwrap_or_else(|| panic!("{registry}"));
            let subscription = format!("/subscriptions/{}", found.subscription);
            path.replace("{R}", &found.id()).replace("{S}", &subscription)
        };
        let request = self.client.request(method.parse().unwrap(), format!("{ARM}{path}"));
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        (answer.status().as_u16(), json(answer).await)
    }
}

#[tokio::test]
async fn every_rule_has_a_registry_that_passes_and_one_that_fails() {
    let postures = Postures::start();
    // Reader may not ask webhooks for their addresses, and nobody reads what a registry holds from Resource Manager.
    let elsewhere = [
        "webhook-https",
        "immutable-tags-locked",
        "images-signed",
        "no-deleted-principal",
    ];
    for (rule, passing, failing) in RULES {
        let mut known = EVIDENCE.iter();
        let Some((_, path, passes)) = known.find(|(known, _, _)| known == rule) else {
            assert!(elsewhere.contains(rule), "{rule} has no evidence");
            continue;
        };
        for (registry, expected) in [(passing, true), (failing, false)] {
            let (status, body) = postures.ask(registry, path).await;
            assert_eq!(status, 200, "{rule} {registry}: {body}");
            assert_eq!(passes(&body), expected, "{rule} {registry}: {body:#}");
        }
    }
    assert_eq!(postures.simulator.violations(), [""; 0]);
    let rules: BTreeSet<&str> = RULES.iter().map(|(rule, _, _)| *rule).collect();
    assert_eq!(rules.len(), RULES.len());
    assert_eq!(EVIDENCE.len() + elsewhere.len(), RULES.len());
}

#[tokio::test]
async fn what_resource_manager_does_not_show_is_in_the_world() {
    let postures = Postures::start();
    let world = postures.simulator.world();
    for (name, locked) in [("exemplary", true), ("publicopen", false)] {
        let repository = &world.posture(name).unwrap().repositories["production/api"];
        assert!(
            repository
                .tags
                .values()
                .all(|tag| tag.attributes.write_enabled != locked)
        );
        assert_eq!(
            repository.tags.keys().any(|tag| tag.ends_with(".sig")),
            locked,
            "{name}"
        );
    }
    for (name, plain) in [("exemplary", 0), ("webhookplain", 1)] {
        let id = format!("{}/webhooks/", world.posture(name).unwrap().id());
        let callbacks = world
            .arm
            .callbacks
            .iter()
            .filter(|(webhook, _)| webhook.starts_with(&id));
        let uris = callbacks.map(|(_, config)| config["serviceUri"].as_str().unwrap());
        assert_eq!(uris.filter(|uri| uri.starts_with("http://")).count(), plain, "{name}");
    }
}

#[tokio::test]
async fn a_sealed_registry_shows_what_its_role_lets_see() {
    let postures = Postures::start();
    let reads = [
        "GET {R}?api-version=2025-11-01",
        "GET {R}/tokens?api-version=2025-11-01",
        "GET {R}/cacheRules?api-version=2025-11-01",
        "GET {R}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01",
        "GET {S}/providers/Microsoft.Security/pricings/Containers?api-version=2024-01-01",
        "POST {R}/webhooks/deploy/getCallbackConfig?api-version=2025-11-01",
    ];
    for (registry, expected) in [
        ("readeronly", [200, 200, 200, 200, 403, 403]),
        ("configured", [200, 200, 403, 403, 403, 200]),
        ("pullonly", [403; 6]),
        ("sealed", [403; 6]),
    ] {
        for (path, expected) in reads.iter().zip(expected) {
            let (status, body) = postures.ask(registry, path).await;
            assert_eq!(status, expected, "{registry} {path}: {body}");
        }
    }
    let list =
        format!("GET /subscriptions/{SEALED}/providers/Microsoft.ContainerRegistry/registries?api-version=2025-11-01");
    let (_, body) = postures.ask("sealed", &list).await;
    assert_eq!(
        crate::support::names(&body, "value", "name"),
        ["configured", "readeronly"]
    );
    assert_eq!(postures.simulator.violations(), [""; 0]);
}

#[test]
fn it_is_the_same_every_time_and_names_no_registry_twice() {
    let world = World::postures();
    assert_eq!(format!("{world:?}"), format!("{:?}", World::postures()));
    let names: BTreeSet<&str> = world
        .registries
        .values()
        .map(|registry| registry.name.as_str())
        .collect();
    assert_eq!(names.len(), world.registries.len());
    for (rule, passing, failing) in RULES {
        assert!(names.contains(passing) && names.contains(failing), "{rule}");
    }
}
