//! Scope maps that no token uses.

use super::super::super::answer::{Answer, fail, pass};
use super::super::super::body::{is, name, text};
use super::super::super::case::Case;
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;

pub(in super::super::super) const SCOPE_MAPS: Rule = Rule {
    id: "scope-map-orphaned",
    title: "Every scope map is in use",
    severity: Severity::Low,
    category: Category::Credentials,
    contested: false,
    needs: &[Source::ScopeMaps, Source::Tokens],
    decided_by: "scope maps' properties.type; tokens' properties.scopeMapId",
    passes_when: "every user-defined scope map is the scope map of some token",
    not_applicable_when: "",
    unknown_when: "",
    docs: "A forgotten scope map waits for the next token, with permissions that nobody remembers granting.",
    evaluate: scope_maps,
};

fn scope_maps(case: &Case<'_>) -> Answer {
    let maps = case.list(Source::ScopeMaps)?;
    let own: Vec<_> = maps.items.iter().filter(|map| !is_of_the_service(map)).collect();
    if own.is_empty() {
        return pass(
            maps.quote().and("userDefined", 0),
            "There are no scope maps but the service's own.",
        );
    }
    let tokens = case.list(Source::Tokens)?;
    let used = |id: &str| {
        let of = |token| text(token, "properties.scopeMapId").is_some_and(|used| used.eq_ignore_ascii_case(id));
        tokens.items.iter().any(of)
    };
    let orphans: Vec<&str> = own
        .iter()
        .filter(|map| !text(map, "id").is_some_and(used))
        .map(|map| name(map))
        .collect();
    let quote = maps.quote().join(tokens.quote()).and("userDefined", own.len());
    let quote = quote.and("orphaned", orphans.clone());
    if orphans.is_empty() {
        return pass(quote, "Every scope map belongs to a token.");
    }
    let evidence = case.evidence;
    let delete = orphans
        .iter()
        .map(|orphan| evidence.acr_part("scope-map delete", orphan));
    let remediation = evidence.remedy(
        delete,
        "Repository permissions > Scope maps",
        "delete the scope maps that are not wanted",
    );
    fail(quote, "Some scope maps are used by no token.", remediation)
}

/// Maps that come with every registry. Older versions write the type as `IsSystemDefined`, or not at all.
fn is_of_the_service(map: &serde_json::Value) -> bool {
    match text(map, "properties.type") {
        None => name(map).starts_with('_'),
        Some(_) => is(map, "properties.type", "SystemDefined") || is(map, "properties.type", "IsSystemDefined"),
    }
}
