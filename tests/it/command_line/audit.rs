//! `audit` and `access`: what they print, ask and how they exit.

mod defender;
mod gate;
mod identities;
mod large;
mod overview;
mod sarif;
mod waivers;

use serde_json::Value;
use simulator::world::seed::demo::PRODUCTS;
use simulator::world::{RoleAssignmentMode, World};

use super::{Bench, Ended};

const SERVER: &str = "contosoproducts.azurecr.io";
const TEAM: &str = "aaaa0000-0000-4000-8000-000000000001";
const READER: &str = "aaaa0000-0000-4000-8000-000000000002";

/// The demo's tenant, in which a user pushes to the folder of a team and another pulls everything.
fn world(mode: RoleAssignmentMode) -> World {
    let mut world = World::demo(7);
    let registry = world.registries.get_mut(SERVER).unwrap();
    registry.mode = mode;
    let id = registry.id();
    world.assign("AcrPull", READER, "User", &id);
    let repositories = "Microsoft.ContainerRegistry/registries/repositories";
    let only = format!(
        "((!(ActionMatches{{'{repositories}/content/write'}}) AND !(ActionMatches{{'{repositories}/metadata/write'}})) \
         OR (@Request[{repositories}:name] StringStartsWithIgnoreCase 'team/'))"
    );
    let assignment = world.assign("Container Registry Repository Writer", TEAM, "User", &id);
    assignment["properties"]["condition"] = only.into();
    assignment["properties"]["conditionVersion"] = "2.0".into();
    world
}

async fn run(bench: &Bench, arguments: &[&str]) -> Ended {
    let settings = bench.tenant.application_settings(&bench.output().display().to_string());
    super::run(&settings, arguments).await
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_prints_findings_in_every_format_and_writes_nothing() {
    let bench = Bench::start(world(RoleAssignmentMode::Abac));
    let only = ["audit", "--registry", "contosoproducts", "--format"];
    let formatted = async |format: &str| run(&bench, &[&only[..], &[format]].concat()).await.expect(0);
    let table = formatted("table").await;
    // What passes is counted.
    let counted = "7 fail, 5 unknown, 16 pass, 10 not applicable";
    for (further, passes) in [(&[][..], false), (&["--all"], true)] {
        let table = run(&bench, &[&only[..3], further].concat()).await.expect(0).stdout;
        assert!(table.contains("resource-lock") && table.contains(counted), "{table}");
        assert_eq!(table.contains("admin-user-disabled"), passes, "{table}");
    }
    assert!(
        table
            .stderr
            .contains("14 reads of Resource Manager, and 5 of its subscription"),
        "{}",
        table.stderr
    );
    let audited = json(&formatted("json").await);
    assert_eq!(audited[0]["loginServer"], SERVER);
    let findings = audited[0]["audit"]["findings"].as_array().unwrap().len();
    assert_eq!(audited[0]["audit"]["access"]["mode"], "abac");
    assert_eq!(formatted("ndjson").await.stdout.lines().count(), findings);
    let rows = formatted("csv").await.stdout;
    assert_eq!(csv::Reader::from_reader(rows.as_bytes()).records().count(), findings);
    assert_eq!(json(&formatted("ocsf").await).as_array().unwrap().len(), findings);
    assert!(!bench.output().exists(), "an audit writes nothing");
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_that_is_refused_something_exits_with_1_and_names_the_role() {
    let mut world = world(RoleAssignmentMode::Abac);
    let id = world.registries[SERVER].id();
    world.revoke();
    world.grant("Reader", &id);
    let bench = Bench::start(world);
    let ended = run(&bench, &["audit", "--registry", "contosoproducts"]).await.expect(1);
    let wanted = "the Defender plan of the subscription could not be known: refused: it takes Microsoft.Security/pricings/read, which the role Reader at the subscription brings";
    assert!(ended.stderr.contains(wanted), "{}", ended.stderr);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_inventories_are_judged_without_asking_anybody() {
    let bench = Bench::start(world(RoleAssignmentMode::Abac));
    // One repository hides a tag, so the inventory is partial.
    bench
        .collect_with(
            &[("ACR_INVENTORY_AUDIT", "false")],
            &["--subscription", PRODUCTS, "--registry", "contosoproducts"],
        )
        .await
        .expect(1);
    let folder = bench.output().display().to_string();
    let sent = bench.tenant.simulator.count(simulator::Service::Arm);
    let ended = run(
        &bench,
        &["audit", "--from", &folder, "--format", "json", "--production-tag", "*"],
    )
    .await;
    assert_eq!(sent, bench.tenant.simulator.count(simulator::Service::Arm));
    let audited = json(&ended);
    let verdict = |rule: &str| {
        let findings = audited[0]["audit"]["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["rule"] == rule);
        found.unwrap()["verdict"].clone()
    };
    assert_eq!(verdict("admin-user-disabled"), "pass");
    // A partial inventory can show a failure.
    assert_eq!(verdict("immutable-tags-locked"), "fail");
    assert_eq!(verdict("no-broad-writers"), "unknown");
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_audit_stays_beside_the_registry_document() {
    let bench = Bench::start(world(RoleAssignmentMode::Abac));
    let ended = run(&bench, &["audit", "--registry", "contosoproducts", "--save"])
        .await
        .expect(1);
    assert!(ended.stderr.contains("it was never collected"), "{}", ended.stderr);
    let unaudited = [("ACR_INVENTORY_AUDIT", "false")];
    bench
        .collect_with(&unaudited, &["--registry", "contosoproducts"])
        .await
        .expect(1);
    run(&bench, &["audit", "--registry", "contosoproducts", "--save"])
        .await
        .expect(0);
    let name = format!("v2/registries/{SERVER}/audit.json");
    let saved = bench.document(&name);
    assert_eq!(
        (&saved["version"], saved["audit"]["findings"].as_array().unwrap().len()),
        (&1.into(), 38)
    );
    let registry = bench.document(&format!("v2/registries/{SERVER}/registry.json"));
    assert_eq!(saved["snapshot"], registry["snapshot"], "it names what it judged");
    bench
        .collect_with(&unaudited, &["--registry", "contosoproducts"])
        .await
        .expect(1);
    assert_eq!(bench.document(&name), saved);
    let folder = bench.output().display().to_string();
    let stored = run(&bench, &["audit", "--from", &folder, "--format", "json"])
        .await
        .expect(0);
    assert_eq!(json(&stored)[0]["audit"], saved["audit"]);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn access_says_who_can_and_through_what() {
    let bench = Bench::start(world(RoleAssignmentMode::Abac));
    let ask = async |repository: &str, action: &str| {
        let only = ["access", "--registry", "contosoproducts", "--format", "json"];
        let asked = [&only[..], &["--repository", repository, "--action", action]].concat();
        let answer = json(&run(&bench, &asked).await.expect(0));
        let holders = answer["holders"].as_array().unwrap().clone();
        holders
            .iter()
            .map(|holder| {
                format!(
                    "{} {}",
                    holder["verdict"].as_str().unwrap(),
                    holder["principal"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(ask("team/app", "push").await, [format!("granted {TEAM}")]);
    assert_eq!(ask("other", "push").await, [""; 0]);
    // AcrPull does nothing here.
    assert_eq!(ask("other", "pull").await, [format!("granted {TEAM}")]);
    let ended = run(&bench, &["access", "--registry", "contosoproducts", "--action", "push"])
        .await
        .expect(2);
    assert!(ended.stderr.contains("name it with --repository"), "{}", ended.stderr);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_of_the_mode_shows_who_loses_and_gains() {
    let bench = Bench::start(world(RoleAssignmentMode::Legacy));
    bench.collect(&["--registry", "contosoproducts"]).await.expect(1);
    let ended = run(
        &bench,
        &[
            "access",
            "--registry",
            "contosoproducts",
            "--simulate-abac",
            "--format",
            "json",
        ],
    )
    .await;
    let answer = json(&ended.expect(0));
    assert_eq!((&answer["from"], &answer["to"]), (&"legacy".into(), &"abac".into()));
    let changes: Vec<&Value> = answer["changes"].as_array().unwrap().iter().collect();
    let lost = changes.iter().find(|change| change["principal"] == READER).unwrap();
    assert_eq!((&lost["before"], &lost["after"]), (&"granted".into(), &"denied".into()));
    assert!(lost["actions"].as_array().unwrap().contains(&"pull".into()), "{lost}");
    assert!(
        changes
            .iter()
            .any(|change| change["principal"] == TEAM && change["after"] == "granted")
    );
    bench.assert_no_violation();
}
