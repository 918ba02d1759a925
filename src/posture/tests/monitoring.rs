use serde_json::{Value, json};

use super::super::verdict::Verdict::{Fail, Pass, Unknown};
use super::bench::{Notebook, bench, failed, list, read_with, refused};

#[test]
fn logs_and_scans() {
    let mut notes = Notebook::default();
    let rule = "diagnostics-audited";
    let logs = |logs: Value| {
        bench(json!({})).with(|e| e.diagnostic_settings = list([json!({"name": "d", "properties": {"logs": logs}})]))
    };
    let category = |name: &str, on: bool| json!({"category": name, "categoryGroup": null, "enabled": on});
    let (logins, changes) = ("ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents");
    notes.see(
        rule,
        "both",
        &logs(json!([category(logins, true), category(changes, true)])),
        Pass,
    );
    notes.see(
        rule,
        "group audit",
        &logs(json!([{"category": null, "categoryGroup": "audit", "enabled": true}])),
        Pass,
    );
    notes.see(
        rule,
        "group allLogs",
        &logs(json!([{"categoryGroup": "AllLogs", "enabled": true}])),
        Pass,
    );
    notes.see(
        rule,
        "one switched off",
        &logs(json!([category(logins, true), category(changes, false)])),
        Fail,
    );
    notes.see(
        rule,
        "none",
        &bench(json!({})).with(|e| e.diagnostic_settings = list([])),
        Fail,
    );
    notes.see(
        rule,
        "refused",
        &bench(json!({})).with(|e| e.diagnostic_settings = refused("Microsoft.Insights/diagnosticSettings/read")),
        Unknown,
    );

    let rule = "defender-for-containers";
    let plan = |tier: Value| {
        let scanning = json!([{"name": "ContainerRegistriesVulnerabilityAssessments", "isEnabled": "True"}]);
        let plan = json!({"name": "Containers", "properties": {"pricingTier": tier, "extensions": scanning}});
        bench(json!({})).with(|e| e.defender_pricing = read_with(plan, "2024-01-01"))
    };
    notes.see(rule, "standard", &plan(json!("Standard")), Pass);
    notes.see(rule, "free", &plan(json!("Free")), Fail);
    let extensions = |extensions: Value| {
        let plan = json!({"name": "Containers", "properties": {"pricingTier": "Standard", "extensions": extensions}});
        bench(json!({})).with(|e| e.defender_pricing = read_with(plan, "2024-01-01"))
    };
    let off = json!([{"name": "ContainerRegistriesVulnerabilityAssessments", "isEnabled": "False"}]);
    notes.see(rule, "scanning switched off", &extensions(off), Fail);
    notes.see(rule, "no extensions", &extensions(json!(null)), Unknown);
    notes.see(rule, "absent", &plan(json!(null)), Unknown);
    notes.see(
        rule,
        "failed",
        &bench(json!({})).with(|e| e.defender_pricing = failed()),
        Unknown,
    );
    notes.keep("monitoring");
}
