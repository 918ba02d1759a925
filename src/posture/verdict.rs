//! What a rule answers: a verdict, with what it rests on and what to do about it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::remediation::Remediation;
use super::waiver::Waiver;

/// The answer of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Fail,
    /// What decides it could not be read: refused, failed, or absent in the API version. Never counted as a pass.
    Unknown,
    Pass,
    /// The SKU or the mode cannot have it. Never counted as a failure.
    NotApplicable,
}

impl Verdict {
    /// The word used in documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// How much a failure matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Informational,
}

impl Severity {
    /// The word used in documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Informational => "informational",
        }
    }
}

/// The answer of one rule for one registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Id of the rule, e.g. `admin-user-disabled`.
    pub rule: String,
    pub verdict: Verdict,
    /// Of the rule, whatever the verdict; lower where what was found matters less.
    pub severity: Severity,
    /// ARM id of the registry.
    pub resource_id: String,
    /// The raw values that decided it, by property path; null where nothing could be read.
    pub evidence: Value,
    /// What the evidence was read with; several when several reads decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Why, in one sentence.
    pub sentence: String,
    /// Only on failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<Remediation>,
    /// Only on unknowns: what the identity lacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_permission: Option<String>,
    /// Why it is accepted for now; the verdict stays. Only in reports: what is stored is what was judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
}

impl Finding {
    /// Whether somebody has accepted it.
    pub fn is_waived(&self) -> bool {
        !self.waivers.is_empty()
    }
}
