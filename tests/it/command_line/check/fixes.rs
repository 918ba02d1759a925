//! What a fix says mends what it is for.

use serde_json::Value;
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::world::World;
use simulator::world::settings::{APPLICATION_ID, PRINCIPAL_ID};

use super::{Bench, check, run};

/// Assigns the roles that the fixes name, where they name it, and to whom.
fn assign(bench: &Bench, fixes: &[Value]) {
    let mut world = bench.tenant.simulator.world();
    for fix in fixes {
        let (role, scope) = (fix["role"].as_str().unwrap(), fix["scope"].as_str().unwrap());
        let az = fix["az"][0].as_str().unwrap();
        assert!(
            az.contains(role) && az.contains(scope) && az.contains(PRINCIPAL_ID),
            "{az}"
        );
        world.grant(role, scope);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_that_are_named_mend_a_registry() {
    for (registry, failing) in [
        ("contosoteams", vec!["list-repositories"]),
        ("contosocluster", vec!["list-repositories"]),
    ] {
        let bench = Bench::start(World::checks());
        let ended = check(&bench, registry, &[]).await.expect(1);
        let failed = ended.not_passed();
        let failed: Vec<&str> = failed
            .iter()
            .filter(|(_, outcome)| outcome == "failed")
            .map(|(check, _)| check.as_str())
            .collect();
        assert_eq!(failed, failing, "{registry}");
        assign(&bench, &ended.fixes());
        let ended = check(&bench, registry, &[]).await.expect(0);
        assert_eq!(ended.not_passed(), [], "{registry}");
        bench.assert_no_violation();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_without_any_role_is_found_by_its_login_server_and_asks_for_what_its_mode_takes() {
    let mut world = World::checks();
    world.revoke();
    let bench = Bench::start(world);
    let ended = check(&bench, "platform.azurecr.io", &[]).await.expect(1);
    // Without a token nobody knows the mode.
    let fixes = ended.fixes();
    let roles: Vec<&str> = fixes.iter().map(|fix| fix["role"].as_str().unwrap()).collect();
    let all = [
        "AcrPull",
        "Container Registry Repository Reader",
        "Container Registry Repository Catalog Lister",
    ];
    assert_eq!(roles, all);
    let az = fixes[1]["az"][0].as_str().unwrap();
    assert!(
        az.ends_with(r#"--scope "$(az acr show --name platform --query id --output tsv)""#),
        "{az}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_visible_asks_for_reader() {
    let mut world = World::checks();
    world.revoke();
    let bench = Bench::start(world);
    let ended = check(&bench, "contosoproducts", &[]).await.expect(2);
    assert_eq!(ended.fixes()[0]["role"], "Reader");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_and_an_expired_one_are_told_apart_and_shown_nowhere() {
    let bench = Bench::start(World::checks());
    let wrong = ("AZURE_CLIENT_SECRET", "canary-wrong-secret-0123456789");
    let ended = check(&bench, "contosoproducts", &[wrong]).await.expect(2);
    let fix = &ended.fixes()[0];
    assert!(fix["why"].as_str().unwrap().contains("is not taken"), "{fix}");
    assert!(!ended.stdout.contains("canary") && !ended.stderr.contains("canary"));
    bench
        .tenant
        .simulator
        .world()
        .identity
        .expired
        .insert(APPLICATION_ID.to_owned());
    let ended = check(&bench, "contosoproducts", &[]).await.expect(2);
    let fix = &ended.fixes()[0];
    assert!(fix["why"].as_str().unwrap().contains("has expired"), "{fix}");
    assert!(fix["az"][0].as_str().unwrap().contains(APPLICATION_ID));
    assert!(!ended.stdout.contains("canary") && !ended.stderr.contains("canary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_registry_is_not_told_to_add_a_rule_alone() {
    let mut world = World::checks();
    let vault = world.registries.get_mut("contosovault.azurecr.io").unwrap();
    vault.properties["publicNetworkAccess"] = "Disabled".into();
    let bench = Bench::start(world);
    let ended = check(&bench, "contosovault", &[]).await.expect(1);
    let fix = &ended.fixes()[0];
    assert!(fix["why"].as_str().unwrap().contains("203.0.113.7"), "{fix}");
    let az: Vec<&str> = fix["az"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    assert!(
        az[0].contains("--public-network-enabled true --default-action Deny"),
        "{az:?}"
    );
    assert!(
        az[1].starts_with("az acr network-rule add --name contosovault "),
        "{az:?}"
    );
    assert!(az[1].ends_with("--ip-address 203.0.113.7"), "{az:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_and_a_queue_that_are_not_there_are_made() {
    let bench = Bench::start(World::checks());
    bench.tenant.blobs.lock().unwrap().take_container("inventory").unwrap();
    let queue = ("ACR_INVENTORY_REGISTRY_QUEUE", "nothing-here");
    let ended = check(&bench, "contosoproducts", &[queue]).await.expect(1);
    let fixes = ended.fixes();
    let az: Vec<&str> = fixes.iter().map(|fix| fix["az"][0].as_str().unwrap()).collect();
    assert!(az[0].starts_with("az storage container create --account-name contosoinventory --name inventory"));
    assert!(
        az[1].starts_with("az servicebus queue create --namespace-name contoso"),
        "{az:?}"
    );
    assert!(az[1].contains("--name nothing-here"), "{az:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_trusted_fails_at_tls() {
    let bench = Bench::start(World::checks());
    let mut settings = bench.tenant.network_settings();
    settings.retain(|(name, _)| name != "SSL_CERT_FILE");
    settings.push(("ACR_INVENTORY_CREDENTIAL".to_owned(), "anonymous".to_owned()));
    settings.push(("ACR_INVENTORY_REGISTRIES".to_owned(), "platform.azurecr.io".to_owned()));
    let ended = run(&settings, &["check", "--format", "json"]).await.expect(1);
    let rows = ended.rows();
    let failed: Vec<&Value> = rows.iter().filter(|row| row["outcome"] == "failed").collect();
    assert_eq!((failed.len(), &failed[0]["check"]), (1, &"tls".into()), "{rows:?}");
    assert!(
        failed[0]["detail"].as_str().unwrap().contains("certificate"),
        "{failed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_nowhere_fails_at_dns() {
    let settings = [
        ("ACR_INVENTORY_CREDENTIAL", "anonymous"),
        ("ACR_INVENTORY_LOGIN_SERVER_SUFFIX", ".invalid"),
        ("ACR_INVENTORY_REGISTRIES", "contoso.registries.invalid"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let ended = run(&settings, &["check", "--format", "json"]).await.expect(1);
    let rows = ended.rows();
    let failed: Vec<&Value> = rows.iter().filter(|row| row["outcome"] == "failed").collect();
    assert_eq!((failed.len(), &failed[0]["check"]), (1, &"dns".into()), "{rows:?}");
}

/// Addresses that no IP rule lets in: it is the way to the registry that is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_no_rule_takes_asks_for_a_private_endpoint_and_its_name() {
    for (address, is_public) in [
        ("10.1.2.3", false),
        ("172.16.0.9", false),
        ("172.31.255.254", false),
        ("192.168.10.4", false),
        ("100.64.3.2", false),
        ("169.254.10.1", false),
        ("fd12:3456::7", false),
        ("::ffff:10.1.2.3", false),
        // Rules take IPv4 alone.
        ("2001:db8::1", false),
        ("203.0.113.7", true),
        ("172.32.0.1", true),
        ("100.128.0.1", true),
    ] {
        let bench = Bench::start(World::checks());
        let message = format!(
            "client with IP '{address}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."
        );
        let body = serde_json::json!({"errors": [{"code": "DENIED", "message": message}]}).to_string();
        let denied = Effect::Status {
            code: 403,
            retry_after: None,
            body,
        };
        bench
            .tenant
            .simulator
            .faults()
            .add(Rule::new(denied).service(Service::Registry));
        let ended = check(&bench, "contosoproducts", &[]).await.expect(1);
        let fixes = ended.fixes();
        let text = serde_json::to_string(&fixes).unwrap();
        let asks_for_a_rule = text.contains("network-rule add") || text.contains("ipRules");
        assert_eq!(asks_for_a_rule, is_public, "{address}: {text}");
        for wanted in [
            "private endpoint",
            "privatelink.azurecr.io",
            "private-endpoint-connection list",
        ] {
            assert_eq!(text.contains(wanted), !is_public, "{address}, {wanted}: {text}");
        }
    }
}
