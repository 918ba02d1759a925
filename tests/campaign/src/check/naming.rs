//! Which blobs are named by which documents of a registry.

use std::collections::BTreeSet;

use serde_json::Value;
use simulator::blob::Blobs;

/// The blobs that a checkpoint names, in the registry's folder and in that of its state.
pub(super) fn of_checkpoint(server: &str, document: &Value) -> Vec<String> {
    let state = format!("v2/state/{server}");
    let carry = document.get("carry").into_iter();
    let carry = carry.map(|carry| format!("{state}/carry-{}.ndjson.gz", text(carry, "id")));
    let base = document.get("base").into_iter().map(|base| manifest_of(server, base));
    let content = ["lists", "later"]
        .into_iter()
        .flat_map(|kind| list(&document["content"], kind));
    let lines = list(document, "pending")
        .flat_map(|observation| list(observation, "segments"))
        .chain(content);
    let lines = lines.map(|lines| format!("{state}/lines-{}.ndjson", text(lines, "id")));
    let others = carry.chain(base).chain(lines);
    of_snapshot(server, document).into_iter().chain(others).collect()
}

/// The segments and packs that a manifest names, or a checkpoint so far.
pub(super) fn of_snapshot(server: &str, document: &Value) -> Vec<String> {
    let kinds = [("segments", "index"), ("packs", "packs")].into_iter();
    let named = kinds.flat_map(|(kind, folder)| {
        list(document, kind)
            .map(move |blob| format!("v2/registries/{server}/{folder}/{}.ndjson.gz", text(blob, "name")))
    });
    named.collect()
}

/// The manifests that a registry's documents point to: current and last complete snapshot, the one that was audited, the
/// base of the checkpoint.
pub(super) fn pointed(blobs: &Blobs, server: &str) -> BTreeSet<String> {
    let registry = document(blobs, &format!("v2/registries/{server}/registry.json"));
    let audit = document(blobs, &format!("v2/registries/{server}/audit.json"));
    let checkpoint = document(blobs, &format!("v2/state/{server}/refresh.json"));
    let pointers = [
        &registry["snapshot"],
        &registry["lastComplete"],
        &audit["snapshot"],
        &checkpoint["base"],
    ];
    let pointers = pointers.into_iter().filter(|pointer| pointer.is_object());
    pointers.map(|pointer| manifest_of(server, pointer)).collect()
}

/// A stored JSON document; null if it is not there.
pub(super) fn document(blobs: &Blobs, name: &str) -> Value {
    let content = blobs.get("inventory", name);
    content
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

/// The manifests of a registry that are there, in their order.
pub(super) fn manifests(blobs: &Blobs, server: &str) -> Vec<String> {
    blobs.list("inventory", &format!("v2/registries/{server}/snapshots/"))
}

fn manifest_of(server: &str, pointer: &Value) -> String {
    format!("v2/registries/{server}/snapshots/{}.json", text(pointer, "generation"))
}

fn list<'a>(document: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    document[key].as_array().into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or("").to_owned()
}
