//! All rules over one registry.

use super::case::Case;
use super::profile::Profile;
use super::rule::{RULES, Rule};
use super::verdict::Finding;

/// The findings of every rule that the profile has on, in the order of [`RULES`].
pub fn audit(case: &Case<'_>) -> Vec<Finding> {
    RULES
        .iter()
        .filter(|rule| applies(rule, case.profile))
        .map(|rule| judge(rule, case))
        .collect()
}

/// Whether a profile has a rule on.
pub fn applies(rule: &Rule, profile: &Profile) -> bool {
    !rule.contested || profile.contested.contains(rule.id)
}

/// The finding of one rule, whether the profile has it on or not.
pub fn judge(rule: &Rule, case: &Case<'_>) -> Finding {
    let outcome = (rule.evaluate)(case).unwrap_or_else(|early| *early);
    Finding {
        rule: rule.id.to_owned(),
        verdict: outcome.verdict,
        severity: outcome.severity.unwrap_or(rule.severity),
        resource_id: case.evidence.registry_id.clone(),
        evidence: outcome.evidence,
        api_version: outcome.api_version,
        sentence: outcome.sentence,
        remediation: outcome.remediation,
        missing_permission: outcome.missing_permission,
        waivers: Vec::new(),
    }
}
