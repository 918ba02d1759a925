use serde_json::json;

use super::super::verdict::Verdict::{Fail, NotApplicable, Pass, Unknown};
use super::bench::{Notebook, bench, of_sku, property};

#[test]
fn customer_keys() {
    let mut notes = Notebook::default();
    let rule = "customer-managed-key";
    notes.see(
        rule,
        "enabled",
        &property("encryption", json!({"status": "enabled"})),
        Pass,
    );
    notes.see(rule, "disabled", &bench(json!({})), Fail);
    notes.see(rule, "absent", &property("encryption", json!(null)), Unknown);
    notes.see(rule, "standard", &of_sku("Standard"), NotApplicable);

    let rule = "key-rotation-automatic";
    let key = |rotates| {
        let key = "https://lagoon-keys.vault.azure.net/keys/images/0123456789abcdef0123456789abcdef";
        property(
            "encryption",
            json!({"status": "enabled", "keyVaultProperties": {"keyIdentifier": key, "keyRotationEnabled": rotates}}),
        )
    };
    notes.see(rule, "automatic", &key(json!(true)), Pass);
    notes.see(rule, "bound to a version", &key(json!(false)), Fail);
    notes.see(rule, "absent", &key(json!(null)), Unknown);
    notes.see(rule, "no customer key", &bench(json!({})), NotApplicable);
    notes.see(rule, "basic", &of_sku("Basic"), NotApplicable);
    notes.keep("encryption");
}
