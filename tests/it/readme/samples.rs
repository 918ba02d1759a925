//! The samples of stored documents have the fields of the stored documents that the snapshots pin.

use std::collections::BTreeSet;

const PAGE: &str = "src/inventory/README.md";
/// What stands before a sample, and the snapshot of the same document.
const SAMPLES: [(&str, &str); 11] = [
    ("`registry.json`", "registry"),
    ("`audit.json`", "audit"),
    ("`repositories/scratch,lists.ndjson`", "repository"),
    ("`repositories/experiments/vision,content.ndjson`", "content"),
    ("`changes/", "changes"),
    ("`snapshots/", "snapshot-manifest"),
    ("A line of an index, unpacked", "snapshot-index"),
    ("`refresh.json`", "refresh"),
    ("`runs/0", "run"),
    ("`runs/current.json`", "run-current"),
    ("`quarantine/", "quarantine"),
];

/// The code block below the line that begins so.
fn sample<'a>(page: &'a str, title: &str) -> &'a str {
    let (_, after) = page.split_once("Samples, from the demo").expect("the samples");
    let (_, after) = after.split_once(&format!("\n{title}")).expect(title);
    let (_, block) = after.split_once("```json\n").expect(title);
    block.split_once("\n```").expect(title).0
}

/// Names of the fields of an object (of each, in lines of JSON), those inside of other objects left out.
fn fields(text: &str) -> BTreeSet<String> {
    let (mut depth, mut found) = (0, BTreeSet::new());
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            '"' => {
                let mut is_escaped = false;
                let end = rest.find(|(_, c)| {
                    let ends = *c == '"' && !is_escaped;
                    is_escaped = *c == '\\' && !is_escaped;
                    ends
                });
                let Some((end, _)) = end else { break };
                if depth == 1 && text[end + 1..].starts_with(':') {
                    found.insert(text[at + 1..end].to_owned());
                }
            }
            _ => {}
        }
    }
    found
}

/// What a sample has too much or too little.
fn differences(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (title, snapshot) in SAMPLES {
        let stored = super::read(&format!("tests/it/snapshots/{snapshot}.snap"));
        let (stored, shown) = (fields(&stored), fields(sample(page, title)));
        assert!(stored.len() > 2, "{snapshot}");
        let is_document = sample(page, title).starts_with("{\n");
        found.extend(shown.difference(&stored).map(|name| format!("{title} has no {name}")));
        // A line does not have every field that lines of its kind can have.
        if is_document {
            found.extend(stored.difference(&shown).map(|name| format!("{title} has {name}")));
        }
    }
    found
}

#[test]
fn samples_have_the_fields_of_stored_documents() {
    assert_eq!(differences(&super::read(PAGE)), Vec::<String>::new());
}

#[test]
fn wrong_samples_are_found() {
    let page = super::read(PAGE);
    let wrong = page
        .replace("\"openedAt\"", "\"openedOn\"")
        .replacen("\"digest\"", "\"hash\"", 1);
    assert!(wrong != page);
    assert_eq!(
        differences(&wrong),
        [
            "`repositories/scratch,lists.ndjson` has no hash",
            "`runs/0 has no openedOn",
            "`runs/0 has openedAt"
        ]
    );
}
