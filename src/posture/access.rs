//! What the evaluation of role assignments tells the access rules.

use serde::{Deserialize, Serialize};

use super::evidence::Read;

/// One role assignment, as far as findings show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// ARM id of the assignment.
    pub assignment_id: String,
    pub principal_id: String,
    /// `User`, `Group`, `ServicePrincipal`, `ForeignGroup` or `Device`, as ARM sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_type: Option<String>,
    /// Its name in the directory, where that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_name: Option<String>,
    /// English name of the role.
    pub role: String,
    /// Where it is assigned.
    pub scope: String,
    /// The smallest role that covers what the principal needs, when the evaluation found one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_role: Option<String>,
}

/// A condition that matches repositories by a prefix without an end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenPrefix {
    pub grant: Grant,
    /// E.g. `team`, which matches `team-secrets` as well as `team/app`.
    pub prefix: String,
}

/// Somebody who may assign roles within a condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitedWriter {
    pub grant: Grant,
    /// As written.
    pub condition: String,
    /// What it leaves, in words.
    pub allows: String,
}

/// A custom role that allows too much by a wildcard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomRole {
    /// ARM id of the role definition.
    pub id: String,
    pub name: String,
    /// The actions that are too wide, e.g. `*`.
    pub actions: Vec<String>,
}

/// Who can read secrets, by which action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretReader {
    pub grant: Grant,
    /// The actions that give secrets away, e.g. `Microsoft.ContainerRegistry/registries/listCredentials/action`.
    pub actions: Vec<String>,
}

/// The grants on one registry that the access rules ask about. Lists are complete when the summary is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessSummary {
    /// Owner or Contributor assigned at the registry itself, and roles that may assign any role there.
    pub broad_writers: Vec<Grant>,
    /// Roles that may assign some roles there, by a condition: none that changes the registry or reads its secrets …
    pub limited_writers: Vec<LimitedWriter>,
    /// … those that do, but none that assigns further …
    pub wide_writers: Vec<LimitedWriter>,
    /// … and under a condition of which it is not known what it allows.
    pub undecided_writers: Vec<LimitedWriter>,
    /// Data-plane roles assigned at the subscription or at a management group.
    pub inherited: Vec<Grant>,
    /// The same for roles that are of the data plane in one mode alone, while the registry's mode is not known.
    pub inherited_in_one_mode: Vec<Grant>,
    /// Roles that do nothing in the registry's role assignment mode.
    pub inert: Vec<Grant>,
    pub open_prefixes: Vec<OpenPrefix>,
    /// Grants whose condition could not be evaluated; they might hide an open prefix.
    pub unreadable_conditions: Vec<Grant>,
    pub wildcard_custom_roles: Vec<CustomRole>,
    pub secret_readers: Vec<SecretReader>,
    /// Grants whose role is neither known here nor among the definitions that were read: what they give is not known.
    pub unknown_roles: Vec<Grant>,
    /// Whether role definitions were read; says why there are unknown roles.
    pub role_definitions: Read<()>,
    /// Workloads that pull as a service principal with a client secret; telling them from managed identities takes Graph.
    pub service_principals: Read<Vec<Grant>>,
    /// Grants to principals that are gone; only Graph can tell.
    pub deleted_principals: Read<Vec<Grant>>,
}
