//! Findings as CSV (RFC 4180), safe to open in a spreadsheet.

use std::borrow::Cow;

use time::OffsetDateTime;

use super::super::verdict::Finding;
use super::super::waiver::Waiver;
use super::{registry_name, sorted, timestamp};

/// Names of the columns.
pub const HEADER: [&str; 14] = [
    "audited_at",
    "registry",
    "resource_id",
    "rule",
    "verdict",
    "severity",
    "sentence",
    "evidence",
    "api_version",
    "az",
    "portal",
    "missing_permission",
    "fingerprint",
    "waived",
];

/// A header and one record a finding.
///
/// # Errors
/// When a record cannot be written to memory, which does not happen.
pub fn document(findings: &[Finding], at: OffsetDateTime) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(HEADER)?;
    let audited_at = timestamp(at);
    for finding in sorted(findings) {
        let remediation = finding.remediation.as_ref();
        let az = remediation
            .map(|remediation| remediation.az.join("\n"))
            .unwrap_or_default();
        let waived: Vec<String> = finding.waivers.iter().map(Waiver::in_words).collect();
        let cells: [&str; 14] = [
            &audited_at,
            registry_name(&finding.resource_id),
            &finding.resource_id,
            &finding.rule,
            finding.verdict.as_str(),
            finding.severity.as_str(),
            &finding.sentence,
            &finding.evidence.to_string(),
            finding.api_version.as_deref().unwrap_or_default(),
            &az,
            remediation
                .map(|remediation| remediation.portal.as_str())
                .unwrap_or_default(),
            finding.missing_permission.as_deref().unwrap_or_default(),
            &super::fingerprint(finding),
            &waived.join("; "),
        ];
        writer.write_record(cells.map(|cell| inert(cell).into_owned()))?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

/// A cell that no spreadsheet takes for a formula: those that begin like one get a leading apostrophe.
fn inert(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn cells_that_begin_like_a_formula_are_disarmed() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(inert(cell), format!("'{cell}"));
        }
        for cell in ["", "a=1", "2026-11-22", "'=1"] {
            assert_eq!(inert(cell), cell);
        }
    }
}
