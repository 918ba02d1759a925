//! Who `collect` is: each kind of credential by its settings, and what is said when it does not work.

use simulator::Service;
use simulator::world::World;
use simulator::world::settings::APPLICATION_SECRET;

use super::{Bench, Ended, run};

/// Runs `collect --registry bench` with the settings of the platform instead of those of an application.
async fn as_managed_identity(bench: &Bench, further: &[(&str, &str)]) -> Ended {
    let mut settings = bench
        .tenant
        .function_app_settings(&bench.output().display().to_string());
    settings.retain(|(name, _)| name != "ACR_INVENTORY_CREDENTIAL");
    settings.extend(
        further
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    run(&settings, &["collect", "--registry", "bench"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_system_assigned_identity_is_the_default_in_azure() {
    let bench = Bench::start(World::sized(2, 1));
    as_managed_identity(&bench, &[]).await.expect(0);
    assert!(bench.requests(Service::Identity) > 0);
    assert_eq!(bench.requests(Service::Authority), 0);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_assigned_identity_is_asked_for_by_its_client_id() {
    let client = "5f1b4c1e-0000-4000-8000-0000000000f0";
    let mut world = World::sized(2, 1);
    world.identity.system_assigned = false;
    world.identity.identity_client_ids.push(client.to_owned());
    let bench = Bench::start(world);
    as_managed_identity(&bench, &[("AZURE_CLIENT_ID", client)])
        .await
        .expect(0);
    let requests = bench.tenant.simulator.requests();
    let asked = requests.iter().filter(|request| request.service == Service::Identity);
    assert!(asked.clone().count() > 0 && asked.clone().all(|request| request.query.contains(client)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_that_the_host_does_not_have_exits_with_2() {
    let mut world = World::sized(2, 1);
    world.identity.system_assigned = false;
    let bench = Bench::start(world);
    let ended = as_managed_identity(&bench, &[]).await.expect(2);
    let why = "ManagedIdentityCredential authentication failed. The requested identity has not been assigned";
    assert!(ended.stderr.contains(why), "{}", ended.stderr);
    assert_eq!(bench.requests(Service::Registry), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_client_secret_exits_with_2_and_is_not_shown() {
    let bench = Bench::start(World::sized(2, 1));
    let wrong = "canary-wrong-secret-0123456789";
    let ended = bench
        .collect_with(&[("AZURE_CLIENT_SECRET", wrong), ("ACR_INVENTORY_LOG", "trace")], &[])
        .await
        .expect(2);
    assert!(
        ended.stderr.contains("Invalid client secret provided"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains(wrong) && !ended.stdout.contains(wrong));
    assert_eq!(bench.requests(Service::Registry), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_or_token_is_logged_even_at_the_finest_level() {
    let bench = Bench::start(World::sized(2, 1));
    let ended = bench
        .collect_with(&[("ACR_INVENTORY_LOG", "trace")], &["--format", "json"])
        .await
        .expect(0);
    for secret in [APPLICATION_SECRET, &simulator::tokens::canary()] {
        assert!(!ended.stderr.contains(secret) && !ended.stdout.contains(secret));
        for name in bench.names().iter().filter(|name| !name.ends_with(".gz")) {
            assert!(!bench.text(name).contains(secret), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_exits_with_2_and_names_the_setting() {
    let bench = Bench::start(World::sized(2, 1));
    let ended = bench.collect_with(&[("AZURE_CLIENT_SECRET", "")], &[]).await.expect(2);
    assert!(
        ended.stderr.contains("AZURE_CLIENT_SECRET is needed"),
        "{}",
        ended.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn workload_identity_reads_the_token_file() {
    let bench = Bench::start(World::sized(2, 1));
    let file = bench.folder.path().join("federated-token");
    std::fs::write(&file, "canary-federated-token").unwrap();
    let file = file.display().to_string();
    let settings = [
        ("AZURE_CLIENT_SECRET", ""),
        ("ACR_INVENTORY_CREDENTIAL", "workload-identity"),
        ("AZURE_FEDERATED_TOKEN_FILE", file.as_str()),
    ];
    bench.collect_with(&settings, &["--registry", "bench"]).await.expect(0);
    assert!(bench.requests(Service::Authority) > 0);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn workload_identity_without_a_token_file_exits_with_2() {
    let bench = Bench::start(World::sized(2, 1));
    let settings = [
        ("ACR_INVENTORY_CREDENTIAL", "workload-identity"),
        ("AZURE_FEDERATED_TOKEN_FILE", ""),
    ];
    bench.collect_with(&settings, &[]).await.expect(2);
    let settings = [
        ("ACR_INVENTORY_CREDENTIAL", "workload-identity"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/nonexistent/token"),
    ];
    let ended = bench.collect_with(&settings, &[]).await.expect(2);
    assert!(!ended.stderr.is_empty());
    assert_eq!(bench.requests(Service::Registry), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_of_a_connector_are_enough() {
    let bench = Bench::start(World::sized(2, 1));
    let subscription = bench.tenant.simulator.world().registries["bench.azurecr.io"]
        .subscription
        .clone();
    // Who we are is not said, but a secret is handed over.
    let connector = [
        ("ACR_INVENTORY_CREDENTIAL", ""),
        ("AZURE_SUBSCRIPTION_ID", subscription.as_str()),
        ("ACR_NAME", "bench"),
    ];
    bench.collect_with(&connector, &[]).await.expect(0);
    // Two of the three are those of a user-assigned identity or of a federated one.
    let [credential, ..] = connector;
    let ended = bench
        .collect_with(&[credential, ("AZURE_CLIENT_SECRET", "")], &[])
        .await
        .expect(2);
    assert!(
        ended
            .stderr
            .contains("az not found on PATH, azd not found on PATH): run `az login` or"),
        "{}",
        ended.stderr
    );
    bench.assert_no_violation();
}
