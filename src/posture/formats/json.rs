//! Findings as JSON, in one document or one a line.

use serde::Serialize;
use time::OffsetDateTime;

use super::super::verdict::Finding;
use super::{sorted, timestamp};

/// The document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    /// RFC 3339, UTC.
    audited_at: String,
    findings: Vec<&'a Finding>,
}

/// A line: the finding with the time, because lines get separated.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    audited_at: &'a str,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// One indented document with a final newline.
///
/// # Errors
/// When a value cannot be written as JSON, which findings always can.
pub fn document(findings: &[Finding], at: OffsetDateTime) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Document {
        schema_version: 1,
        audited_at: timestamp(at),
        findings: sorted(findings),
    })?;
    text.push('\n');
    Ok(text)
}

/// One finding a line (NDJSON).
///
/// # Errors
/// When a value cannot be written as JSON, which findings always can.
pub fn lines(findings: &[Finding], at: OffsetDateTime) -> Result<String, serde_json::Error> {
    let audited_at = timestamp(at);
    let mut text = String::new();
    for finding in sorted(findings) {
        text.push_str(&serde_json::to_string(&Line {
            audited_at: &audited_at,
            finding,
        })?);
        text.push('\n');
    }
    Ok(text)
}
