//! The shape of every simulated answer beside that of the recorded ones: what differs is explained here or mended.

mod asked;
mod exchange;
mod explained;
mod shape;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::asked::Asker;
use self::exchange::Exchange;
use self::explained::{Explained, NOT_ASKED, UNCOMPARED, explained};
use self::shape::{Answers, differences};
use crate::shared_data::shared;

/// The oldest version of the registry provider whose registries, replications, webhooks and usages are compared: those
/// of older ones lack what every version that is simulated has. Of everything else no newer ones were recorded.
const OLDEST_VERSION: &str = "2022";

/// Official examples of answers that nobody recorded, and the paths that they answer.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "registries/r/exportPipelines",
        "arm-2023-11-01-preview/examples/ExportPipelineList",
    ),
    (
        "registries/r/exportPipelines/p",
        "arm-2023-11-01-preview/examples/ExportPipelineGet",
    ),
    (
        "registries/r/importPipelines",
        "arm-2023-11-01-preview/examples/ImportPipelineList",
    ),
    (
        "registries/r/importPipelines/p",
        "arm-2023-11-01-preview/examples/ImportPipelineGet",
    ),
    ("registries/r/scopeMaps", "arm-2023-11-01-preview/examples/ScopeMapList"),
    ("registries/r/tokens", "arm-2023-11-01-preview/examples/TokenList"),
    (
        "registries/r/providers/Microsoft.Authorization/denyAssignments",
        "authorization-2022-04-01/examples/GetDenyAssignmentByScope",
    ),
];

/// Everything recorded; none where the recordings are not here.
fn recorded() -> Option<Vec<Exchange>> {
    let mut found = Vec::new();
    for name in ["dataplane", "arm", "arg", "rbac"] {
        let text = shared(&format!("recordings/{name}.jsonl"))?;
        found.extend(text.lines().map(Exchange::read));
    }
    for name in [
        "arm_registry_premium_api-2026-09-01-preview",
        "dataplane_oci_artifact_attributes_2024-04-11",
        "dataplane_v2_challenge_2026-09-10",
    ] {
        let file: Value = serde_json::from_str(&shared(&format!("recordings/{name}.json"))?).unwrap();
        let entries = file["entries"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![file.clone()]);
        found.extend(entries.iter().filter_map(Exchange::transcribed));
    }
    for (path, example) in EXAMPLES {
        let file: Value = serde_json::from_str(&shared(&format!("spec-examples/{example}.json"))?).unwrap();
        found.push(Exchange::example(path, &file));
    }
    let registry = |exchange: &Exchange| {
        let route = exchange.route();
        let child = ["replications", "webhooks", "listusages"]
            .iter()
            .any(|child| route.contains(child));
        route.starts_with("GET regist") && (child || !route.contains('/'))
    };
    let old = |exchange: &Exchange| exchange.api_version().is_some_and(|version| *version < *OLDEST_VERSION);
    found.retain(|exchange| !registry(exchange) || !old(exchange));
    Some(found)
}

fn by_route(exchanges: Vec<Exchange>) -> BTreeMap<String, Answers> {
    let mut routes: BTreeMap<String, Answers> = BTreeMap::new();
    for mut exchange in exchanges.into_iter().flat_map(Exchange::split) {
        exchange
            .headers
            .retain(|(name, _)| !UNCOMPARED.iter().any(|(header, _)| header == name));
        routes.entry(exchange.route()).or_default().add(&exchange);
    }
    routes
}

#[tokio::test]
async fn every_answer_has_the_recorded_shape() {
    let Some(recorded) = recorded() else { return };
    let mut asker = Asker::start();
    asker.data_plane().await;
    asker.resources().await;
    assert_eq!(asker.simulator.violations(), [""; 0]);
    let (counts, mut found) = ([recorded.len(), asker.found.len()], Vec::new());
    let (recorded, simulated) = (by_route(recorded), by_route(asker.found));
    let entries = explained();
    let (mut routes, mut used) = (0, BTreeSet::new());
    for route in recorded.keys().chain(simulated.keys()).collect::<BTreeSet<_>>() {
        let differences = match (recorded.get(route), simulated.get(route)) {
            (Some(recorded), Some(simulated)) => {
                routes += 1;
                println!("{route}: {} recorded, {} simulated", recorded.count, simulated.count);
                differences(recorded, simulated)
            }
            (Some(_), None) => BTreeMap::from([("route".to_owned(), "recorded → not asked".to_owned())]),
            (None, _) => BTreeMap::from([("route".to_owned(), "not recorded → asked".to_owned())]),
        };
        for (path, difference) in differences {
            let applies = |(index, entry): (usize, &Explained)| {
                let (on, at, what, _) = *entry;
                ((on == "*" || on == route) && at == path && what == difference).then_some(index)
            };
            let by: Vec<usize> = entries.iter().enumerate().filter_map(applies).collect();
            let skipped = path == "route" && NOT_ASKED.iter().any(|(on, _)| on == route);
            if by.is_empty() && !skipped {
                found.push(format!("{route}: {path}: {difference}"));
            }
            used.extend(by);
        }
    }
    let all = entries.iter().enumerate();
    for (_, (route, path, difference, _)) in all.filter(|(index, _)| !used.contains(index)) {
        found.push(format!("explained and no longer so: {route}: {path}: {difference}"));
    }
    for (route, _) in NOT_ASKED
        .iter()
        .filter(|(route, _)| !recorded.contains_key(*route) || simulated.contains_key(*route))
    {
        found.push(format!("explained and no longer so: {route} is not asked"));
    }
    println!(
        "{routes} routes compared over {} recorded and {} simulated answers, {} differences explained",
        counts[0],
        counts[1],
        entries.len()
    );
    assert!(routes > 30, "only {routes} routes were compared");
    assert!(found.is_empty(), "{} unexplained:\n{}", found.len(), found.join("\n"));
}

/// Refusals that are not among the recordings, held against the service's documentation.
#[tokio::test]
async fn refusals_that_were_never_recorded_have_the_documented_shape() {
    let mut asker = Asker::start();
    asker.refusals().await;
    let error = [
        "body: object",
        "body.errors: list",
        "body.errors[]: object",
        "body.errors[].code: string",
        "body.errors[].message: string",
    ];
    let routes = by_route(asker.found);
    let found: Vec<&str> = routes.keys().map(String::as_str).collect();
    assert_eq!(
        found,
        [
            "GET /acr/v1/_catalog 403",
            "GET /acr/v1/_catalog 429",
            "POST /oauth2/exchange 403"
        ]
    );
    for (route, answers) in &routes {
        let lines: Vec<String> = answers
            .lines()
            .iter()
            .map(|(path, text)| format!("{path}: {text}"))
            .collect();
        let body: Vec<&String> = lines.iter().filter(|line| line.starts_with("body")).collect();
        assert_eq!(body, error, "{route}");
        assert!(
            lines.contains(&"header content-type: application/json; charset=utf-8".to_owned()),
            "{route}"
        );
        let waits = lines.contains(&"header retry-after: seconds".to_owned());
        assert_eq!(waits, route.ends_with("429"), "{route}: {lines:?}");
        // A client must not take a closed door for a missing key.
        assert!(!lines.iter().any(|line| line.contains("www-authenticate")), "{route}");
    }
    assert_eq!(asker.simulator.violations(), [""; 0]);
}
