//! SARIF as GitHub code scanning takes it. Its rules and limits:
//! <https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support>

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use serde_json::Value;
use simulator::world::World;

use super::{Bench, json, run};

async fn sarif(bench: &Bench, more: &[&str]) -> Value {
    json(
        &run(
            bench,
            &[&["audit", "--profile", "strict", "--format", "sarif"], more].concat(),
        )
        .await,
    )
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value[key]
        .as_array()
        .unwrap_or_else(|| panic!("no {key}: {value}"))
        .iter()
        .collect()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no {pointer}: {value}"))
}

/// What code scanning refuses, ignores or shows wrongly. Returns the results.
fn assert_taken(log: &Value) -> Vec<&Value> {
    assert_eq!(log["version"], "2.1.0");
    let runs = list(log, "runs");
    assert!((1..=20).contains(&runs.len()));
    let mut categories = BTreeSet::new();
    let mut all = Vec::new();
    for run in runs {
        // Two runs of a tool in one category are refused.
        let id = text(run, "/automationDetails/id");
        assert!(id.ends_with('/') && categories.insert(id), "{id}");
        assert!(!text(run, "/tool/driver/name").is_empty());
        let rules = list(&run["tool"]["driver"], "rules");
        assert!(rules.len() <= 25_000);
        let mut ids = BTreeSet::new();
        for rule in &rules {
            assert!(ids.insert(text(rule, "/id")));
            for (pointer, most) in [
                ("/name", 255),
                ("/shortDescription/text", 1_024),
                ("/fullDescription/text", 1_024),
            ] {
                let length = text(rule, pointer).chars().count();
                assert!((1..=most).contains(&length), "{pointer}: {rule}");
            }
            assert!(!text(rule, "/help/text").is_empty() && !text(rule, "/help/markdown").is_empty());
            let score = text(rule, "/properties/security-severity").parse::<f64>().unwrap();
            assert!(score > 0.0 && score <= 10.0, "{rule}");
            let tags = list(&rule["properties"], "tags");
            assert!(tags.len() <= 20 && tags.contains(&&Value::from("security")), "{rule}");
        }
        let results = list(run, "results");
        assert!(results.len() <= 25_000);
        let mut prints = BTreeSet::new();
        for result in &results {
            assert!(ids.contains(text(result, "/ruleId")), "{result}");
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(!text(result, "/message/text").is_empty());
            let locations = list(result, "locations");
            assert_eq!(locations.len(), 1);
            let uri = text(locations[0], "/physicalLocation/artifactLocation/uri");
            let base = url::Url::parse("https://example.com/repository/").unwrap();
            let joined = base.join(uri).unwrap();
            assert_eq!(joined.as_str(), format!("{base}{uri}"), "not a relative path: {uri}");
            assert!(!uri.contains("//") && joined.query().is_none() && joined.fragment().is_none());
            for field in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(
                    locations[0]["physicalLocation"]["region"][field].as_u64() >= Some(1),
                    "{result}"
                );
            }
            let print = text(result, "/partialFingerprints/primaryLocationLineHash");
            assert!(prints.insert(print), "two results are one alert: {result}");
        }
        all.extend(results);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_fails_is_a_result_unless_all_is_asked_for() {
    let bench = Bench::start(World::demo(7));
    let log = sarif(&bench, &[]).await;
    let results = assert_taken(&log);
    let findings: Vec<Value> = run(&bench, &["audit", "--profile", "strict", "--format", "ndjson"])
        .await
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let failed = findings.iter().filter(|finding| finding["verdict"] == "fail").count();
    assert!(failed > 20 && results.len() == failed, "{failed}, {}", results.len());
    for result in &results {
        assert_eq!(result["kind"], "fail");
        assert!(
            ["error", "warning", "note"].contains(&text(result, "/level")),
            "{result}"
        );
    }
    let all = sarif(&bench, &["--all-verdicts"]).await;
    let all = assert_taken(&all);
    assert_eq!(all.len(), findings.len());
    let kinds: BTreeSet<&str> = all.iter().map(|result| text(result, "/kind")).collect();
    assert_eq!(kinds, BTreeSet::from(["fail", "notApplicable", "open", "pass"]));
    for result in all {
        assert_eq!(result["level"] == "none", result["kind"] != "fail", "{result}");
    }
    // It is about SARIF alone: the other formats have all verdicts.
    let ended = run(&bench, &["audit", "--all-verdicts", "--format", "csv"])
        .await
        .expect(2);
    assert!(ended.stderr.contains("--all-verdicts"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_stays_the_same_and_namesakes_have_their_own() {
    let bench = Bench::start(World::postures());
    let keys = |log: &Value| -> BTreeMap<(String, String), String> {
        let results = assert_taken(log).into_iter();
        let key = |result: &Value| {
            let uri = text(result, "/locations/0/physicalLocation/artifactLocation/uri").to_owned();
            let print = text(result, "/partialFingerprints/primaryLocationLineHash").to_owned();
            ((text(result, "/ruleId").to_owned(), uri), print)
        };
        results.map(key).collect()
    };
    let before = keys(&sarif(&bench, &["--include", "publicopen"]).await);
    assert_eq!(keys(&sarif(&bench, &["--include", "publicopen"]).await), before);
    // ARM spells resource groups as it likes; the alert is the same.
    let shouted = {
        let mut world = World::postures();
        for registry in world.registries.values_mut() {
            registry.resource_group = registry.resource_group.to_uppercase();
        }
        world
    };
    let after = keys(&sarif(&Bench::start(shouted), &["--include", "publicopen"]).await);
    assert!(after.len() > 3);
    for (key, print) in &after {
        assert_eq!(before.get(key), Some(print), "{key:?}");
    }
    // The same name in another subscription, so in another tenant or cloud too.
    let moved = {
        let mut world = World::postures();
        let registry = world.registries.get_mut("publicopen.azurecr.io").unwrap();
        let other = "5f1b4c1e-0000-4000-8000-0000000000ff";
        let subscription = world.subscriptions[&registry.subscription].clone();
        registry.subscription = other.to_owned();
        world.subscriptions.insert(other.to_owned(), subscription);
        world
    };
    let moved = keys(&sarif(&Bench::start(moved), &["--include", "publicopen"]).await);
    let known: BTreeSet<&String> = before.values().collect();
    assert!(moved.len() > 3);
    for (key, print) in &moved {
        assert!(!known.contains(print) && !before.contains_key(key), "{key:?}");
    }
}

#[test]
fn a_large_organisation_stays_within_the_limits() {
    use acr_inventory::posture::formats::sarif::{Wanted, document};
    use acr_inventory::posture::rule::RULES;
    use acr_inventory::posture::verdict::{Finding, Severity, Verdict};
    let at = time::OffsetDateTime::UNIX_EPOCH;
    let findings = |registries: u32| -> Vec<Finding> {
        let of = |number: u32| {
            RULES.iter().map(move |rule| Finding {
                rule: rule.id.to_owned(),
                verdict: Verdict::Fail,
                severity: Severity::High,
                resource_id: format!("/subscriptions/5f1b4c1e-0000-4000-8000-0000{number:08x}/resourceGroups/rg-ä ({number})/providers/Microsoft.ContainerRegistry/registries/contoso{number}"),
                evidence: serde_json::json!({"grants": vec![format!("somebody {number}"); if number.is_multiple_of(10) { 200 } else { 5 }]}),
                api_version: None,
                sentence: format!("Registry {number} does not have it."),
                remediation: None,
                missing_permission: None,
                waivers: Vec::new(),
            })
        };
        (0..registries).flat_map(of).collect()
    };
    for (registries, runs) in [(100, 1), (200, 2), (450, 8)] {
        let findings = findings(registries);
        let log = document(&findings, at, Wanted::Failures);
        let all = list(&log, "runs");
        let results = all.iter().map(|run| list(run, "results").len());
        assert_eq!(results.sum::<usize>(), findings.len());
        // Looking at every result takes its time.
        if runs <= 2 {
            assert_taken(&log);
        }
        assert_eq!(all.len(), runs, "{registries} registries");
        // Only the first 5,000 results of a run are shown.
        assert!(
            all.iter().all(|run| list(run, "results").len() <= 5_000),
            "{registries} registries"
        );
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(log.to_string().as_bytes()).unwrap();
        let size = gzip.finish().unwrap().len();
        assert!(size < 10 << 20, "{registries} registries: {size} bytes");
    }
    // A registry stays in its run while others come and go.
    let place = |log: &Value| -> BTreeMap<String, String> {
        let of_run = |run: &Value| {
            let id = text(run, "/automationDetails/id").to_owned();
            let results = list(run, "results").into_iter();
            let uri = |result: &Value| text(result, "/locations/0/physicalLocation/artifactLocation/uri").to_owned();
            results.map(|result| (uri(result), id.clone())).collect::<Vec<_>>()
        };
        list(log, "runs").into_iter().flat_map(of_run).collect()
    };
    let (fewer, more) = (findings(150), findings(200));
    let (fewer, more) = (
        document(&fewer, at, Wanted::Failures),
        document(&more, at, Wanted::Failures),
    );
    let more = place(&more);
    for (uri, run) in place(&fewer) {
        assert_eq!(more[&uri], run);
    }
}
