//! How people name a registry, and what is never taken for "all of them".

use simulator::Service;
use simulator::world::World;
use simulator::world::seed::demo::{PLATFORM, PRODUCTS};

use super::{Bench, Ended};

/// The first column of a dry run.
fn servers(ended: &Ended) -> Vec<&str> {
    let lines = ended.stdout.lines();
    lines.filter_map(|line| line.split('\t').next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_is_taken_as_people_copy_it() {
    let world = World::demo(1);
    let id = world.registries["contosolab.azurecr.io"].id();
    let bench = Bench::start(world);
    for given in [
        "contosolab",
        "ContosoLab",
        "ContosoLab.azurecr.io",
        "CONTOSOLAB.AZURECR.IO",
        "https://contosolab.azurecr.io",
        "https://contosolab.azurecr.io/",
        "HTTPS://ContosoLab.azurecr.io/v2/",
        "contosolab.azurecr.io/",
        "contosolab.azurecr.io:443",
        "https://contosolab.azurecr.io:443/",
        "oci://contosolab.azurecr.io",
        " contosolab.azurecr.io ",
        // Where layers and replications are: hosts of the same registry.
        "contosolab.westeurope.data.azurecr.io",
        "contosolab.westeurope.geo.azurecr.io",
        &id,
        &id.to_lowercase(),
        &format!("{id}/"),
        &format!("https://management.azure.com{id}?api-version=2025-11-01"),
    ] {
        let ended = bench.collect(&["--dry-run", "--registry", given]).await.expect(0);
        assert_eq!(servers(&ended), ["contosolab.azurecr.io"], "{given}");
        let settings = [("ACR_INVENTORY_REGISTRIES", given)];
        let ended = bench.collect_with(&settings, &["--dry-run"]).await.expect(0);
        assert_eq!(servers(&ended), ["contosolab.azurecr.io"], "{given}");
    }
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_id_means_that_registry_and_no_namesake() {
    let world = World::demo(1);
    let id = world.registries["contosolab.azurecr.io"].id();
    let bench = Bench::start(world);
    // The same name in another subscription: with name labels there can be two.
    let other = id.replace(PRODUCTS, PLATFORM);
    assert_ne!(other, id);
    let ended = bench.collect(&["--registry", &other]).await.expect(2);
    assert!(ended.stderr.contains(&other), "{}", ended.stderr);
    assert_eq!(bench.requests(Service::Registry), 0);
    let both = ["--dry-run", "--registry", &other, "--registry", "contosovault"];
    let ended = bench.collect(&both).await.expect(1);
    assert_eq!(servers(&ended), ["contosovault.azurecr.io"]);
    assert!(ended.stderr.contains("registry-not-found"), "{}", ended.stderr);
    let two = ["--dry-run", "--registry", &id, "--registry", "contosovault"];
    let ended = bench.collect(&two).await.expect(0);
    assert_eq!(servers(&ended), ["contosolab.azurecr.io", "contosovault.azurecr.io"]);
    let settings = bench.tenant.application_settings(&bench.output().display().to_string());
    let access = ["access", "--registry", &id, "--action", "list-catalog"];
    super::run(&settings, &access).await.expect(0);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_registry_is_refused_by_the_flag_that_was_used() {
    let bench = Bench::start(World::sized(1, 1));
    for (given, why) in [
        ("bench.azurecr.io/team/app", "names a repository"),
        ("bench.azurecr.io/team/app:1.0", "names a repository"),
        ("https://user@bench.azurecr.io", "not well formed"),
        ("bench.azurecr.io:8443", "it has a port"),
        ("prod-*", "--include"),
        ("bench_azurecr", "not"),
        ("/subscriptions/00000000-0000-4000-8000-000000000001", "resource id"),
        (
            "/subscriptions/x/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/bench",
            "its subscription is not a GUID",
        ),
    ] {
        let ended = bench.collect(&["--registry", given]).await;
        assert_eq!(ended.code, Some(2), "{given}: {}", ended.stderr);
        assert!(ended.stderr.contains("--registry: "), "{given}: {}", ended.stderr);
        assert!(ended.stderr.contains(why), "{given}: {}", ended.stderr);
        assert!(
            !ended.stderr.contains("ACR_INVENTORY_REGISTRIES"),
            "{given}: {}",
            ended.stderr
        );
        let settings = [("ACR_NAME", given)];
        let ended = bench.collect_with(&settings, &[]).await.expect(2);
        assert!(ended.stderr.contains("setting ACR_NAME: "), "{given}: {}", ended.stderr);
    }
    for (flag, value) in [
        ("--include", "prod-["),
        ("--exclude", "{a"),
        ("--arm-endpoint", "http://management.azure.com"),
        ("--authority-host", "nowhere"),
        ("--concurrency", "0"),
        ("--page-size", "1001"),
        ("--reads-per-minute", "0"),
        ("--resolve-to", "8.8.8.8:443"),
        ("--store", "http://account.blob.core.windows.net/inventory"),
    ] {
        let ended = bench.collect(&[flag, value]).await.expect(2);
        assert!(ended.stderr.contains(&format!("{flag}: ")), "{flag}: {}", ended.stderr);
    }
    let from = ["audit", "--from", "http://account.blob.core.windows.net/inventory"];
    let ended = super::run(&[], &from).await.expect(2);
    assert!(ended.stderr.contains("--from: "), "{}", ended.stderr);
    for service in [Service::Authority, Service::Arm, Service::Registry] {
        assert_eq!(bench.requests(service), 0, "{service:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_taken_as_people_copy_it_and_nothing_else_is() {
    let bench = Bench::start(World::demo(1));
    for given in [
        PLATFORM.to_owned(),
        PLATFORM.to_uppercase(),
        format!("/subscriptions/{PLATFORM}"),
        format!("/subscriptions/{PLATFORM}/"),
    ] {
        let ended = bench.collect(&["--dry-run", "--subscription", &given]).await.expect(0);
        assert_eq!(servers(&ended).len(), 2, "{given}");
    }
    let asked = bench.requests(Service::ResourceGraph);
    let nested = format!("/subscriptions/{PLATFORM}/resourceGroups/rg");
    for given in ["Contoso Platform", "platform", "..", &nested, &format!("x/{PLATFORM}")] {
        let ended = bench.collect(&["--dry-run", "--subscription", given]).await.expect(2);
        assert!(ended.stderr.contains("--subscription: "), "{given}: {}", ended.stderr);
    }
    assert_eq!(bench.requests(Service::ResourceGraph), asked);
}

/// `--registry "$REGISTRY"` where the variable is not set.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_value_is_an_error_and_never_everything() {
    let bench = Bench::start(World::demo(1));
    for flag in [
        "--registry",
        "--subscription",
        "--include",
        "--exclude",
        "--tenant-id",
        "--client-id",
        "--authority-host",
        "--arm-endpoint",
        "--login-server-suffix",
        "--resolve-to",
        "--output",
        "--store",
    ] {
        for value in ["", " ", ",", " , "] {
            // Separators alone are nothing only in a list.
            let is_list = ["--registry", "--subscription", "--include", "--exclude"].contains(&flag);
            if value.contains(',') && !is_list {
                continue;
            }
            let ended = bench.collect(&["--dry-run", flag, value]).await;
            assert_eq!(ended.code, Some(2), "{flag} {value:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(flag), "{flag} {value:?}: {}", ended.stderr);
            assert_eq!(ended.stdout, "");
        }
    }
    let settings = bench.tenant.application_settings(&bench.output().display().to_string());
    for command in [
        vec!["audit", "--from", ""],
        vec!["audit", "--production-tag", ""],
        vec!["access", "--from", "", "--action", "list-catalog"],
        vec!["access", "--registry", "", "--action", "list-catalog"],
        vec![
            "access",
            "--registry",
            "contosolab",
            "--repository",
            "",
            "--action",
            "pull",
        ],
        vec!["check", "--registry", ""],
        vec!["replay", "--queue", ""],
    ] {
        let ended = super::run(&settings, &command).await.expect(2);
        let flag = command
            .iter()
            .rev()
            .find(|word| word.starts_with("--") && **word != "--action");
        assert!(ended.stderr.contains(flag.unwrap()), "{command:?}: {}", ended.stderr);
    }
    for setting in [
        "ACR_INVENTORY_REGISTRIES",
        "ACR_NAME",
        "ACR_INVENTORY_SUBSCRIPTIONS",
        "AZURE_SUBSCRIPTION_ID",
        "ACR_INVENTORY_INCLUDE",
        "ACR_INVENTORY_EXCLUDE",
        "ACR_INVENTORY_PRODUCTION_TAGS",
    ] {
        let ended = bench
            .collect_with(&[(setting, " , ; ")], &["--dry-run"])
            .await
            .expect(2);
        assert!(
            ended.stderr.contains(&format!("setting {setting}: ")),
            "{}",
            ended.stderr
        );
    }
    assert_eq!(bench.requests(Service::ResourceGraph), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_needs_a_login_server() {
    let bench = Bench::start(World::demo(1));
    let id = bench.tenant.simulator.world().registries["contosolab.azurecr.io"].id();
    let settings = bench.tenant.application_settings(&bench.output().display().to_string());
    for command in [
        vec!["collect", "--registry", "contosolab"],
        vec!["collect", "--registry", &id],
        vec!["collect"],
        vec!["collect", "--subscription", PLATFORM],
        vec!["collect", "--dry-run", "--include", "contoso*"],
        vec![
            "collect",
            "--registry",
            "contosopublic.azurecr.io",
            "--registry",
            "contosolab",
        ],
        vec!["check", "--registry", "contosolab"],
    ] {
        let asked = [&command[..], &["--credential", "anonymous"]].concat();
        let ended = super::run(&settings, &asked).await.expect(2);
        let wanted = "anonymous needs a login server";
        let said = ended.stderr.contains(wanted) || ended.stdout.contains(wanted);
        assert!(said, "{command:?}: {} {}", ended.stdout, ended.stderr);
        assert!(!ended.stderr.contains("registry-not-found"), "{}", ended.stderr);
    }
    let asked = ["audit", "--registry", "contosolab", "--credential", "anonymous"];
    let ended = super::run(&settings, &asked).await.expect(2);
    assert!(
        ended.stderr.contains("anonymous cannot ask Resource Manager"),
        "{}",
        ended.stderr
    );
    assert_eq!(bench.requests(Service::Registry), 0);
}
