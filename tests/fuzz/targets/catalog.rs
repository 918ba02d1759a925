//! A page of the catalog: names in order, each of the grammar, none lost without a problem.
#![no_main]

use acr_inventory::azure::acr::wire::parse_catalog;
use acr_inventory::inventory::problem_code::ProblemCode;
use acr_inventory::names::RepositoryName;
use acr_inventory_fuzz::{in_order, split_line};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

// First line: the cursor that was asked with, if any. The rest: the body.
fuzz_target!(|data: &[u8]| {
    let Some((last, body)) = split_line(data) else { return };
    let Ok((names, problems)) = parse_catalog(body, last) else {
        return;
    };
    in_order(last, names.iter().map(RepositoryName::as_str));
    // Numbers that only a skipped field holds may be larger than the oracle takes.
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let listed = value["repositories"].as_array().map_or(0, Vec::len);
    assert_eq!(names.len() as u64 + problems.count, listed as u64, "a name was lost");
    assert!(problems.first.iter().all(|problem| {
        (problem.code == ProblemCode::InvalidName || problem.code == ProblemCode::RepeatedItem)
            && problem.message.chars().count() <= 512
    }));
    let page = json!({ "repositories": names }).to_string();
    let (again, problems) = parse_catalog(page.as_bytes(), last).expect("our own page is one");
    assert!(again == names && problems.count == 0);
});
