use serde_json::{Value, json};

use super::super::verdict::Verdict::{Fail, NotApplicable, Pass, Unknown};
use super::bench::{Bench, Notebook, bench, list, of_sku, property, refused};

#[test]
fn policies() {
    let mut notes = Notebook::default();
    let rule = "content-trust-retiring";
    let trust = |status| property("policies", json!({"trustPolicy": {"status": status}}));
    notes.see(rule, "off", &trust(json!("disabled")), Pass);
    notes.see(rule, "on", &trust(json!("Enabled")), Fail);
    notes.see(rule, "absent", &trust(json!(null)), Unknown);

    let rule = "quarantine";
    let quarantine = |status| property("policies", json!({"quarantinePolicy": {"status": status}}));
    notes.see(rule, "on", &quarantine(json!("enabled")), Pass);
    notes.see(rule, "off", &quarantine(json!("disabled")), Fail);
    notes.see(rule, "absent", &quarantine(json!(null)), Unknown);
    notes.see(rule, "basic", &of_sku("Basic"), NotApplicable);
    notes.keep("policies");
}

fn cached(rule: Value, set: Value) -> Bench {
    bench(json!({})).with(|e| {
        e.cache_rules = list([json!({"name": "hub", "properties": rule})]);
        e.credential_sets =
            list([json!({"name": "hub-login", "properties": {"loginServer": "docker.io", "authCredentials": set}})]);
    })
}

#[test]
fn cache_rules() {
    let rule = "cache-rules-reviewed";
    let mut notes = Notebook::default();
    let healthy = json!([{"name": "Credential1", "credentialHealth": {"status": "Healthy"}}]);
    let open = json!({"sourceRepository": "docker.io/*", "targetRepository": "hub/*"});
    let bounded = json!({"sourceRepository": "docker.io/library/alpine", "targetRepository": "hub/alpine"});
    let mut signed_in = open.clone();
    signed_in["credentialSetResourceId"] = json!("/x/credentialSets/hub-login");
    notes.see(rule, "bounded", &cached(bounded.clone(), healthy.clone()), Pass);
    notes.see(
        rule,
        "wildcard with credentials",
        &cached(signed_in, healthy.clone()),
        Pass,
    );
    notes.see(rule, "wildcard without", &cached(open.clone(), healthy), Fail);
    let ill = json!([{"name": "Credential1", "credentialHealth": {"status": "Unhealthy", "errorCode": "DENIED"}}]);
    notes.see(rule, "unhealthy", &cached(bounded.clone(), ill), Fail);
    let silent = json!([{"name": "Credential1"}]);
    notes.see(rule, "no health", &cached(bounded.clone(), silent), Unknown);
    let permission = "Microsoft.ContainerRegistry/registries/credentialSets/read";
    let blind = |rule: &Value| cached(rule.clone(), json!([])).with(|e| e.credential_sets = refused(permission));
    notes.see(rule, "sets refused", &blind(&bounded), Unknown);
    notes.see(rule, "sets refused, wildcard without", &blind(&open), Fail);
    notes.keep("cache_rules");
}

#[test]
fn tasks() {
    let rule = "tasks-identity";
    let mut notes = Notebook::default();
    let task = |properties: Value| {
        bench(json!({})).with(|e| e.tasks = list([json!({"name": "nightly", "properties": properties})]))
    };
    let other =
        |credential: Value| task(json!({"credentials": {"customRegistries": {"other.azurecr.io": credential}}}));
    notes.see(rule, "none", &bench(json!({})).with(|e| e.tasks = list([])), Pass);
    notes.see(rule, "identity", &other(json!({"identity": "[system]"})), Pass);
    notes.see(
        rule,
        "password",
        &other(json!({"password": {"type": "Opaque", "value": "hunter2"}})),
        Fail,
    );
    let trigger = |status: &str, auth: Value| {
        let source = json!({"repositoryUrl": "https://example.com/app", "sourceControlAuthProperties": auth});
        task(json!({"trigger": {"sourceTriggers": [{"name": "main", "status": status, "sourceRepository": source}]}}))
    };
    notes.see(
        rule,
        "source token",
        &trigger("Enabled", json!({"tokenType": "PAT", "token": "s3cr3t"})),
        Fail,
    );
    notes.see(
        rule,
        "source trigger, token hidden",
        &trigger("Enabled", json!(null)),
        Unknown,
    );
    notes.see(rule, "source trigger off", &trigger("Disabled", json!(null)), Pass);
    notes.see(
        rule,
        "context token",
        &task(json!({"step": {"contextAccessToken": "s3cr3t"}})),
        Fail,
    );
    notes.see(
        rule,
        "refused",
        &bench(json!({})).with(|e| e.tasks = refused("Microsoft.ContainerRegistry/registries/tasks/read")),
        Unknown,
    );
    notes.keep("tasks");
}
