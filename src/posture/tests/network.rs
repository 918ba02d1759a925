use serde_json::{Value, json};

use super::super::profile::Profile;
use super::super::verdict::Verdict::{Fail, NotApplicable, Pass, Unknown};
use super::bench::{Bench, ID, Notebook, bench, list, of_sku, property, read_with, refused, registry};

#[test]
fn public_endpoint_and_firewall() {
    let mut notes = Notebook::default();
    let rule = "public-network-access-disabled";
    notes.see(
        rule,
        "closed",
        &property("publicNetworkAccess", json!("disabled")),
        Pass,
    );
    notes.see(rule, "open", &bench(json!({})), Fail);
    notes.see(
        rule,
        "absent means open",
        &property("publicNetworkAccess", json!(null)),
        Fail,
    );
    notes.see(rule, "basic", &of_sku("Basic"), NotApplicable);
    notes.see(
        rule,
        "new word",
        &property("publicNetworkAccess", json!("SecuredByPerimeter")),
        Unknown,
    );
    let old = registry(json!({"properties": {"publicNetworkAccess": null}}));
    notes.see(
        rule,
        "old version",
        &bench(json!({})).with(|e| e.registry = read_with(old, "2019-05-01")),
        Unknown,
    );

    let rule = "firewall-default-deny";
    notes.see(
        rule,
        "deny",
        &property("networkRuleSet", json!({"defaultAction": "deny"})),
        Pass,
    );
    notes.see(
        rule,
        "closed",
        &property("publicNetworkAccess", json!("Disabled")),
        Pass,
    );
    notes.see(rule, "allow", &bench(json!({})), Fail);
    notes.see(rule, "absent", &property("networkRuleSet", json!(null)), Unknown);
    notes.see(rule, "standard", &of_sku("Standard"), NotApplicable);

    let rule = "firewall-rules-narrow";
    let rules = |values: &[&str]| {
        let rules: Vec<_> = values
            .iter()
            .map(|value| json!({"action": "Allow", "value": value}))
            .collect();
        property("networkRuleSet", json!({"ipRules": rules}))
    };
    notes.see(rule, "narrow", &rules(&["203.0.113.7", "198.51.100.0/24"]), Pass);
    notes.see(
        rule,
        "wide",
        &rules(&["203.0.0.0/16", "0.0.0.0/0", "203.0.113.7"]),
        Fail,
    );
    notes.see(rule, "IPv6, everything", &rules(&["::/0"]), Fail);
    notes.see(rule, "IPv6, no agreed width", &rules(&["2001:db8::/64"]), Unknown);
    notes.see(rule, "no range", &rules(&["office"]), Unknown);
    notes.see(rule, "absent", &property("networkRuleSet", json!(null)), Unknown);
    notes.see(rule, "basic", &of_sku("Basic"), NotApplicable);
    let mut eight = rules(&["10.0.0.0/8"]);
    eight.profile.shortest_ipv4_prefix = 8;
    notes.see(rule, "as wide as the profile allows", &eight, Pass);
    notes.keep("network");
}

fn connection(name: &str, status: &str, subscription: &str) -> Value {
    let endpoint =
        format!("/subscriptions/{subscription}/resourceGroups/net/providers/Microsoft.Network/privateEndpoints/{name}");
    json!({"id": format!("{ID}/privateEndpointConnections/{name}"), "name": name, "properties": {
        "privateEndpoint": {"id": endpoint}, "privateLinkServiceConnectionState": {"status": status}}})
}

const OURS: &str = "11111111-2222-3333-4444-555555555555";
const THEIRS: &str = "99999999-8888-7777-6666-555555555555";

fn connected<const N: usize>(connections: [Value; N]) -> Bench {
    bench(json!({})).with(|e| e.private_endpoint_connections = list(connections))
}

#[test]
fn private_endpoints() {
    let mut notes = Notebook::default();
    let rule = "private-endpoint-approved";
    let permission = "Microsoft.ContainerRegistry/registries/privateEndpointConnections/read";
    notes.see(rule, "approved", &connected([connection("a", "Approved", OURS)]), Pass);
    notes.see(rule, "none", &connected([]), Fail);
    notes.see(rule, "pending", &connected([connection("a", "Pending", OURS)]), Fail);
    notes.see(rule, "rejected", &connected([connection("a", "Rejected", OURS)]), Fail);
    let inside = property("privateEndpointConnections", json!([connection("a", "Approved", OURS)]));
    notes.see(rule, "only inside the registry", &inside, Pass);
    let absent = property("privateEndpointConnections", json!(null));
    notes.see(
        rule,
        "refused and absent",
        &absent.with(|e| e.private_endpoint_connections = refused(permission)),
        Unknown,
    );
    notes.see(rule, "basic", &of_sku("Basic"), NotApplicable);

    let rule = "private-endpoint-foreign";
    notes.see(rule, "ours", &connected([connection("a", "Approved", OURS)]), Pass);
    notes.see(rule, "theirs", &connected([connection("a", "Approved", THEIRS)]), Fail);
    notes.see(
        rule,
        "theirs, pending",
        &connected([connection("a", "Pending", THEIRS)]),
        Pass,
    );
    let mut welcome = connected([connection("a", "Approved", THEIRS)]);
    welcome.profile.allowed_subscriptions.insert(THEIRS.to_owned());
    notes.see(rule, "theirs, allowed", &welcome, Pass);
    let mut unnamed = connection("a", "Approved", OURS);
    unnamed["properties"]["privateEndpoint"] = Value::Null;
    notes.see(rule, "unnamed", &connected([unnamed]), Unknown);
    notes.see(rule, "standard", &of_sku("Standard"), NotApplicable);
    notes.keep("private_endpoints");
}

#[test]
fn bypasses_endpoints_and_names() {
    let mut notes = Notebook::default();
    let rule = "trusted-services-bypass";
    let with = |profile: &str, value: Value| {
        let mut bench = property("networkRuleBypassOptions", value);
        bench.profile = Profile::named(profile).unwrap();
        bench
    };
    notes.see(
        rule,
        "allowed, in",
        &with("trusted-services-allowed", json!("AzureServices")),
        Pass,
    );
    notes.see(
        rule,
        "allowed, out",
        &with("trusted-services-allowed", json!("None")),
        Fail,
    );
    notes.see(
        rule,
        "denied, out",
        &with("trusted-services-denied", json!("none")),
        Pass,
    );
    notes.see(
        rule,
        "denied, in",
        &with("trusted-services-denied", json!("AzureServices")),
        Fail,
    );
    notes.see(rule, "absent", &with("strict", json!(null)), Unknown);
    notes.see(rule, "basic", &of_sku("Basic"), NotApplicable);

    let rule = "tasks-bypass-disabled";
    let bypass = |value| property("networkRuleBypassAllowedForTasks", value);
    notes.see(rule, "off", &bypass(json!(false)), Pass);
    notes.see(rule, "on", &bypass(json!(true)), Fail);
    notes.see(rule, "absent", &bypass(json!(null)), Unknown);

    let rule = "dedicated-data-endpoint";
    let data = |value| property("dataEndpointEnabled", value);
    notes.see(rule, "on", &data(json!(true)), Pass);
    notes.see(rule, "off", &data(json!(false)), Fail);
    notes.see(rule, "absent", &data(json!(null)), Unknown);
    notes.see(
        rule,
        "closed",
        &property("publicNetworkAccess", json!("Disabled")),
        NotApplicable,
    );
    notes.see(rule, "basic", &of_sku("Basic"), NotApplicable);

    let rule = "domain-name-label-scope";
    let scope = |value| {
        let body = registry(json!({"properties": {"autoGeneratedDomainNameLabelScope": value}}));
        bench(json!({})).with(|e| e.registry_preview = read_with(body, "2026-09-01-preview"))
    };
    notes.see(rule, "labelled", &scope(json!("TenantReuse")), Pass);
    notes.see(rule, "bare", &scope(json!("Unsecure")), Fail);
    notes.see(rule, "absent in the stable version", &bench(json!({})), Unknown);
    notes.keep("bypasses");
}

#[test]
fn webhooks() {
    let rule = "webhook-https";
    let mut notes = Notebook::default();
    let hooked = |uri: &str| {
        let config = json!({"name": "deploy", "serviceUri": uri});
        bench(json!({})).with(|e| {
            e.webhooks = list([json!({"name": "deploy", "properties": {"status": "enabled", "actions": ["push"]}})]);
            e.webhook_configs = list([config]);
        })
    };
    notes.see(rule, "none", &bench(json!({})).with(|e| e.webhooks = list([])), Pass);
    notes.see(rule, "https", &hooked("https://hooks.example/a?token=s3cr3t"), Pass);
    notes.see(
        rule,
        "http",
        &hooked("http://name:hunter2@hooks.example/a?token=s3cr3t"),
        Fail,
    );
    notes.see(
        rule,
        "no opt-in",
        &hooked("https://x").with(|e| e.webhook_configs = super::super::evidence::Read::default()),
        Unknown,
    );
    notes.see(
        rule,
        "missing one",
        &hooked("https://x").with(|e| e.webhook_configs = list([])),
        Unknown,
    );
    notes.keep("webhooks");
}
