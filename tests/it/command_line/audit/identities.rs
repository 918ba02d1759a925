//! What `audit` knows with little or nothing: it ends, and says what it could not know and which role would tell it.

use serde_json::Value;
use simulator::world::World;

use super::{Bench, Ended, SERVER, json, run};
use crate::audit::CONFIGURATION_READER;

/// A tenant whose identity has this role at one registry, and nothing else.
fn bench(server: &str, role: Option<&str>) -> Bench {
    let mut world = World::demo(7);
    world.revoke();
    let id = world.registries[server].id();
    if let Some(role) = role {
        world.grant(role, &id);
    }
    Bench::start(world)
}

/// What people read: how many verdicts of which kind, and what could not be known.
fn told(ended: &Ended) -> String {
    let lines = ended.stdout.lines().chain(ended.stderr.lines());
    let told = lines.filter(|line| line.starts_with("1 registry: ") || line.starts_with(SERVER));
    told.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_identity_learns_what_it_cannot_know_and_which_role_would_tell() {
    for (name, role, registry) in [
        ("with_reader", Some("Reader"), "contosoproducts"),
        (
            "with_configuration_reader",
            Some(CONFIGURATION_READER),
            "contosoproducts",
        ),
        // Resource Manager shows the registry to neither, so it is named by its login server.
        ("with_acr_pull", Some("AcrPull"), SERVER),
        ("with_nothing", None, SERVER),
    ] {
        let bench = bench(SERVER, role);
        let ended = run(&bench, &["audit", "--registry", registry]).await.expect(1);
        insta::assert_snapshot!(name, told(&ended));
        bench.assert_no_violation();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_shows_itself_is_read_whichever_way_it_is_named() {
    let bench = bench(SERVER, Some("Reader"));
    let named = run(&bench, &["audit", "--registry", "contosoproducts"]).await.expect(1);
    let by_login_server = run(&bench, &["audit", "--registry", SERVER]).await.expect(1);
    assert_eq!(named.stdout, by_login_server.stdout);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn acr_pull_alone_is_enough_for_the_rules_on_what_a_registry_holds() {
    let server = "contosopublic.azurecr.io";
    let bench = bench(server, Some("AcrPull"));
    bench.collect(&["--registry", server]).await.expect(0);
    let asked = [
        "audit",
        "--registry",
        server,
        "--production-tag",
        "*",
        "--format",
        "json",
    ];
    let audited = json(&run(&bench, &asked).await.expect(1));
    let findings = audited[0]["audit"]["findings"].as_array().unwrap();
    let known: Vec<&Value> = findings
        .iter()
        .filter(|finding| finding["verdict"] != "unknown")
        .collect();
    let rules: Vec<&Value> = known.iter().map(|finding| &finding["rule"]).collect();
    assert_eq!(rules, ["immutable-tags-locked", "images-signed"]);
    assert_eq!(known[0]["resourceId"], server);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_shown_and_nothing_is_named_the_role_is_named() {
    let bench = bench(SERVER, None);
    let ended = run(&bench, &["audit"]).await.expect(2);
    assert!(
        ended.stderr.contains("Reader, at a subscription or at a registry"),
        "{}",
        ended.stderr
    );
    bench.assert_no_violation();
}
