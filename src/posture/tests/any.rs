//! Registries in any mixture of good and bad states, as far as one can be.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::access::{AccessSummary, CustomRole, Grant};
use super::super::evidence::Read;
use super::super::profile::Profile;
use super::bench::{Bench, bench, known, read_with, registry};

const PREVIEW: &str = "2026-09-01-preview";

/// Any of these, or none of them.
fn some(items: &[Value]) -> impl Strategy<Value = Read<Vec<Value>>> + use<> {
    prop::sample::subsequence(items.to_vec(), 0..=items.len()).prop_map(known)
}

/// Properties of a registry that rules ask about, each in a good and in a bad state or absent.
fn patch() -> impl Strategy<Value = Value> {
    let states = |good: Value, bad: Value| prop::sample::select(vec![good, bad, Value::Null]);
    let policy = |name: &'static str| {
        states(json!({"status": "enabled"}), json!({"status": "disabled"})).prop_map(move |state| json!({name: state}))
    };
    let policies = (
        policy("retentionPolicy"),
        policy("exportPolicy"),
        policy("trustPolicy"),
        policy("softDeletePolicy"),
    );
    let network = (
        states(json!("Disabled"), json!("Enabled")),
        states(json!(true), json!(false)),
        states(
            json!({"defaultAction": "Deny", "ipRules": []}),
            json!({"defaultAction": "Allow", "ipRules": [{"value": "0.0.0.0/0"}]}),
        ),
    );
    let rest = (
        prop::sample::select(vec!["Premium", "Standard", "Basic"]),
        states(json!("AbacRepositoryPermissions"), json!("LegacyRegistryPermissions")),
        states(json!("Enabled"), json!("Disabled")),
    );
    (policies, network, rest).prop_map(
        |((retention, export, trust, soft_delete), (public, data, rules), (sku, mode, zones))| {
            let mut policies = json!({});
            for policy in [retention, export, trust, soft_delete] {
                policies
                    .as_object_mut()
                    .unwrap()
                    .extend(policy.as_object().unwrap().clone());
            }
            json!({"sku": {"name": sku}, "properties": {
                "publicNetworkAccess": public, "dataEndpointEnabled": data, "networkRuleSet": rules,
                "roleAssignmentMode": mode, "zoneRedundancy": zones, "policies": policies,
            }})
        },
    )
}

fn access() -> impl Strategy<Value = AccessSummary> {
    any::<[bool; 4]>().prop_map(|[broad, inherited, inert, custom]| {
        let grants = |some: bool| if some { vec![Grant::default()] } else { Vec::new() };
        AccessSummary {
            broad_writers: grants(broad),
            inherited: grants(inherited),
            inert: grants(inert),
            wildcard_custom_roles: if custom {
                vec![CustomRole::default()]
            } else {
                Vec::new()
            },
            service_principals: known(grants(inherited)),
            ..AccessSummary::default()
        }
    })
}

pub(super) fn any_bench() -> impl Strategy<Value = Bench> {
    let named =
        |name: &str, properties: Value| json!({"id": format!("/x/{name}"), "name": name, "properties": properties});
    let endpoint = |name: &str, state: &str| {
        named(
            name,
            json!({"privateLinkServiceConnectionState": {"status": state}, "privateEndpoint": {"id": "/subscriptions/other/x"}}),
        )
    };
    let token = |name: &str, map: &str, password: Value| {
        named(
            name,
            json!({"status": "enabled", "scopeMapId": format!("/x/{map}"), "credentials": {"passwords": [password]}}),
        )
    };
    let map = |name: &str, action: &str| named(name, json!({"type": "UserDefined", "actions": [action]}));
    let lists = (
        some(&[
            json!({"name": "a", "location": "westeurope", "properties": {"zoneRedundancy": "Disabled"}}),
            json!({"name": "b", "location": "eastus", "properties": {"zoneRedundancy": "Enabled"}}),
        ]),
        some(&[endpoint("a", "Approved"), endpoint("b", "Pending")]),
        some(&[
            token("a", "wide", json!({"name": "password1"})),
            token(
                "b",
                "narrow",
                json!({"name": "password1", "expiry": "2099-01-01T00:00:00Z"}),
            ),
            token(
                "c",
                "wide",
                json!({"name": "password1", "expiry": "2099-01-01T00:00:00Z"}),
            ),
        ]),
        some(&[
            map("wide", "repositories/*/content/write"),
            map("narrow", "repositories/a/content/read"),
        ]),
        some(&[named("a", Value::Null), named("b", Value::Null)]),
        some(&[
            json!({"name": "a", "serviceUri": "http://x"}),
            json!({"name": "b", "serviceUri": "https://x"}),
        ]),
        some(&[
            named("a", json!({"sourceRepository": "docker.io/*"})),
            named("b", json!({"sourceRepository": "x/y"})),
        ]),
        some(&[named(
            "a",
            json!({"authCredentials": [{"credentialHealth": {"status": "Unhealthy"}}]}),
        )]),
        some(&[named("a", json!({}))]),
    );
    (patch(), access(), lists).prop_map(|(patch, access, lists)| {
        let mut bench = bench(patch.clone());
        let evidence = &mut bench.evidence;
        let (replications, endpoints, tokens, maps, webhooks, configs, cache, sets, pipelines) = lists;
        if let (Read::Known { value, .. }, Read::Known { value: copies, .. }) = (&mut evidence.registry, &endpoints) {
            value["properties"]["privateEndpointConnections"] = json!(copies);
        }
        evidence.registry_preview = read_with(registry(patch.clone()), PREVIEW);
        // Only Premium registries have any.
        evidence.replications = match patch["sku"]["name"] == "Premium" {
            true => replications,
            false => known(Vec::new()),
        };
        evidence.private_endpoint_connections = endpoints;
        evidence.tokens = tokens;
        evidence.scope_maps = maps;
        evidence.webhooks = webhooks;
        evidence.webhook_configs = configs;
        evidence.cache_rules = cache;
        evidence.credential_sets = sets;
        evidence.export_pipelines = pipelines.clone();
        evidence.import_pipelines = pipelines.clone();
        evidence.connected_registries = pipelines;
        bench.access = known(access);
        bench.profile = Profile::strict();
        bench
    })
}
