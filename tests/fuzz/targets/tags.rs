//! A page of tags: every record that comes out can be stored, and is read back as it was.
#![no_main]

use acr_inventory::azure::acr::wire::parse_tags;
use acr_inventory::inventory::repository::LineKind;
use acr_inventory_fuzz::{in_order, repository, split_line, stored_and_read, stored_line};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

// First line: the cursor that was asked with, if any. The rest: the body.
fuzz_target!(|data: &[u8]| {
    let Some((last, body)) = split_line(data) else { return };
    let Ok((tags, problems)) = parse_tags(body, &repository(), last) else {
        return;
    };
    in_order(last, tags.iter().map(|tag| tag.name.as_str()));
    // Numbers that only a skipped field holds may be larger than the oracle takes.
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let listed = value["tags"].as_array().map_or(0, Vec::len);
    assert_eq!(tags.len() as u64 + problems.count, listed as u64, "a tag was lost");
    for tag in &tags {
        stored_line(
            tag,
            LineKind::Tag,
            &format!("{{\"kind\":\"tag\",\"name\":\"{}\"", tag.name),
        );
    }
    stored_and_read(Vec::new(), tags);
});
