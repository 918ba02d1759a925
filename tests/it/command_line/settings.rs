//! Settings that cannot be used: exit 2, the name of the setting on stderr, and nothing sent to anybody.

use simulator::Service;
use simulator::world::World;

use super::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_setting_exits_with_2_and_is_named() {
    let bench = Bench::start(World::sized(1, 1));
    let cases = [
        ("ACR_INVENTORY_STORE", ""),
        ("ACR_INVENTORY_STORE", "http://account.blob.core.windows.net/inventory"),
        ("ACR_INVENTORY_CREDENTIAL", "password"),
        ("ACR_INVENTORY_CLOUD", "mars"),
        ("AZURE_AUTHORITY_HOST", "http://login.microsoftonline.com/"),
        ("ACR_INVENTORY_ARM_ENDPOINT", "not an address"),
        ("ACR_INVENTORY_REGISTRIES", "bench.example.com"),
        ("ACR_INVENTORY_REGISTRIES", "bench.azurecr.io.evil.example"),
        ("ACR_INVENTORY_REGISTRIES", "169.254.169.254"),
        ("ACR_NAME", "bench_azurecr.io"),
        ("AZURE_SUBSCRIPTION_ID", "production"),
        ("ACR_INVENTORY_INCLUDE", "prod-["),
        ("ACR_INVENTORY_EXCLUDE", "{a"),
        ("ACR_INVENTORY_CONCURRENCY", "0"),
        ("ACR_INVENTORY_CONCURRENCY", "many"),
        ("ACR_INVENTORY_PAGE_SIZE", "1001"),
        ("ACR_INVENTORY_READS_PER_MINUTE", "0"),
        ("ACR_INVENTORY_READ_ATTRIBUTES", "perhaps"),
        ("ACR_INVENTORY_HARD_LIMIT_SECONDS", "180"),
        ("ACR_INVENTORY_RESOLVE_TO", "8.8.8.8:443"),
        ("ACR_INVENTORY_ALLOW_LOOPBACK", "yes"),
        ("ACR_INVENTORY_AUDIT", "often"),
        ("ACR_INVENTORY_NAMES", "all"),
        ("ACR_INVENTORY_PROFILE", "lenient"),
        ("ACR_INVENTORY_PRODUCTION_TAGS", "v[1"),
        ("ACR_INVENTORY_LOG", "acr_inventory=loud"),
    ];
    for (setting, value) in cases {
        let ended = bench.collect_with(&[(setting, value)], &[]).await;
        assert_eq!(ended.code, Some(2), "{setting}={value}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{setting}={value}");
        // Of two settings that do not go together, either may be named.
        let named = match setting {
            "ACR_INVENTORY_HARD_LIMIT_SECONDS" => "ACR_INVENTORY_SOFT_LIMIT_SECONDS",
            setting => setting,
        };
        assert!(
            ended.stderr.contains(&format!("setting {named}")),
            "{setting}={value}: {}",
            ended.stderr
        );
    }
    for service in [
        Service::Authority,
        Service::Arm,
        Service::ResourceGraph,
        Service::Registry,
    ] {
        assert_eq!(bench.requests(service), 0, "{service:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_of_another_cloud_is_refused() {
    let bench = Bench::start(World::sized(1, 1));
    let ended = bench
        .collect(&["--cloud", "us-government", "--registry", "bench.azurecr.io"])
        .await
        .expect(2);
    let why = "--registry: bench.azurecr.io does not end with .azurecr.us";
    assert!(ended.stderr.contains(why), "{}", ended.stderr);
    assert_eq!(bench.requests(Service::Registry), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loopback_registry_needs_the_setting_that_allows_it() {
    let bench = Bench::start(World::sized(1, 1));
    let settings = [("ACR_INVENTORY_ALLOW_LOOPBACK", ""), ("ACR_INVENTORY_RESOLVE_TO", "")];
    let ended = bench
        .collect_with(&settings, &["--registry", "localhost:5000"])
        .await
        .expect(2);
    assert!(
        ended.stderr.contains("ACR_INVENTORY_ALLOW_LOOPBACK=true"),
        "{}",
        ended.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_directory_that_cannot_be_made_is_named() {
    let bench = Bench::start(World::sized(1, 1));
    // Under a regular file, so that it holds for root as well.
    let file = bench.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let output = file.join("inventory").display().to_string();
    let ended = bench.collect(&["--output", &output]).await.expect(2);
    assert!(ended.stderr.contains(&output), "{}", ended.stderr);
    assert_eq!(bench.requests(Service::Registry), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_flag_exits_with_2() {
    let bench = Bench::start(World::sized(1, 1));
    bench.collect(&["--registries", "bench"]).await.expect(2);
    bench
        .collect(&["--output", "a", "--store", "https://a.blob.core.windows.net/b"])
        .await
        .expect(2);
    bench.collect(&["--format", "xml"]).await.expect(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_does_not_start_without_its_settings() {
    let bench = Bench::start(World::sized(1, 1));
    let settings = bench
        .tenant
        .function_app_settings(&bench.output().display().to_string());
    for missing in [
        "ServiceBusConnection__fullyQualifiedNamespace",
        "FUNCTIONS_CUSTOMHANDLER_PORT",
    ] {
        let mut settings = settings.clone();
        settings.push(("FUNCTIONS_CUSTOMHANDLER_PORT".to_owned(), "1".to_owned()));
        settings.retain(|(name, _)| name != missing);
        let ended = super::run(&settings, &["serve"]).await.expect(2);
        assert!(ended.stderr.contains(missing), "{}", ended.stderr);
    }
}

/// Its host was killed before it looked for it the first time.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn serve_ends_with_a_parent_that_has_ended_already() {
    let bench = Bench::start(World::sized(1, 1));
    let mut settings = bench
        .tenant
        .function_app_settings(&bench.output().display().to_string());
    settings.push(("FUNCTIONS_CUSTOMHANDLER_PORT".to_owned(), "0".to_owned()));
    let mut gone = std::process::Command::new("true").spawn().unwrap();
    let parent = format!("--exit-with-parent={}", gone.id());
    gone.wait().unwrap();
    let arguments = ["serve", parent.as_str()];
    let serving = super::run(&settings, &arguments);
    let ended = tokio::time::timeout(std::time::Duration::from_secs(30), serving).await;
    ended.expect("it goes on").expect(2);
}

#[test]
fn without_a_command_there_is_help_and_exit_2() {
    let ended = std::process::Command::new(env!("CARGO_BIN_EXE_acr-inventory"))
        .output()
        .unwrap();
    let help = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{help}");
    for shown in ["Usage:", "collect", "demo"] {
        assert!(help.contains(shown), "{shown}: {help}");
    }
    for hidden in ["campaign", "bench"] {
        assert!(!help.contains(hidden), "{hidden} is no command of the product: {help}");
    }
}
