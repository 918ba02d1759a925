//! `access` without an action: who holds what.

use serde_json::{Value, json};
use simulator::Service;
use simulator::world::{RoleAssignmentMode, World};

use super::super::Bench;
use super::{READER, SERVER, TEAM, json, run, world};

const LAB: &str = "contosolab.azurecr.io";

/// Principal, what it holds, at which level, what comes of it.
fn rows(answer: &Value) -> Vec<Value> {
    let held = answer["held"].as_array().unwrap().iter();
    let row = |held: &Value| json!([held["principal"], held["through"], held["level"], held["actions"]]);
    held.map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_of_every_principal_has_a_row_live_and_stored() {
    let bench = Bench::start(world(RoleAssignmentMode::Abac));
    let asked = ["access", "--registry", "contosoproducts", "--format", "json"];
    // Without an inventory nobody knows which repositories a condition names.
    let blind = run(&bench, &asked).await.expect(1);
    assert!(blind.stderr.contains("no repository is known"), "{}", blind.stderr);
    let blind = json(&blind);
    let of_team = |answer: &Value| {
        let held = answer["held"].as_array().unwrap().iter();
        held.filter(|held| held["principal"] == TEAM)
            .cloned()
            .collect::<Vec<_>>()
    };
    let [held] = of_team(&blind).try_into().unwrap();
    assert_eq!(
        (&held["actions"], &held["unknown"]),
        (&json!(["read-metadata", "pull"]), &json!(["push", "sign"]))
    );
    bench.collect(&["--registry", "contosoproducts"]).await.expect(1);
    let live = json(&run(&bench, &asked).await.expect(0));
    let team = json!([
        TEAM,
        "Container Registry Repository Writer",
        "registry",
        ["read-metadata", "pull"]
    ]);
    // AcrPull has no effect in this mode, and is held all the same.
    let reader = json!([READER, "AcrPull", "registry", []]);
    let shown = rows(&live);
    assert!(shown.contains(&team) && shown.contains(&reader), "{shown:#?}");
    let [of_team] = of_team(&live).try_into().unwrap();
    assert!(of_team["condition"].as_str().unwrap().contains("'team/'"));
    assert!(
        of_team["scope"]
            .as_str()
            .unwrap()
            .ends_with("/registries/contosoproducts")
    );
    // One repository, whether it is there or not.
    for (name, wanted) in [
        ("other", json!(["read-metadata", "pull"])),
        ("team/app", json!(["read-metadata", "pull", "push", "sign"])),
    ] {
        let there = [&asked[..], &["--repository", name]].concat();
        let there = json(&run(&bench, &there).await.expect(0));
        let [held] = there["held"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|held| held["principal"] == TEAM)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        assert_eq!((&held["actions"], held.get("inNew")), (&wanted, None), "{name}");
    }
    let sent = bench.requests(Service::Arm);
    let folder = bench.output().display().to_string();
    let stored = run(&bench, &[&asked[..], &["--from", &folder]].concat())
        .await
        .expect(0);
    assert_eq!(json(&stored)["held"], live["held"]);
    assert_eq!(bench.requests(Service::Arm), sent);
    let table = run(&bench, &["access", "--registry", "contosoproducts"])
        .await
        .expect(0)
        .stdout;
    let line = |principal: &str| table.lines().find(|line| line.contains(principal)).unwrap().to_owned();
    assert!(
        line(READER).contains("AcrPull") && line(READER).contains("nothing"),
        "{table}"
    );
    assert!(
        line(TEAM).contains("pull; in new repositories push") && line(TEAM).contains("about team/*"),
        "{table}"
    );
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_the_admin_user_are_shown_by_what_they_come_through() {
    let mut world = World::demo(7);
    let id = world.registries[LAB].id();
    // A role further up, and somebody whose role nobody knows here.
    let subscription = id.split("/resourceGroups/").next().unwrap().to_owned();
    world.assign("AcrPush", TEAM, "Group", &subscription);
    let bench = Bench::start(world);
    let answer = json(
        &run(&bench, &["access", "--registry", "contosolab", "--format", "json"])
            .await
            .expect(0),
    );
    let shown = rows(&answer);
    for wanted in [
        json!([
            TEAM,
            "AcrPush",
            "subscription",
            ["list-catalog", "read-metadata", "pull", "push", "sign"]
        ]),
        json!([
            "token:notebooks",
            "scope map _repositories_push",
            null,
            ["pull", "push", "sign"]
        ]),
        json!([
            "admin-user",
            "the admin user is turned on",
            null,
            ["list-catalog", "read-metadata", "pull", "push", "delete", "sign"]
        ]),
    ] {
        assert!(shown.contains(&wanted), "{wanted}\n{shown:#?}");
    }
    let held = answer["held"].as_array().unwrap();
    let open = held
        .iter()
        .find(|held| held["unknown"][0] == "quarantine-read")
        .unwrap();
    assert_eq!(
        (&open["principal"], &open["actions"]),
        (&"admin-user".into(), &json!([]))
    );
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_is_said() {
    let mut world = world(RoleAssignmentMode::Abac);
    let id = world.registries[SERVER].id();
    world.revoke();
    world.grant(
        "Container Registry Configuration Reader and Data Access Configuration Reader",
        &id,
    );
    let bench = Bench::start(world);
    let ended = run(&bench, &["access", "--registry", "contosoproducts"])
        .await
        .expect(1);
    assert!(
        ended
            .stderr
            .contains("the role assignments could not be known: refused"),
        "{}",
        ended.stderr
    );
    let ended = run(&bench, &["access"]).await;
    assert_eq!(
        ended.code,
        Some(1),
        "it is the only one that is shown: {}",
        ended.stderr
    );
}
