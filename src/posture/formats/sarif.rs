//! Findings as SARIF 2.1.0, the format of code scanning.
//!
//! A registry is no file, so that locations are logical: the ARM id. Unknown is `open`: evaluated, without an answer.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::rule::{RULES, Rule};
use super::super::verdict::{Finding, Severity, Verdict};
use super::{fingerprint, registry_name, rule_of, sorted, timestamp};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log with one run. All rules are listed, so that a rule that was off can be told from one that does not exist.
pub fn document(findings: &[Finding], at: OffsetDateTime) -> Value {
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "acr-inventory",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": RULES.iter().map(descriptor).collect::<Vec<_>>(),
            }},
            "invocations": [{"executionSuccessful": true, "endTimeUtc": timestamp(at)}],
            "results": sorted(findings).into_iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.docs},
        "help": {"text": format!("Passes when {}.", rule.passes_when.replace('`', ""))},
        "defaultConfiguration": {"enabled": !rule.contested, "level": level(rule.severity)},
        "properties": {
            "tags": ["azure-container-registry", rule.category.as_str()],
            "severity": rule.severity.as_str(),
            "security-severity": security_severity(rule.severity),
        },
    })
}

fn result(finding: &Finding) -> Value {
    let kind = kind(finding.verdict);
    let mut result = json!({
        "ruleId": finding.rule,
        "kind": kind,
        // The specification wants `none` for everything that is not a failure.
        "level": if kind == "fail" { level(finding.severity) } else { "none" },
        "message": {"text": finding.sentence},
        "locations": [{"logicalLocations": [{
            "name": registry_name(&finding.resource_id),
            "fullyQualifiedName": finding.resource_id,
            "kind": "resource",
        }]}],
        "fingerprints": {"ruleAndRegistry/v1": fingerprint(finding)},
        "properties": {
            "verdict": finding.verdict,
            "severity": finding.severity,
            "evidence": finding.evidence,
            "apiVersion": finding.api_version,
            "missingPermission": finding.missing_permission,
            "remediation": finding.remediation,
        },
    });
    let index = rule_of(finding).and_then(|rule| RULES.iter().position(|known| known.id == rule.id));
    if let (Some(index), Some(result)) = (index, result.as_object_mut()) {
        result.insert("ruleIndex".to_owned(), index.into());
    }
    result
}

fn kind(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::NotApplicable => "notApplicable",
        Verdict::Unknown => "open",
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "note",
    }
}

/// The number that code scanning sorts by, in the middle of the range each word has there.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Informational => "0.0",
    }
}
