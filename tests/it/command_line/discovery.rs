//! Which registries `collect` covers, and where it learns of them.

mod unusable;

use serde_json::{Value, json};
use simulator::Service;
use simulator::host::ignore_lines;
use simulator::world::World;
use simulator::world::seed::demo::{FOREIGN, PLATFORM, PRODUCTS};

use super::{Bench, Ended};
use crate::function_app::FunctionApp;

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
async fn the_subscription_of_other_tools_limits_the_search_and_says_so() {
    let bench = Bench::start(World::demo(1));
    let lab = bench.tenant.simulator.world().registries[ALL[0]].id();
    let dry_run = async |settings: &[(&str, &str)], flags: &[&str]| {
        let flags = [&["--dry-run"], flags].concat();
        bench.collect_with(settings, &flags).await.expect(0)
    };
    let borrowed = [("AZURE_SUBSCRIPTION_ID", PLATFORM)];
    let ended = dry_run(&borrowed, &[]).await;
    assert_eq!(servers(&ended), [ALL[4], ALL[5]]);
    let said = format!("only {PLATFORM}, because AZURE_SUBSCRIPTION_ID says so; --subscription goes above it");
    assert!(ended.stderr.contains(&said), "{}", ended.stderr);
    // Our own setting and flag go above it.
    let both = [borrowed[0], ("ACR_INVENTORY_SUBSCRIPTIONS", PRODUCTS)];
    for ended in [
        dry_run(&both, &[]).await,
        dry_run(&borrowed, &["--subscription", PRODUCTS]).await,
    ] {
        assert_eq!(servers(&ended), ALL[..4]);
        assert!(!ended.stderr.contains("AZURE_SUBSCRIPTION_ID"), "{}", ended.stderr);
    }
    // It tells namesakes apart; one that is named by its place is not hidden by it, and nothing is added to it.
    let ended = dry_run(&borrowed, &["--registry", "contosovault"]).await;
    assert_eq!(servers(&ended), [ALL[4]]);
    let ended = bench
        .collect_with(&borrowed, &["--dry-run", "--registry", "contosolab"])
        .await
        .expect(1);
    assert_eq!(servers(&ended), [""; 0]);
    for named in [ALL[0], &lab] {
        let ended = dry_run(&borrowed, &["--registry", named]).await;
        assert_eq!(servers(&ended), [ALL[0]], "{named}");
        assert!(!ended.stderr.contains("AZURE_SUBSCRIPTION_ID"), "{}", ended.stderr);
    }
    // As connectors have it.
    let connector = [borrowed[0], ("ACR_NAME", "contosovault")];
    assert_eq!(servers(&dry_run(&connector, &[]).await), [ALL[4]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_names_of_registries_go_above_that_of_other_tools() {
    let bench = Bench::start(World::demo(1));
    let borrowed = ("ACR_NAME", "contosolab");
    let ended = bench.collect_with(&[borrowed], &["--dry-run"]).await.expect(0);
    let said = "only contosolab, because ACR_NAME says so; --registry goes above it";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    let own = [borrowed, ("ACR_INVENTORY_REGISTRIES", "contosovault")];
    let by_setting = bench.collect_with(&own, &["--dry-run"]).await.expect(0);
    let flags = ["--dry-run", "--registry", "contosovault"];
    let by_flag = bench.collect_with(&[borrowed], &flags).await.expect(0);
    for ended in [by_setting, by_flag] {
        assert_eq!(servers(&ended), ["contosovault.azurecr.io"]);
        assert!(!ended.stderr.contains("ACR_NAME"), "{}", ended.stderr);
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
    let run = bench.document(&bench.find("v2/runs/00000001", ".json"));
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
    let run = bench.document(&bench.find("v2/runs/00000001", ".json"));
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

#[tokio::test(flavor = "multi_thread")]
async fn the_function_app_is_not_limited_by_the_subscription_of_other_tools() {
    let other = "5f1b4c1e-0000-4000-8000-0000000000ff";
    let settings = [("AZURE_SUBSCRIPTION_ID", other)];
    let app = FunctionApp::start_process(World::sized(1, 1), &settings, ignore_lines()).await;
    app.run().await;
    app.assert_complete("bench.azurecr.io", 1);
    app.assert_no_violation();
    // The same, set by its own name, is meant.
    let settings = [("ACR_INVENTORY_SUBSCRIPTIONS", other)];
    let app = FunctionApp::start_process(World::sized(1, 1), &settings, ignore_lines()).await;
    app.run().await;
    assert_eq!(app.names("v2/registries/"), Vec::<String>::new());
}
