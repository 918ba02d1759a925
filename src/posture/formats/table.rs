//! Findings as rows of plain text, for whatever draws tables.

use super::super::verdict::Finding;
use super::{registry_name, sorted};

/// Names of the columns.
pub const HEADER: [&str; 5] = ["verdict", "severity", "rule", "registry", "why"];

/// One row a finding, in the order of [`HEADER`]. Control characters are replaced: names come from outside.
pub fn rows(findings: &[Finding]) -> Vec<[String; 5]> {
    let row = |finding: &Finding| {
        [
            finding.verdict.as_str().to_owned(),
            finding.severity.as_str().to_owned(),
            printable(&finding.rule),
            printable(registry_name(&finding.resource_id)),
            printable(&finding.sentence),
        ]
    };
    sorted(findings).into_iter().map(row).collect()
}

fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
