//! Conditions as real templates have them, and what `access` and `audit` make of them.

mod delegation;

use serde_json::Value;
use simulator::world::{RoleAssignmentMode, World};

use super::{Bench, Ended, run};

const SERVER: &str = "bench.azurecr.io";
const ANN: &str = "aaaa0000-0000-4000-8000-0000000000a1";
/// One registry, on which Ann has a role under a condition and nobody else has any.
fn world(mode: RoleAssignmentMode, role: &str, condition: Option<&str>) -> World {
    let mut world = World::sized(1, 1);
    let registry = world.registries.get_mut(SERVER).unwrap();
    registry.mode = mode;
    let id = registry.id();
    let assignment = world.assign(role, ANN, "User", &id);
    if let Some(condition) = condition {
        assignment["properties"]["condition"] = condition.into();
        assignment["properties"]["conditionVersion"] = "2.0".into();
    }
    world
}

async fn ask(bench: &Bench, arguments: &[&str]) -> Ended {
    let settings = bench.tenant.application_settings(&bench.output().display().to_string());
    let only = ["--registry", "bench", "--format", "json"];
    run(&settings, &[arguments, &only[..]].concat()).await
}

/// What is said of Ann: the verdict, why, and the whole answer.
async fn of_ann(bench: &Bench, arguments: &[&str]) -> (String, String, Value, Ended) {
    let ended = ask(bench, &[&["access"], arguments].concat()).await;
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    let holders = answer["holders"].as_array().unwrap();
    let ann = holders.iter().find(|holder| holder["principal"] == ANN);
    let verdict = ann.map_or("denied", |ann| ann["verdict"].as_str().unwrap()).to_owned();
    let reasons = ann.map_or(String::new(), |ann| ann["reasons"].to_string());
    (verdict, reasons, answer, ended)
}

/// What real templates have: the attribute of the resource, which a request to a registry does not tell.
#[tokio::test(flavor = "multi_thread")]
async fn a_condition_on_what_a_request_does_not_tell_names_the_attribute_and_the_cure() {
    let repositories = "Microsoft.ContainerRegistry/registries/repositories";
    let writing = |test: &str| {
        format!(
            "((!(ActionMatches{{'{repositories}/content/read'}})) OR ({}))",
            test.replace("NAME", &format!("{repositories}:name"))
        )
    };
    for (test, named, cure) in [
        (
            "@Resource[NAME] StringStartsWith 'team'",
            "@Resource[Microsoft.ContainerRegistry/registries/repositories:name]",
            "@Request[Microsoft.ContainerRegistry/registries/repositories:name]",
        ),
        ("Exists @Resource[NAME]", "@Resource[", "@Request["),
        (
            "@Environment[isPrivateLink] BoolEquals true",
            "@Environment[isPrivateLink]",
            "",
        ),
        ("@Principal[team] StringEquals 'a'", "@Principal[team]", ""),
        ("@Request[NAME] StringMatches 'a'", "StringMatches", ""),
        ("@Request[NAME] StringEquals @Principal[team]", "@Principal[team]", ""),
    ] {
        let condition = writing(test);
        let role = "Container Registry Repository Reader";
        let bench = Bench::start(world(RoleAssignmentMode::Abac, role, Some(&condition)));
        let asked = ["--action", "pull", "--repository", "team/app"];
        let (verdict, why, answer, ended) = of_ann(&bench, &asked).await;
        assert_eq!(verdict, "unknown", "{condition}");
        assert!(why.contains(named) && why.contains(cure), "{condition}: {why}");
        // As the page says: what was missing is in the basis, on stderr, and in the exit code.
        let basis = answer["basis"]["unknown"].to_string();
        assert!(basis.contains(ANN) && basis.contains(named), "{answer}");
        assert_eq!(answer["basis"]["loginServer"], SERVER);
        assert!(ended.stderr.contains(named), "{}", ended.stderr);
        assert_eq!(ended.code, Some(1));
        let ended = ask(&bench, &["audit"]).await;
        let audited: Value = serde_json::from_str(&ended.stdout).unwrap();
        let findings = audited[0]["audit"]["findings"].as_array().unwrap();
        let closed = findings
            .iter()
            .find(|finding| finding["rule"] == "condition-prefix-closed");
        assert_eq!(closed.unwrap()["verdict"], "unknown", "{condition}");
    }
    // Of other permissions the condition says nothing.
    let condition = writing("@Resource[NAME] StringStartsWith 'team'");
    let role = "Container Registry Repository Reader";
    let bench = Bench::start(world(RoleAssignmentMode::Abac, role, Some(&condition)));
    let asked = ["--action", "read-metadata", "--repository", "team/app"];
    let (verdict, _, answer, ended) = of_ann(&bench, &asked).await;
    assert_eq!((verdict.as_str(), ended.code), ("granted", Some(0)), "{answer}");
    assert_eq!(answer["basis"]["unknown"], serde_json::json!([]));
}
