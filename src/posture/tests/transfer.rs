use serde_json::json;

use super::super::verdict::Verdict::{Fail, NotApplicable, Pass, Unknown};
use super::bench::{Bench, Notebook, bench, list, of_sku, refused};

fn exporting(status: serde_json::Value, public: &str) -> Bench {
    bench(json!({"properties": {"publicNetworkAccess": public, "policies": {"exportPolicy": {"status": status}}}}))
}

#[test]
fn exports() {
    let rule = "export-disabled";
    let mut notes = Notebook::default();
    notes.see(rule, "off and closed", &exporting(json!("disabled"), "Disabled"), Pass);
    notes.see(rule, "on", &exporting(json!("enabled"), "Disabled"), Fail);
    notes.see(rule, "off but open", &exporting(json!("disabled"), "Enabled"), Fail);
    notes.see(rule, "closed, absent", &exporting(json!(null), "Disabled"), Unknown);
    notes.see(rule, "open, absent", &exporting(json!(null), "Enabled"), Fail);
    notes.see(rule, "basic", &of_sku("Basic"), NotApplicable);
    notes.keep("export");
}

#[test]
fn pipelines() {
    let rule = "transfer-pipelines-absent";
    let mut notes = Notebook::default();
    let none = || {
        bench(json!({})).with(|e| {
            e.export_pipelines = list([]);
            e.import_pipelines = list([]);
            e.connected_registries = list([]);
        })
    };
    let one = |name: &str| list([json!({"id": format!("/x/{name}"), "name": name, "properties": {}})]);
    notes.see(rule, "none", &none(), Pass);
    notes.see(
        rule,
        "one of each",
        &none().with(|e| {
            e.export_pipelines = one("out");
            e.import_pipelines = one("in");
            e.connected_registries = one("ship");
        }),
        Fail,
    );
    let mut wanted = none().with(|e| e.connected_registries = one("ship"));
    wanted.profile.allowed_transfers.insert("ship".to_owned());
    notes.see(rule, "allow-listed", &wanted, Pass);
    let permission = "Microsoft.ContainerRegistry/registries/exportPipelines/read";
    notes.see(
        rule,
        "refused",
        &none().with(|e| e.export_pipelines = refused(permission)),
        Unknown,
    );
    let still = none().with(|e| (e.export_pipelines, e.import_pipelines) = (refused(permission), one("in")));
    notes.see(rule, "refused, another found", &still, Fail);
    notes.keep("pipelines");
}
