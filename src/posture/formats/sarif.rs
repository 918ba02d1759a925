//! Findings as SARIF 2.1.0, the format of code scanning.
//!
//! Code scanning makes an alert of every result, at a file: a registry is none, so that its ARM id stands for a path.
//! What it takes: <https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support>

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::super::rule::{RULES, Rule};
use super::super::verdict::{Finding, Severity, Verdict};
use super::super::waiver::Waiver;
use super::{fingerprint, registry_name, rule_of, sorted, timestamp};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Of a run, code scanning shows so many results; it takes 25,000.
const SHOWN: usize = 5_000;
/// Runs that a large organisation is spread over; code scanning takes 20 in a file.
const RUNS: [u8; 5] = [1, 2, 4, 8, 16];
/// Evidence that is larger, in bytes of JSON, is left to the other formats: a file may have 10 MB, compressed.
const EVIDENCE: usize = 2_048;

/// Which findings become results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Those that ask for something to be done.
    Failures,
    /// Every verdict, each with its kind: `fail`, `pass`, `notApplicable`, or `open` for unknown. Code scanning would show
    /// them all as alerts.
    All,
}

/// The log. One run, or several that each have a category of their own when there is more than code scanning shows of
/// one; a registry stays in its run as long as their number stays.
pub fn document(findings: &[Finding], at: OffsetDateTime, wanted: Wanted) -> Value {
    let mut findings = sorted(findings);
    findings.retain(|finding| wanted == Wanted::All || finding.verdict == Verdict::Fail);
    // The specification wants them on every result or on none; on none, nothing is said of suppression.
    let with_suppressions = findings.iter().any(|finding| finding.is_waived());
    let place = |finding: &Finding, runs: u8| {
        hash(&finding.resource_id.to_ascii_lowercase())
            .first()
            .copied()
            .unwrap_or_default()
            % runs
    };
    let is_enough = |runs: &u8| {
        let mut sizes = [0; 16];
        for finding in &findings {
            if let Some(size) = sizes.get_mut(usize::from(place(finding, *runs))) {
                *size += 1;
            }
        }
        sizes.iter().all(|size| *size <= SHOWN)
    };
    let runs = RUNS.into_iter().find(is_enough).unwrap_or(16);
    let of_run = |number: u8| {
        let results = findings.iter().filter(|finding| place(finding, runs) == number);
        let category = match runs {
            1 => "acr-inventory/".to_owned(),
            runs => format!("acr-inventory/{}-of-{runs}/", number + 1),
        };
        run(
            &category,
            results.map(|finding| result(finding, with_suppressions)).collect(),
            at,
        )
    };
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": (0..runs).map(of_run).collect::<Vec<_>>(),
    })
}

/// All rules are listed, so that a rule that was off can be told from one that does not exist.
fn run(category: &str, results: Vec<Value>, at: OffsetDateTime) -> Value {
    json!({
        "tool": {"driver": {
            "name": "acr-inventory",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": RULES.iter().map(descriptor).collect::<Vec<_>>(),
        }},
        "automationDetails": {"id": category},
        "invocations": [{"executionSuccessful": true, "endTimeUtc": timestamp(at)}],
        "results": results,
    })
}

fn descriptor(rule: &Rule) -> Value {
    let passes = format!("Passes when {}.", rule.passes_when);
    json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.docs},
        "help": {
            "text": format!("{} {}", rule.docs, passes.replace('`', "")),
            "markdown": format!("{}\n\n{passes}", rule.docs),
        },
        "defaultConfiguration": {"enabled": !rule.contested, "level": level(rule.severity)},
        "properties": {
            // The first makes code scanning heed the number below.
            "tags": ["security", "azure-container-registry", rule.category.as_str()],
            "precision": "very-high",
            "severity": rule.severity.as_str(),
            "security-severity": security_severity(rule.severity),
        },
    })
}

fn result(finding: &Finding, with_suppressions: bool) -> Value {
    let kind = kind(finding.verdict);
    let evidence = finding.evidence.to_string();
    let mut result = json!({
        "ruleId": finding.rule,
        "kind": kind,
        // The specification wants `none` for everything that is not a failure.
        "level": if kind == "fail" { level(finding.severity) } else { "none" },
        "message": {"text": finding.sentence},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": path(&finding.resource_id)},
                "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
            },
            "logicalLocations": [{
                "name": registry_name(&finding.resource_id),
                "fullyQualifiedName": finding.resource_id,
                "kind": "resource",
            }],
        }],
        // The first is the one that code scanning goes by; it has a line's number behind a colon.
        "partialFingerprints": {
            "primaryLocationLineHash": format!("{}:1", hex(&hash(&fingerprint(finding)))),
            "ruleAndRegistry/v1": fingerprint(finding),
        },
        "properties": {
            "verdict": finding.verdict,
            "severity": finding.severity,
            "evidence": if evidence.len() <= EVIDENCE { finding.evidence.clone() } else { json!("too long for this format") },
            "apiVersion": finding.api_version,
            "missingPermission": finding.missing_permission,
            "remediation": finding.remediation,
        },
    });
    let index = rule_of(finding).and_then(|rule| RULES.iter().position(|known| known.id == rule.id));
    if let (Some(index), Some(result)) = (index, result.as_object_mut()) {
        result.insert("ruleIndex".to_owned(), index.into());
    }
    if let (true, Some(result)) = (with_suppressions, result.as_object_mut()) {
        let all: Vec<Value> = finding.waivers.iter().map(suppression).collect();
        result.insert("suppressions".to_owned(), all.into());
    }
    result
}

/// Accepted outside of what was looked at. Code scanning passes over it and shows the alert; others hide the result.
fn suppression(waiver: &Waiver) -> Value {
    json!({
        "kind": "external",
        "status": "accepted",
        "justification": waiver.reason,
        "properties": {
            "owner": waiver.owner, "expires": waiver.expires,
            "registry": waiver.registry, "repository": waiver.repository,
        },
    })
}

/// An ARM id as a relative path, the same however ARM spells it. What was never found has its login server only.
fn path(resource_id: &str) -> String {
    let mut path = String::new();
    for byte in resource_id.trim_start_matches('/').to_lowercase().bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => path.push(byte.into()),
            byte => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The first half, which is enough to tell results apart.
fn hex(hash: &[u8; 32]) -> String {
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
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
        // Nought is outside of every range.
        Severity::Informational => "0.1",
    }
}
