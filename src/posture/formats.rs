//! Findings as others want them. Every format takes the findings of any number of registries and the time of the audit,
//! and lists them in the same order.

pub mod csv;
pub mod json;
pub mod ocsf;
pub mod sarif;
pub mod table;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::rule::{RULES, Rule};
use super::verdict::Finding;

/// By registry, then in the order of the rules, so that the same findings always give the same bytes.
fn sorted(findings: &[Finding]) -> Vec<&Finding> {
    let place = |finding: &Finding| RULES.iter().position(|rule| rule.id == finding.rule);
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_cached_key(|finding| {
        (
            finding.resource_id.to_ascii_lowercase(),
            place(finding),
            finding.rule.clone(),
        )
    });
    sorted
}

/// RFC 3339 in UTC.
fn timestamp(at: OffsetDateTime) -> String {
    // The year of a real clock always formats; an empty text is better than a panic if it does not.
    at.to_offset(time::UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
}

/// The rule of a finding; none when the finding was written by a version that knew others.
fn rule_of(finding: &Finding) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == finding.rule)
}

/// The last segment of an ARM id.
fn registry_name(resource_id: &str) -> &str {
    resource_id.rsplit('/').next().unwrap_or(resource_id)
}

/// What stays the same while a finding is the same: rule and registry, whatever the verdict.
fn fingerprint(finding: &Finding) -> String {
    identity(&finding.rule, &finding.resource_id)
}

/// The same of a finding that is not at hand: an id of ARM means the same however it is spelled.
pub fn identity(rule: &str, resource_id: &str) -> String {
    format!("{rule}|{}", resource_id.to_ascii_lowercase())
}

/// The segment after a key of an ARM id, e.g. of `subscriptions`.
fn segment<'a>(resource_id: &'a str, key: &str) -> Option<&'a str> {
    let mut parts = resource_id.split('/');
    parts.find(|part| part.eq_ignore_ascii_case(key))?;
    parts.next()
}
