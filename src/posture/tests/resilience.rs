use serde_json::{Value, json};

use super::super::verdict::Verdict::{Fail, NotApplicable, Pass, Unknown};
use super::bench::{Notebook, bench, list, of_sku, property, refused};

fn replica(location: &str, zones: Value) -> Value {
    json!({"name": location, "location": location, "properties": {"zoneRedundancy": zones}})
}

#[test]
fn zones_and_regions() {
    let mut notes = Notebook::default();
    let rule = "zone-redundant";
    let spread = || property("zoneRedundancy", json!("Enabled"));
    let permission = "Microsoft.ContainerRegistry/registries/replications/read";
    notes.see(
        rule,
        "everywhere",
        &spread().with(|e| e.replications = list([replica("westeurope", json!("Enabled"))])),
        Pass,
    );
    notes.see(
        rule,
        "replica is not",
        &spread().with(|e| e.replications = list([replica("westeurope", json!("Disabled"))])),
        Fail,
    );
    notes.see(
        rule,
        "home is not, as a replication",
        &spread().with(|e| e.replications = list([replica("North Europe", json!("Disabled"))])),
        Fail,
    );
    notes.see(
        rule,
        "absent on one replica, off on another",
        &spread()
            .with(|e| e.replications = list([replica("westus", json!(null)), replica("eastus", json!("Disabled"))])),
        Fail,
    );
    notes.see(rule, "home is not", &bench(json!({})), Fail);
    notes.see(
        rule,
        "replications refused",
        &spread().with(|e| e.replications = refused(permission)),
        Unknown,
    );
    notes.see(rule, "absent", &property("zoneRedundancy", json!(null)), Unknown);
    notes.see(
        rule,
        "absent on a replica",
        &spread().with(|e| e.replications = list([replica("westeurope", json!(null))])),
        Unknown,
    );
    let basic = bench(json!({"sku": {"name": "Basic"}, "properties": {"zoneRedundancy": "Enabled"}}));
    notes.see(rule, "basic has no replications to read", &basic, Pass);

    let rule = "geo-replicated";
    notes.see(
        rule,
        "two regions",
        &bench(json!({})).with(|e| e.replications = list([replica("West Europe", json!("Enabled"))])),
        Pass,
    );
    notes.see(
        rule,
        "home only",
        &bench(json!({})).with(|e| e.replications = list([replica("North Europe", json!("Enabled"))])),
        Fail,
    );
    notes.see(
        rule,
        "refused",
        &bench(json!({})).with(|e| e.replications = refused(permission)),
        Unknown,
    );
    notes.see(rule, "standard", &of_sku("Standard"), NotApplicable);
    notes.keep("regions");
}

#[test]
fn sku_and_usage() {
    let mut notes = Notebook::default();
    let rule = "sku-not-basic";
    notes.see(rule, "standard", &of_sku("standard"), Pass);
    notes.see(rule, "basic", &of_sku("Basic"), Fail);
    notes.see(rule, "new", &of_sku("Ultra"), Unknown);

    let rule = "usage-below-90-percent";
    let used = |size: Value, limit: Value| {
        bench(json!({})).with(|e| {
            e.usages = list([
                json!({"name": "Webhooks", "limit": 2, "currentValue": 2}),
                json!({"name": "Size", "limit": limit, "currentValue": size}),
            ]);
        })
    };
    notes.see(rule, "exactly 90", &used(json!(90), json!(100)), Pass);
    notes.see(rule, "91", &used(json!(91), json!(100)), Fail);
    notes.see(rule, "no limit", &used(json!(91), json!(0)), Unknown);
    notes.see(
        rule,
        "refused",
        &bench(json!({})).with(|e| e.usages = refused("Microsoft.ContainerRegistry/registries/listUsages/read")),
        Unknown,
    );
    notes.keep("capacity");
}
