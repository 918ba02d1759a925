//! Which registries `collect` covers, and where it learns of them.

mod unusable;

use serde_json::{Value, json};
use simulator::Service;
use simulator::world::World;
use simulator::world::seed::demo::{FOREIGN, PLATFORM, PRODUCTS};

use super::{Bench, Ended};

/// The first column of a dry run.
fn servers(ended: &Ended) -> Vec<&str> {
    ended
        .stdout
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect()
}

const ALL: [&str; 6] = [
    "contosolab.azurecr.io",
    "contosopartners.azurecr.io",
    "contosoproducts.azurecr.io",
    "contosopublic.azurecr.io",
    "contosovault.azurecr.io",
    "platform-d4dafvhpevapbeaz.azurecr.io",
];

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_the_identity_sees_is_covered() {
    let bench = Bench::start(World::demo(1));
    let ended = bench.collect(&["--dry-run"]).await.expect(0);
    assert_eq!(servers(&ended), ALL);
    assert_eq!(bench.requests(Service::Arm), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn patterns_choose_by_name_and_login_server() {
    let bench = Bench::start(World::demo(1));
    let ended = bench
        .collect(&[
            "--dry-run",
            "--include",
            "contosop*",
            "--include",
            "platform-*.azurecr.io",
        ])
        .await
        .expect(0);
    let chosen = [ALL[1], ALL[2], ALL[3], ALL[5]];
    assert_eq!(servers(&ended), chosen);
    let settings = [
        ("ACR_INVENTORY_INCLUDE", "CONTOSO*"),
        ("ACR_INVENTORY_EXCLUDE", "contosop*,*vault"),
    ];
    let ended = bench.collect_with(&settings, &["--dry-run"]).await.expect(0);
    assert_eq!(servers(&ended), ["contosolab.azurecr.io"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_limit_the_search() {
    let bench = Bench::start(World::demo(1));
    let ended = bench
        .collect(&["--dry-run", "--subscription", PLATFORM])
        .await
        .expect(0);
    assert_eq!(servers(&ended), [ALL[4], ALL[5]]);
    let both = format!("{PLATFORM}, {PRODUCTS}");
    let settings = [("ACR_INVENTORY_SUBSCRIPTIONS", both.as_str())];
    let ended = bench.collect_with(&settings, &["--dry-run"]).await.expect(0);
    assert_eq!(servers(&ended), ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn acr_name_is_a_registry_too() {
    let bench = Bench::start(World::demo(1));
    for name in ["contosolab", "ContosoLab", "contosolab.azurecr.io"] {
        let ended = bench
            .collect_with(&[("ACR_NAME", name)], &["--dry-run"])
            .await
            .expect(0);
        assert_eq!(servers(&ended), ["contosolab.azurecr.io"], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_registry_exits_with_2_and_is_named() {
    let bench = Bench::start(World::demo(1));
    let ended = bench.collect(&["--registry", "nosuch"]).await.expect(2);
    assert!(
        ended
            .stderr
            .contains("no registry named \"nosuch\" was found (registry-not-found)")
    );
    assert!(ended.stderr.contains("no registry was found"));
    assert_eq!(ended.stdout, "");
    assert_eq!(bench.names(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_registry_beside_a_known_one_exits_with_1() {
    let bench = Bench::start(World::demo(1));
    let ended = bench
        .collect(&["--registry", "nosuch", "--registry", "contosolab", "--format", "json"])
        .await
        .expect(1);
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(summary["problems"]["first"][0]["code"], "registry-not-found");
    assert_eq!(summary["registries"][0]["status"], "complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_unknown_to_resource_graph_is_read_by_its_login_server() {
    let mut world = World::demo(1);
    world.resource_graph.omit.insert("contosolab".to_owned());
    let bench = Bench::start(world);
    bench.collect(&["--registry", "contosolab"]).await.expect(2);
    bench.collect(&["--registry", "contosolab.azurecr.io"]).await.expect(0);
    let run = bench.document(&bench.find("v1/runs/00000001", ".json"));
    assert_eq!(run["discovery"]["source"], "configured");
    assert_eq!(run["registries"][0].get("registryId"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_resource_graph_every_subscription_is_asked() {
    let mut world = World::demo(1);
    world.resource_graph.denied = true;
    let bench = Bench::start(world);
    let ended = bench.collect(&["--dry-run"]).await.expect(0);
    assert_eq!(servers(&ended), ALL);
    assert!(
        ended.stderr.contains("Resource Graph cannot be used"),
        "{}",
        ended.stderr
    );
    // Subscriptions, and the registries of the two that may be read.
    assert_eq!(bench.requests(Service::Arm), 3);
    bench.collect(&["--include", "contosolab"]).await.expect(0);
    let run = bench.document(&bench.find("v1/runs/00000001", ".json"));
    assert_eq!(run["discovery"]["source"], "arm");
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_refuses_is_a_problem_and_not_the_end() {
    let mut world = World::demo(1);
    world.resource_graph.denied = true;
    let bench = Bench::start(world);
    let arguments = ["--dry-run", "--subscription", FOREIGN, "--subscription", PLATFORM];
    let ended = bench.collect(&arguments).await.expect(1);
    assert_eq!(servers(&ended), [ALL[4], ALL[5]]);
    assert!(ended.stderr.contains(FOREIGN), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn small_pages_of_resource_manager_are_all_followed() {
    let mut world = World::demo(1);
    world.resource_graph.denied = true;
    world.arm.page_size = 1;
    let bench = Bench::start(world);
    let ended = bench.collect(&["--dry-run"]).await.expect(0);
    assert_eq!(servers(&ended), ALL);
    // Two pages of subscriptions, two and four of registries.
    assert_eq!(bench.requests(Service::Arm), 8);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn small_pages_of_resource_graph_are_all_followed() {
    let mut world = World::demo(1);
    world.resource_graph.page_size = Some(1);
    let bench = Bench::start(world);
    let ended = bench.collect(&["--dry-run"]).await.expect(0);
    assert_eq!(servers(&ended), ALL);
    assert_eq!(bench.requests(Service::ResourceGraph), 6);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_server_of_another_cloud_is_not_contacted() {
    let mut world = World::demo(1);
    let mut foreign = world.registries["contosolab.azurecr.io"].clone();
    foreign.name = "elsewhere".to_owned();
    foreign.login_server = "elsewhere.azurecr.us".to_owned();
    foreign.tags = json!({});
    world.registries.insert(foreign.login_server.clone(), foreign);
    let bench = Bench::start(world);
    let ended = bench
        .collect(&["--include", "elsewhere", "--include", "contosolab"])
        .await
        .expect(1);
    assert!(ended.stderr.contains("(foreign-login-server)"), "{}", ended.stderr);
    let hosts = bench.tenant.simulator.requests();
    assert!(!hosts.iter().any(|request| request.host == "elsewhere.azurecr.us"));
}
