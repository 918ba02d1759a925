use serde_json::json;

use super::super::verdict::Verdict::{Fail, Pass, Unknown};
use super::bench::{Notebook, bench, property, read_with, refused, registry};

#[test]
fn managed_identity_in_every_spelling() {
    let rule = "registry-managed-identity";
    let mut notes = Notebook::default();
    for kind in [
        "systemAssigned",
        "SystemAssigned, UserAssigned",
        "systemAssigned, userAssigned",
        " userassigned ",
    ] {
        notes.see(rule, kind, &bench(json!({"identity": {"type": kind}})), Pass);
    }
    notes.see(rule, "None", &bench(json!({"identity": {"type": "None"}})), Fail);
    notes.see(rule, "absent", &bench(json!({})), Fail);
    let mut null = registry(json!({}));
    null["identity"] = serde_json::Value::Null;
    notes.see(
        rule,
        "null",
        &bench(json!({})).with(|e| e.registry = read_with(null, "2025-11-01")),
        Fail,
    );
    notes.see(
        rule,
        "new word",
        &bench(json!({"identity": {"type": "Borrowed"}})),
        Unknown,
    );
    let old = |e: &mut super::super::evidence::Evidence| e.registry = read_with(registry(json!({})), "2019-05-01");
    notes.see(rule, "absent in an old version", &bench(json!({})).with(old), Unknown);
    let none = bench(json!({})).with(|e| e.registry = refused("Microsoft.ContainerRegistry/registries/read"));
    notes.see(rule, "refused", &none, Unknown);
    let odd = bench(json!({})).with(|e| e.resource_group = "rg (it's ours); reboot".to_owned());
    notes.see(rule, "resource group that has to be quoted", &odd, Fail);
    notes.keep("managed_identity");
}

#[test]
fn arm_audience_and_mode() {
    let mut notes = Notebook::default();
    let rule = "arm-audience-token-disabled";
    let policy = |status| property("policies", json!({"azureADAuthenticationAsArmPolicy": status}));
    notes.see(rule, "disabled", &policy(json!({"status": "Disabled"})), Pass);
    notes.see(rule, "enabled", &policy(json!({"status": "enabled"})), Fail);
    notes.see(rule, "absent means enabled", &policy(json!(null)), Fail);
    let old = policy(json!(null)).with(|e| {
        let body = registry(json!({"properties": {"policies": {"azureADAuthenticationAsArmPolicy": null}}}));
        e.registry = read_with(body, "2021-08-01-preview");
    });
    notes.see(rule, "absent in an old version", &old, Unknown);

    let rule = "role-assignment-mode-abac";
    let mode = |mode| property("roleAssignmentMode", mode);
    notes.see(rule, "abac", &mode(json!("AbacRepositoryPermissions")), Pass);
    notes.see(rule, "legacy", &mode(json!("LegacyRegistryPermissions")), Fail);
    notes.see(rule, "absent", &mode(json!(null)), Unknown);
    notes.keep("identity");
}
