//! Every refresh audits its registry, and the change records say what came of it.

use serde_json::{Value, json};
use simulator::Options;
use simulator::world::World;

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";
const WRITER: &str = "00000000-0000-4000-8000-00000000c0de";

fn document(app: &FunctionApp, name: &str) -> Value {
    app.document(&format!("v2/registries/{SERVER}/{name}.json"))
}

fn audit(app: &FunctionApp) -> Value {
    document(app, "audit")
}

/// The change records of the registry document and of the audit, as they are now.
fn records(app: &FunctionApp) -> Vec<Value> {
    let names = app.names(&format!("v2/registries/{SERVER}/changes/"));
    let of = |name| {
        let document = document(app, name);
        let commit = document["commitId"].as_str().unwrap();
        let found = names.iter().find(|name| name.contains(commit));
        found.map(|name| app.lines(name)).unwrap_or_default()
    };
    ["registry", "audit"].into_iter().flat_map(of).collect()
}

fn verdict(document: &Value, rule: &str) -> Value {
    let findings = document["audit"]["findings"].as_array().unwrap();
    let found = findings.iter().find(|found| found["rule"] == rule);
    found.unwrap()["verdict"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_audits_and_records_what_changed_since_the_last() {
    let app = FunctionApp::start(World::sized(3, 2)).await;
    app.run().await;
    let first = audit(&app);
    assert_eq!(verdict(&first, "admin-user-disabled"), "pass");
    let gaps = first["audit"]["gaps"].as_array().unwrap().iter();
    let gaps: Vec<&Value> = gaps
        .filter(|gap| !gap["why"].as_str().unwrap().starts_with("not asked"))
        .collect();
    assert_eq!(gaps, [] as [&Value; 0]);
    // The inventory of this very refresh is what the rules on it stand on.
    assert_eq!(verdict(&first, "images-signed"), "fail");
    app.run().await;
    let second = audit(&app);
    assert_eq!(records(&app), Vec::<Value>::new());

    let scope = {
        let mut world = app.tenant.simulator.world();
        let registry = world.registries.get_mut(SERVER).unwrap();
        registry.properties["adminUserEnabled"] = json!(true);
        registry.add_system_scope_maps();
        registry.add_token("deploy", "_repositories_push", "enabled", &[None]);
        let scope = registry.id();
        world.assign("AcrPush", WRITER, "ServicePrincipal", &scope);
        scope
    };
    app.run().await;
    assert_eq!(audit(&app)["previousCommitId"], second["commitId"]);
    insta::assert_json_snapshot!("turned_on", masked(records(&app)));

    {
        let mut world = app.tenant.simulator.world();
        world
            .arm
            .role_assignments
            .retain(|one| one["properties"]["scope"] != scope.as_str() || one["properties"]["principalId"] != WRITER);
        world.registries.get_mut(SERVER).unwrap().properties["adminUserEnabled"] = json!(false);
    }
    app.run().await;
    insta::assert_json_snapshot!("turned_off", masked(records(&app)));
    app.assert_no_violation();
}

/// A failing Resource Manager puts the end of the refresh off; what it does not say in the end is unknown, and neither
/// a change nor a removal.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_has_neither_come_nor_gone() {
    let app = FunctionApp::start(World::sized(2, 1)).await;
    {
        let mut world = app.tenant.simulator.world();
        let scope = world.registries[SERVER].id();
        world.assign("AcrPush", WRITER, "ServicePrincipal", &scope);
    }
    app.run().await;
    {
        let mut world = app.tenant.simulator.world();
        for subscription in world.subscriptions.values_mut() {
            subscription.readable = false;
        }
        let scope = world.registries[SERVER].id();
        world.grant("AcrPull", &scope);
        let reader = "Container Registry Configuration Reader and Data Access Configuration Reader";
        world.grant(reader, &scope);
    }
    app.run().await;
    let document = audit(&app);
    assert_eq!(
        verdict(&document, "admin-user-disabled"),
        "pass",
        "the registry itself can be read"
    );
    let gaps = document["audit"]["gaps"].as_array().unwrap();
    assert!(gaps.iter().any(|gap| gap["what"] == "the role assignments"), "{gaps:?}");
    let records = records(&app);
    let gone = records
        .iter()
        .filter(|line| line["kind"] == "role-removed" || line["kind"] == "principal-removed");
    assert_eq!(gone.collect::<Vec<_>>(), Vec::<&Value>::new());
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn audits_can_be_turned_off() {
    let settings = [("ACR_INVENTORY_AUDIT", "false")];
    let app = FunctionApp::start_with(World::sized(1, 1), Options::default(), &settings).await;
    app.run().await;
    assert_eq!(document(&app, "registry")["status"]["completeness"], "complete");
    assert_eq!(app.blob(&format!("v2/registries/{SERVER}/audit.json")), None);
}

/// Ids and times that differ from run to run.
fn masked(mut lines: Vec<Value>) -> Vec<Value> {
    for line in &mut lines {
        for volatile in ["commitId", "previousCommitId", "observedAt"] {
            if line.get(volatile).is_some() {
                line[volatile] = json!(format!("[{volatile}]"));
            }
        }
    }
    lines
}

/// Names are asked for where the settings say so; an identity that may not read them leaves ids, and says why.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_names_principals_where_it_may() {
    let mut world = World::sized(1, 1);
    let scope = world.registries[SERVER].id();
    world.assign("AcrPush", WRITER, "ServicePrincipal", &scope);
    world.directory.add_application(WRITER, "deploy pipeline", 0);
    world.directory.readable = true;
    let app = FunctionApp::start_with(world, Options::default(), &[("ACR_INVENTORY_NAMES", "true")]).await;
    app.run().await;
    let name = |document: &Value| document["audit"]["access"]["principals"][0]["name"].clone();
    assert_eq!(name(&audit(&app)), "deploy pipeline");
    app.tenant.simulator.world().directory.readable = false;
    app.run().await;
    let document = audit(&app);
    assert_eq!(name(&document), Value::Null);
    let gaps = document["audit"]["gaps"].as_array().unwrap();
    assert!(
        gaps.iter().any(|gap| gap["permission"] == "Directory.Read.All"),
        "{gaps:?}"
    );
    app.assert_no_violation();
}
