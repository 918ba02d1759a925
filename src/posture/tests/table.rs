use std::collections::BTreeSet;

use super::super::audit::audit;
use super::super::document;
use super::super::profile::Profile;
use super::super::rule::RULES;
use super::bench::bench;

#[test]
fn ids_are_unique_and_texts_are_there() {
    let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!((ids.len(), RULES.len()), (44, 44));
    for rule in RULES {
        assert!(
            rule.id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            rule.id
        );
        assert!(
            !rule.needs.is_empty() && !rule.decided_by.is_empty() && !rule.passes_when.is_empty(),
            "{}",
            rule.id
        );
        assert!(rule.docs.ends_with('.') && !rule.title.ends_with('.'), "{}", rule.id);
    }
}

#[test]
fn profiles_turn_contested_rules_on() {
    let contested: Vec<_> = RULES.iter().filter(|rule| rule.contested).map(|rule| rule.id).collect();
    assert_eq!(
        contested,
        [
            "role-assignment-mode-abac",
            "trusted-services-bypass",
            "customer-managed-key",
            "quarantine",
            "geo-replicated",
            "sku-not-basic"
        ]
    );
    let count = |name: &str| {
        let mut bench = bench(serde_json::json!({}));
        bench.profile = Profile::named(name).unwrap();
        audit(&bench.case()).len()
    };
    assert_eq!(Profile::NAMES.map(count), [38, 44, 39, 39]);
    assert_eq!(Profile::named("lax"), None);
}

#[test]
fn document_has_a_row_for_every_rule() {
    let table = document::table();
    assert_eq!(table.lines().count(), RULES.len() + 2);
    insta::assert_snapshot!("document", table);
}
