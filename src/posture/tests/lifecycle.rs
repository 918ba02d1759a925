use serde_json::{Value, json};

use super::super::verdict::Verdict::{Fail, NotApplicable, Pass, Unknown};
use super::bench::{Bench, ID, Notebook, bench, list, of_sku, property, read_with, refused, registry};

/// Retention in the stable version, soft delete in the preview.
fn kept(retention: Value, soft_delete: Value) -> Bench {
    let policies = |soft_delete: Value| json!({"properties": {"policies": {"retentionPolicy": {"status": retention.clone()}, "softDeletePolicy": {"status": soft_delete}}}});
    let preview = registry(policies(soft_delete));
    bench(policies(Value::Null)).with(|e| e.registry_preview = read_with(preview, "2026-09-01-preview"))
}

#[test]
fn retention_and_soft_delete() {
    let mut notes = Notebook::default();
    let rule = "retention-untagged";
    notes.see(rule, "on", &kept(json!("enabled"), json!("disabled")), Pass);
    notes.see(rule, "off", &kept(json!("disabled"), json!("disabled")), Fail);
    notes.see(
        rule,
        "soft delete instead",
        &kept(json!("disabled"), json!("enabled")),
        NotApplicable,
    );
    notes.see(rule, "off, soft delete not readable", &bench(json!({})), Unknown);
    notes.see(
        rule,
        "absent",
        &property("policies", json!({"retentionPolicy": null})),
        Unknown,
    );
    notes.see(rule, "basic", &of_sku("Basic"), NotApplicable);

    let rule = "soft-delete";
    let alone = |bench: Bench| bench.with(|e| e.replications = list([]));
    notes.see(rule, "on", &kept(json!("disabled"), json!("enabled")), Pass);
    notes.see(rule, "off", &alone(kept(json!("disabled"), json!("disabled"))), Fail);
    notes.see(
        rule,
        "retention instead",
        &kept(json!("enabled"), json!("disabled")),
        NotApplicable,
    );
    let replica = json!({"name": "westeurope", "location": "West Europe", "properties": {"zoneRedundancy": "Enabled"}});
    let twice = kept(json!("disabled"), json!("disabled")).with(|e| e.replications = list([replica]));
    notes.see(rule, "geo-replicated", &twice, NotApplicable);
    notes.see(
        rule,
        "replications not read",
        &kept(json!("disabled"), json!("disabled")),
        Unknown,
    );
    notes.see(rule, "absent in the stable version", &bench(json!({})), Unknown);
    notes.keep("lifecycle");
}

#[test]
fn locks() {
    let rule = "resource-lock";
    let mut notes = Notebook::default();
    let lock = |scope: &str, level: &str| {
        let id = format!("{scope}/providers/Microsoft.Authorization/locks/keep");
        bench(json!({})).with(|e| e.locks = list([json!({"id": id, "name": "keep", "properties": {"level": level}})]))
    };
    let group = "/subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/RG-images";
    notes.see(rule, "on the registry", &lock(ID, "CanNotDelete"), Pass);
    notes.see(rule, "on the group", &lock(group, "ReadOnly"), Pass);
    notes.see(
        rule,
        "on a group whose name begins the same",
        &lock(&group[..group.len() - 3], "ReadOnly"),
        Fail,
    );
    notes.see(
        rule,
        "on a webhook",
        &lock(&format!("{ID}/webhooks/a"), "ReadOnly"),
        Fail,
    );
    notes.see(rule, "another level", &lock(ID, "NotSpecified"), Fail);
    notes.see(rule, "none", &bench(json!({})).with(|e| e.locks = list([])), Fail);
    notes.see(
        rule,
        "refused",
        &bench(json!({})).with(|e| e.locks = refused("Microsoft.Authorization/locks/read")),
        Unknown,
    );
    notes.keep("locks");
}
