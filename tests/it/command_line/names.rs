//! `--names`: who the principals are by Microsoft Graph, and what stays when it refuses.

use serde_json::{Value, json};
use simulator::Service;
use simulator::world::World;
use simulator::world::seed::postures::{CLUSTER, DELETED, DEVELOPER, PIPELINE};

use super::{Bench, Ended};

async fn run(bench: &Bench, arguments: &[&str]) -> Ended {
    let settings = bench.tenant.application_settings(&bench.output().display().to_string());
    super::run(&settings, arguments).await
}

/// The audit of one registry.
async fn audit(bench: &Bench, registry: &str, code: i32) -> (Value, String) {
    let arguments = ["audit", "--registry", registry, "--names", "--format", "json"];
    let ended = run(bench, &arguments).await.expect(code);
    let audited: Value = serde_json::from_str(&ended.stdout).unwrap();
    (audited[0].clone(), ended.stderr)
}

fn finding<'a>(audited: &'a Value, rule: &str) -> &'a Value {
    let findings = audited["audit"]["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["rule"] == rule).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn graph_names_principals_and_tells_workloads_secrets_and_who_is_gone() {
    let bench = Bench::start(World::postures());
    let (audited, _) = audit(&bench, "legacyroles", 0).await;
    let identities = &audited["identities"];
    assert_eq!(identities[PIPELINE]["name"], "pipeline");
    assert_eq!(identities[CLUSTER]["workload"], "aks-kubelet");
    assert!(
        identities[CLUSTER]["resource"]
            .as_str()
            .unwrap()
            .ends_with("/shop-agentpool")
    );
    let secrets = finding(&audited, "managed-identity-preferred");
    assert_eq!(secrets["verdict"], "fail");
    insta::assert_json_snapshot!("finding_with_a_name", secrets);
    assert_eq!(finding(&audited, "no-deleted-principal")["verdict"], "pass");

    let (audited, _) = audit(&bench, "deletedprincipal", 0).await;
    let gone = finding(&audited, "no-deleted-principal");
    assert_eq!(gone["verdict"], "fail");
    assert!(gone.to_string().contains(DELETED), "{gone}");

    // The secrets of an application are not where Graph was asked.
    bench
        .tenant
        .simulator
        .world()
        .directory
        .add_application(PIPELINE, "pipeline", 0);
    let (audited, _) = audit(&bench, "legacyroles", 0).await;
    let open = finding(&audited, "managed-identity-preferred");
    assert_eq!(open["verdict"], "unknown");
    assert!(
        open.to_string()
            .contains("whether those sign in with a secret is not read"),
        "{open}"
    );

    // With managed identities only.
    bench.tenant.simulator.world().directory.add_managed_identity(
        PIPELINE,
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/containerApps/pipeline",
    );
    let (audited, _) = audit(&bench, "legacyroles", 0).await;
    assert_eq!(finding(&audited, "managed-identity-preferred")["verdict"], "pass");
    assert_eq!(audited["identities"][PIPELINE]["workload"], "container-apps");
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_show_names_where_they_were_asked_for() {
    let mut world = World::postures();
    world.directory.add_user(DEVELOPER, "Developer\u{1b}[2J");
    let bench = Bench::start(world);
    let arguments = [
        "access",
        "--registry",
        "abacprefixes",
        "--repository",
        "team/web",
        "--action",
        "pull",
    ];
    let plain = run(&bench, &arguments).await.expect(1);
    assert_eq!(bench.requests(Service::Graph), 0);
    assert!(!plain.stdout.contains("Developer"), "{}", plain.stdout);
    let named = run(&bench, &[&arguments[..], &["--names"]].concat()).await.expect(1);
    assert_eq!(bench.requests(Service::Graph), 1);
    for wanted in ["Developer", DEVELOPER, "AKS kubelet", "pipeline"] {
        assert!(named.stdout.contains(wanted), "{wanted}: {}", named.stdout);
    }
    assert!(!named.stdout.contains('\u{1b}'), "{}", named.stdout);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_graph_leaves_ids_and_says_what_it_takes() {
    let mut world = World::postures();
    world.directory.readable = false;
    let bench = Bench::start(world);
    let (audited, stderr) = audit(&bench, "legacyroles", 1).await;
    let wanted = "the names of principals could not be known: refused by Microsoft Graph, so there are ids only: it takes Directory.Read.All, which the role Directory Readers brings";
    assert!(stderr.contains(wanted), "{stderr}");
    assert_eq!(audited.get("identities"), None);
    for rule in ["managed-identity-preferred", "no-deleted-principal"] {
        let finding = finding(&audited, rule);
        assert_eq!(
            (&finding["verdict"], &finding["missingPermission"]),
            (&json!("unknown"), &json!("Directory.Read.All")),
            "{finding}"
        );
    }
    let access = [
        "access",
        "--registry",
        "legacyroles",
        "--repository",
        "team/web",
        "--action",
        "pull",
        "--names",
    ];
    let ended = run(&bench, &access).await.expect(1);
    assert!(ended.stderr.contains("so there are ids only"), "{}", ended.stderr);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_may_not_be_read_count_as_there_and_as_not_known() {
    let mut world = World::postures();
    let limited = json!({"@odata.type": "#microsoft.graph.servicePrincipal", "id": PIPELINE, "displayName": null});
    world.directory.objects.insert(PIPELINE.to_owned(), limited);
    let bench = Bench::start(world);
    let (audited, _) = audit(&bench, "legacyroles", 0).await;
    assert_eq!(finding(&audited, "no-deleted-principal")["verdict"], "pass");
    assert_eq!(finding(&audited, "managed-identity-preferred")["verdict"], "unknown");
    assert_eq!(audited["identities"].get(PIPELINE), None);
    bench.assert_no_violation();
}
