//! Findings as rows of plain text, for whatever draws tables.

use super::super::verdict::{Finding, Verdict};
use super::{registry_name, sorted};

/// Which findings become rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// What somebody has to look at: failures that are not waived, and what is not known.
    Open,
    All,
}

/// One row a finding, with the finding it is of: verdict, severity, rule, registry, and why. Worst first, what is waived
/// after what is not. Control characters are replaced: names come from outside.
pub fn rows(findings: &[Finding], wanted: Rows) -> Vec<(&Finding, [String; 5])> {
    let mut findings = sorted(findings);
    let is_open = |finding: &Finding| {
        let is_bad = matches!(finding.verdict, Verdict::Fail | Verdict::Unknown);
        is_bad && !finding.is_waived()
    };
    findings.retain(|finding| wanted == Rows::All || is_open(finding));
    findings.sort_by_key(|finding| (finding.verdict, finding.is_waived(), finding.severity));
    let row = |finding: &Finding| {
        let verdict = finding.verdict.as_str();
        [
            if finding.is_waived() {
                format!("{verdict}, waived")
            } else {
                verdict.to_owned()
            },
            finding.severity.as_str().to_owned(),
            printable(&finding.rule),
            printable(registry_name(&finding.resource_id)),
            printable(&finding.sentence),
        ]
    };
    findings.into_iter().map(|finding| (finding, row(finding))).collect()
}

fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
