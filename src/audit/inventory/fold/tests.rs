//! Lines of a snapshot, summed up.

use serde_json::{Value, json};

use super::Fold;
use crate::audit::inventory::line::Line;
use crate::posture::inventory_summary::InventorySummary;

fn digest(n: u8) -> String {
    format!("sha256:{}", format!("{n:02x}").repeat(32))
}

fn repository(name: &str) -> Value {
    json!({"kind": "repository", "schemaVersion": 1, "loginServer": "contoso.azurecr.io", "repository": name, "observedAt": "2026-11-22T12:00:00Z"})
}

fn manifest(n: u8, config: &str, write: bool) -> Value {
    // As little as a registry may say of it.
    json!({"kind": "manifest", "digest": digest(n), "configMediaType": config, "changeableAttributes": {"writeEnabled": write}})
}

fn tag(name: &str, n: u8, write: bool) -> Value {
    json!({"kind": "tag", "name": name, "digest": digest(n), "changeableAttributes": {"writeEnabled": write}})
}

fn sum(lines: &[Value]) -> InventorySummary {
    let mut fold = Fold::new(&["v*".to_owned()]);
    for line in lines {
        // The kind comes first in every stored line.
        let mut text = format!("{{\"kind\":{}", line["kind"]);
        for (key, value) in line.as_object().unwrap().iter().filter(|(key, _)| *key != "kind") {
            text.push_str(&format!(",\"{key}\":{value}"));
        }
        fold.line(Line::parse(format!("{text}}}\n").as_bytes()).unwrap());
    }
    fold.finish(true)
}

#[test]
fn locks_and_signatures_are_counted() {
    const IMAGE: &str = "application/vnd.oci.image.config.v1+json";
    let signature = format!("sha256-{}.sig", "01".repeat(32));
    let summary = sum(&[
        repository("app"),
        manifest(1, IMAGE, true),
        manifest(2, IMAGE, false),
        manifest(3, "application/vnd.cncf.notary.signature", true),
        manifest(4, IMAGE, true),
        tag("latest", 1, true),
        tag(&signature, 4, true),
        tag("v1", 1, true),
        tag("v2", 2, true),
        tag("v3", 1, false),
        repository("other"),
        manifest(1, IMAGE, true),
        tag("v1", 1, true),
    ]);
    assert_eq!(
        (summary.production_tags.locked, summary.production_tags.unlocked),
        (2, 2)
    );
    assert_eq!(summary.production_tags.unlocked_examples, ["app:v1", "other:v1"]);
    // A signature in one repository says nothing of the same image in another.
    assert_eq!(
        (
            summary.tagged_images,
            summary.signed_images,
            summary.unattributed_signatures
        ),
        (3, 1, 1)
    );
    assert_eq!(summary.unsigned_examples, ["app:v2", "other:v1"]);
}

#[test]
fn a_line_of_an_unknown_form_is_an_error() {
    assert!(Line::parse(b"{\"kind\":\"surprise\"}\n").is_err());
}
