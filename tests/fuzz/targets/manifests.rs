//! A page of manifests, an index's children, and a repository's attributes: every record that comes out can be
//! stored, and is read back as it was.
#![no_main]

use acr_inventory::azure::acr::wire::{parse_attributes, parse_index, parse_manifests};
use acr_inventory::inventory::repository::{LineKind, ManifestRecord};
use acr_inventory_fuzz::{fixed, in_order, repository, split_line, stored_and_read, stored_line};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

// First line: the cursor that was asked with, if any. The rest: the body.
fuzz_target!(|data: &[u8]| {
    let Some((last, body)) = split_line(data) else { return };
    if let Ok(attributes) = parse_attributes(body, &repository()) {
        fixed(&attributes);
    }
    // Numbers that only a skipped field holds may be larger than the oracle takes.
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    if let Ok(children) = parse_index(body) {
        children.iter().for_each(|child| fixed(child));
    }
    let Ok((manifests, problems)) = parse_manifests(body, &repository(), last) else {
        return;
    };
    in_order(last, manifests.iter().map(|(manifest, _)| manifest.digest.as_str()));
    let listed = value["manifests"].as_array().map_or(0, Vec::len);
    // A tag that a manifest names may be a problem of its own.
    assert!(
        manifests.len() as u64 + problems.count >= listed as u64,
        "a manifest was lost"
    );
    for (manifest, _) in &manifests {
        let key = format!("{{\"kind\":\"manifest\",\"digest\":\"{}\"", manifest.digest);
        stored_line(manifest, LineKind::Manifest, &key);
    }
    let manifests: Vec<ManifestRecord> = manifests.into_iter().map(|(manifest, _)| manifest).collect();
    stored_and_read(manifests, Vec::new());
});
