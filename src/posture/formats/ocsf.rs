//! Findings as events of the Open Cybersecurity Schema Framework: Compliance Finding (class 2003) with the profile `cloud`.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::rule::Category;
use super::super::verdict::{Finding, Severity, Verdict};
use super::super::waiver::Waiver;
use super::{fingerprint, registry_name, rule_of, segment, sorted, timestamp};

/// The version of the schema.
pub const SCHEMA_VERSION: &str = "1.5.0";
const PRODUCT: &str = "acr-inventory";
/// Create: the audit reports what it found; following a finding through time is the receiver's part.
const ACTIVITY_CREATE: u64 = 1;
const COMPLIANCE_FINDING: u64 = 2003;

/// One event a finding.
pub fn events(findings: &[Finding], at: OffsetDateTime) -> Vec<Value> {
    sorted(findings).into_iter().map(|finding| event(finding, at)).collect()
}

fn event(finding: &Finding, at: OffsetDateTime) -> Value {
    let rule = rule_of(finding);
    let title = rule.map_or(finding.rule.as_str(), |rule| rule.title);
    let millis = i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    let (status_id, status) = status(finding.verdict);
    let (state_id, state) = state(finding);
    let (severity_id, severity) = severity(finding);
    let subscription = segment(&finding.resource_id, "subscriptions");
    let mut event = json!({
        "activity_id": ACTIVITY_CREATE,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": COMPLIANCE_FINDING,
        "class_name": "Compliance Finding",
        "type_uid": COMPLIANCE_FINDING * 100 + ACTIVITY_CREATE,
        "type_name": "Compliance Finding: Create",
        "time": millis,
        "time_dt": timestamp(at),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": state_id,
        "status": state,
        "status_code": finding.verdict,
        "status_detail": finding.sentence,
        "message": finding.sentence,
        "metadata": {
            "version": SCHEMA_VERSION,
            "profiles": ["cloud", "datetime"],
            "event_code": finding.rule,
            "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": env!("CARGO_PKG_VERSION")},
        },
        "cloud": {"provider": "Azure", "account": {"uid": subscription, "type_id": 99, "type": "Azure Subscription"}},
        "finding_info": {
            "uid": fingerprint(finding),
            "title": title,
            "desc": finding.sentence,
            "created_time": millis,
            "types": rule.map(|rule| rule.category).map(Category::as_str).into_iter().collect::<Vec<_>>(),
            "analytic": {"uid": finding.rule, "name": title, "type_id": 1, "type": "Rule"},
        },
        "compliance": {
            "control": finding.rule,
            "desc": rule.map(|rule| rule.docs),
            "standards": ["acr-inventory registry posture"],
            "status_id": status_id,
            "status": status,
        },
        "resources": [{
            "uid": finding.resource_id,
            "name": registry_name(&finding.resource_id),
            "type": "Microsoft.ContainerRegistry/registries",
            "group": segment(&finding.resource_id, "resourceGroups").map(|group| json!({"name": group})),
            "data": {"evidence": finding.evidence},
        }],
        "unmapped": {
            "verdict": finding.verdict,
            "rule_severity": finding.severity,
            "api_version": finding.api_version,
            "missing_permission": finding.missing_permission,
            "waivers": finding.is_waived().then_some(&finding.waivers),
        },
    });
    if let (true, Some(event)) = (finding.is_waived(), event.as_object_mut()) {
        let words: Vec<String> = finding.waivers.iter().map(Waiver::in_words).collect();
        event.insert("comment".to_owned(), words.join("; ").into());
    }
    if let (Some(remediation), Some(event)) = (&finding.remediation, event.as_object_mut()) {
        let desc = format!("{}\n{}", remediation.portal, remediation.az.join("\n"));
        event.insert("remediation".to_owned(), json!({"desc": desc.trim_end()}));
    }
    event
}

/// `status_id`: what became of it among people. What is accepted is Suppressed.
fn state(finding: &Finding) -> (u64, &'static str) {
    match finding.is_waived() {
        true => (3, "Suppressed"),
        false => (1, "New"),
    }
}

/// `compliance.status_id`. Warning is the schema's word for a check without a result for want of information.
fn status(verdict: Verdict) -> (u64, &'static str) {
    match verdict {
        Verdict::Pass => (1, "Pass"),
        Verdict::Unknown => (2, "Warning"),
        Verdict::Fail => (3, "Fail"),
        Verdict::NotApplicable => (99, "Not Applicable"),
    }
}

/// `severity_id`: the rule's own on failures; anything else asks for no action.
fn severity(finding: &Finding) -> (u64, &'static str) {
    if finding.verdict != Verdict::Fail {
        return (1, "Informational");
    }
    match finding.severity {
        Severity::Informational => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}
