//! The table of rules for the README beside it, made from the rules themselves.

use std::fmt::Write as _;

use super::rule::{RULES, Rule};

/// A Markdown table, one row a rule. Contested rules are off unless the profile turns them on.
pub fn table() -> String {
    let mut text =
        String::from("| Rule | Passes when | Severity | Not applicable when | Unknown when |\n|---|---|---|---|---|\n");
    for rule in RULES {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| `{}`{} | {} | {} | {} | {} |",
            rule.id,
            if rule.contested { " (contested)" } else { "" },
            cell(rule.passes_when),
            rule.severity.as_str(),
            cell(or_dash(rule.not_applicable_when)),
            cell(&unknown_when(rule)),
        );
    }
    text
}

/// What the rule stands on, and what else leaves it open.
fn unknown_when(rule: &Rule) -> String {
    let reads: Vec<&str> = rule.needs.iter().map(|source| source.name()).collect();
    let reads = format!("{} cannot be read", reads.join(" or "));
    match rule.unknown_when {
        "" => reads,
        more => format!("{reads}; {more}"),
    }
}

fn or_dash(text: &'static str) -> &'static str {
    if text.is_empty() { "–" } else { text }
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', r"\|")
}
