//! `collect`: what it prints, writes, asks and how it exits.

use serde_json::Value;
use simulator::Service;
use simulator::world::World;

use super::Bench;

/// What every command that is led to a simulator says first.
const WARNING: &str = " WARN loopback and link-local addresses are contacted: this is for simulators only\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_inventory_exits_with_0_and_prints_a_table() {
    let bench = Bench::start(World::sized(3, 2));
    let ended = bench.collect(&["--registry", "bench"]).await.expect(0);
    let progress = ended.stderr.strip_prefix(WARNING).unwrap();
    assert_eq!(progress, "bench.azurecr.io: reading\nbench.azurecr.io: complete\n");
    assert!(
        ended.stdout.starts_with('┌') && ended.stdout.ends_with("┘\n"),
        "{}",
        ended.stdout
    );
    let cells: Vec<&str> = ended
        .stdout
        .lines()
        .nth(3)
        .unwrap()
        .split(['│', '┆'])
        .map(str::trim)
        .collect();
    assert_eq!(cells[1..5], ["bench.azurecr.io", "3", "6", "6"], "{}", ended.stdout);
    assert_eq!(cells[7], "complete");
    let registry = bench.document("v2/registries/bench.azurecr.io/registry.json");
    assert_eq!(registry["status"]["completeness"], "complete");
    assert_eq!(registry["totals"]["tags"], 6);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_inventory_of_the_same_writes_no_repository_again() {
    let bench = Bench::start(World::sized(3, 2));
    bench.collect(&[]).await.expect(0);
    let repository = "v2/registries/bench.azurecr.io/repositories/team-001/service-000001,lists.ndjson";
    let before = bench.text(repository);
    bench.collect(&[]).await.expect(0);
    assert_eq!(bench.text(repository), before);
    assert!(
        !bench.names().iter().any(|name| name.contains("/changes/")),
        "{:#?}",
        bench.names()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_one_document_on_stdout() {
    let bench = Bench::start(World::sized(3, 2));
    let ended = bench.collect(&["--format", "json"]).await.expect(0);
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(summary["registries"][0]["loginServer"], "bench.azurecr.io");
    assert_eq!(summary["registries"][0]["totals"]["repositories"], 3);
    assert_eq!(summary["registries"][0]["status"], "complete");
    assert_eq!(summary["problems"]["count"], 0);
    assert!(summary["generation"].as_str().unwrap().starts_with("00000001-"));
    assert!(summary["store"]["writes"].as_u64().unwrap() > 3, "{summary:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_registry_is_read_without_asking_anybody_who_we_are() {
    let bench = Bench::start(World::demo(1));
    let arguments = ["--registry", "contosopublic.azurecr.io", "--credential", "anonymous"];
    bench.collect(&arguments).await.expect(0);
    for service in [
        Service::Arm,
        Service::ResourceGraph,
        Service::Authority,
        Service::Identity,
    ] {
        assert_eq!(bench.requests(service), 0, "{service:?}");
    }
    let registry = bench.document("v2/registries/contosopublic.azurecr.io/registry.json");
    assert_eq!(registry["status"]["completeness"], "complete");
    assert_eq!(registry["totals"]["repositories"], 4);
    assert!(registry.get("resource").is_none());
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forbidden_registry_beside_a_complete_one_exits_with_1() {
    let bench = Bench::start(World::demo(1));
    let ended = bench
        .collect(&["--registry", "contosolab", "--registry", "contosopartners"])
        .await
        .expect(1);
    assert!(ended.stdout.contains("complete") && ended.stdout.contains("forbidden"));
    assert!(ended.stderr.contains("contosopartners.azurecr.io") && ended.stderr.contains("(forbidden)"));
    let status = |server: &str| {
        let document = bench.document(&format!("v2/registries/{server}/registry.json"));
        document["status"]["completeness"].as_str().unwrap().to_owned()
    };
    assert_eq!(status("contosolab.azurecr.io"), "complete");
    assert_eq!(status("contosopartners.azurecr.io"), "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_registry_exits_with_1_and_names_the_repository() {
    let bench = Bench::start(World::demo(1));
    let ended = bench.collect(&["--registry", "contosoproducts"]).await.expect(1);
    assert!(ended.stdout.contains("partial"), "{}", ended.stdout);
    let line = "contosoproducts.azurecr.io/checkout/frontend: the registry counts";
    assert!(
        ended.stderr.contains(line) && ended.stderr.contains("(count-mismatch)"),
        "{}",
        ended.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_forbidden_registries_exits_with_2() {
    let bench = Bench::start(World::demo(1));
    let ended = bench.collect(&["--registry", "contosovault"]).await.expect(2);
    assert!(ended.stderr.contains("(firewall)"), "{}", ended.stderr);
    assert!(ended.stdout.contains("forbidden"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_asks_no_registry_and_writes_no_document() {
    let bench = Bench::start(World::sized(3, 2));
    let ended = bench.collect(&["--dry-run"]).await.expect(0);
    assert_eq!(
        ended.stdout,
        "bench.azurecr.io\tat least 3 requests (nothing known yet)\n"
    );
    assert_eq!(ended.stderr, WARNING);
    assert_eq!(bench.requests(Service::Registry), 0);
    assert_eq!(bench.names(), Vec::<String>::new());

    bench.collect(&[]).await.expect(0);
    let (asked, names) = (bench.requests(Service::Registry), bench.names());
    let ended = bench.collect(&["--dry-run"]).await.expect(0);
    let said = ended.stdout.strip_prefix("bench.azurecr.io\tat least ").unwrap();
    let (least, basis) = said.split_once(" requests ").unwrap();
    assert!(least.parse::<u64>().unwrap() <= asked, "{said}: {asked} were sent");
    assert_eq!(basis, "(3 repositories known)\n");
    assert_eq!(bench.requests(Service::Registry), asked);
    assert_eq!(bench.names(), names);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_not_finished_is_joined() {
    let bench = Bench::start(World::demo(1));
    bench.collect(&["--registry", "contosolab"]).await.expect(0);
    // As if the process had been killed before it came to this registry.
    std::fs::remove_file(bench.output().join("v2/state/contosolab.azurecr.io/refresh.json")).unwrap();
    let ended = bench.collect(&["--registry", "contosolab"]).await.expect(0);
    assert!(ended.stderr.contains("joining run 00000001-"), "{}", ended.stderr);
}
