//! What an audit found of one registry: verdicts, who can do what, and what could not be known.
//!
//! Architecture invariant: no secret and no whole answer of ARM is in here, only the values that decided a verdict.

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use super::pointer::SnapshotPointer;
use crate::access::action::{Action, Mode};
use crate::access::decision::Verdict;
use crate::access::name_pattern::NamePattern;
use crate::access::principal::{PrincipalType, Workload};
use crate::access::scope::Level;
use crate::names::LoginServer;
use crate::posture::source::Source;
use crate::posture::verdict::Finding;

/// `audit.json`: the last audit of a registry, made by a refresh or saved by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    pub schema_version: u32,
    pub login_server: LoginServer,
    pub version: u64,
    pub commit_id: uuid::Uuid,
    #[serde(default)]
    pub previous_commit_id: Option<uuid::Uuid>,
    /// The refresh whose registry document was current.
    pub generation: Generation,
    /// The snapshot that was judged; absent where there was none. Not the current one any more once a later refresh is
    /// closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotPointer>,
    pub audit: AuditDocument,
}

/// The audit of one registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditDocument {
    /// RFC 3339, UTC: when it was judged; passwords and verdicts go by it.
    pub audited_at: String,
    /// Name of the profile it was judged by.
    pub profile: String,
    /// Lists and resources asked of Resource Manager for this registry alone, and for its subscription, which its other
    /// registries share. A list counts once, however many pages it has.
    pub registry_reads: u64,
    pub subscription_reads: u64,
    /// One per rule that the profile has on, in the order of the rules.
    pub findings: Vec<Finding>,
    pub access: EffectiveAccess,
    /// What could not be known, and what would tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

impl AuditDocument {
    /// Whether this was read.
    pub fn knows(&self, source: Source) -> bool {
        !self.gaps.iter().any(|gap| gap.what == source.name())
    }
}

/// Who can do what. What is not listed is denied because nothing gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveAccess {
    /// The registry's role assignment mode; absent when it was not read: then only what both modes say is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Repositories that no condition and no scope map tells apart. Answers name them by place.
    pub groups: Vec<RepositoryGroup>,
    /// Identities of the directory by object id, `token:{name}`, `admin-user`, `anonymous`. A group is one principal: who
    /// is a member of it is not known here.
    pub principals: Vec<PrincipalAccess>,
    /// Principals that are not listed because there are too many; zero: all are.
    #[serde(default)]
    pub left_out: u64,
}

/// Repositories that are alike to every condition and scope map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryGroup {
    /// The patterns that all of them match and no others do; empty: those that match none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<NamePattern>,
    pub repositories: u64,
    /// The first few of them.
    pub examples: Vec<String>,
}

/// One principal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrincipalAccess {
    pub principal: String,
    /// What ARM says it is; absent for tokens, the admin user and anonymous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PrincipalType>,
    #[serde(flatten)]
    pub identity: Identity,
    /// The roles it holds at, above and below the registry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<HeldRole>,
    pub answers: Vec<AccessAnswer>,
    /// The smallest recommended roles that cover what it holds; empty when it holds nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smallest_roles: Vec<String>,
}

/// What is known of a principal beside its id and its type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// As Microsoft Graph shows it, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it works for, where a resource id tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// The managed identity, or what has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

/// A role that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldRole {
    /// Its English name, or its GUID where that is not known.
    pub role: String,
    pub level: Level,
    /// ARM id of the assignment.
    pub assignment: String,
    /// The condition as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Actions with the same answer in the same place for the same reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessAnswer {
    pub actions: Vec<Action>,
    pub verdict: Verdict,
    pub place: Place,
    /// Granted: what it comes through. Denied: the deny assignments. Unknown: why, in words. The first few.
    pub reasons: Vec<String>,
    /// Reasons that are not listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_reasons: u64,
}

/// Where an answer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Place {
    /// In every repository, and for actions of the registry.
    Everywhere,
    /// In the repositories of these groups.
    Groups { groups: Vec<u32> },
    /// In the repositories of all other groups.
    AllBut { groups: Vec<u32> },
}

/// Something that was not read, so that some verdicts or answers are unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// What was to be read, e.g. `the tokens`.
    pub what: String,
    /// Why it was not: refused, failed, or not asked for.
    pub why: String,
    /// The permission that was missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// The role to ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Ids of the rules that stand on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

impl Gap {
    /// Nobody wanted to know it.
    pub fn is_not_asked(&self) -> bool {
        self.why.starts_with("not asked")
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
