//! What an organisation accepts for a while: a finding that is waived keeps its verdict and carries why.

mod file;

use globset::GlobMatcher;
use serde::{Deserialize, Serialize};

pub use file::{WaiverError, parse};

use super::verdict::{Finding, Verdict};

/// A waiver as findings carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiver {
    /// Pattern of the registries that it is for, as written.
    pub registry: String,
    /// Pattern of the repositories that it is for, as written; absent: it is for the registry as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it counts, UTC, e.g. `2026-12-31`.
    pub expires: String,
}

impl Waiver {
    /// In one line, for people.
    pub fn in_words(&self) -> String {
        format!("{} ({}, until {})", self.reason, self.owner, self.expires)
    }
}

/// A waiver as its file has it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Which one of the file, from 1.
    pub number: usize,
    /// Where it begins, from 1.
    pub line: usize,
    /// Id of the rule.
    pub rule: String,
    pub waiver: Waiver,
    registry: GlobMatcher,
    repository: Option<GlobMatcher>,
}

impl Entry {
    /// Whether it is for findings like this one, of the registry with this login server: by the rule, and by the
    /// registry's name, login server or ARM id, without regard to case.
    pub fn is_for(&self, finding: &Finding, login_server: &str) -> bool {
        let id = &finding.resource_id;
        let name = id.rsplit('/').next().unwrap_or(id);
        self.rule == finding.rule && [name, login_server, id].iter().any(|text| self.registry.is_match(text))
    }

    /// Whether it is for this repository, where it is for some alone.
    pub fn is_for_repository(&self, name: &str) -> bool {
        self.repository.as_ref().is_some_and(|pattern| pattern.is_match(name))
    }

    /// Whether it can do something for a finding: what passes needs no waiver.
    pub fn is_needed(finding: &Finding) -> bool {
        matches!(finding.verdict, Verdict::Fail | Verdict::Unknown)
    }
}
