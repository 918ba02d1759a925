//! The grants that the access rules ask about.

use std::collections::{BTreeSet, HashMap};

use super::registry::Reads;
use crate::access::action::Mode;
use crate::access::assignment::RoleAssignment;
use crate::access::builtin;
use crate::access::effective::Grants;
use crate::access::least::{self, Finding, actions_of, smallest_roles};
use crate::access::permission::Permission;
use crate::access::role::{PermissionPattern, RoleDefinition};
use crate::access::scope::{Level, level};
use crate::posture::access::{AccessSummary, CustomRole, Grant, OpenPrefix, SecretReader};
use crate::posture::evidence::Read;

/// Calls that answer with passwords or headers.
const SECRETS: [Permission; 4] = [
    Permission::ListCredentials,
    Permission::RegenerateCredential,
    Permission::GenerateCredentials,
    Permission::WebhookCallbackConfig,
];

/// Sums up who holds which role; unknown when the role assignments were not read, or not all of them.
pub(super) fn summary(reads: &Reads, grants: &Grants) -> Read<AccessSummary> {
    let api_version = match &reads.role_assignments {
        Read::Known { value, .. } if value.not_understood > 0 => {
            return Read::Failed {
                reason: format!(
                    "{} role assignments are not in the shape that ARM documents",
                    value.not_understood
                ),
            };
        }
        Read::Known { api_version, .. } => api_version.clone(),
        Read::Refused { permission } => {
            return Read::Refused {
                permission: permission.clone(),
            };
        }
        Read::Failed { reason } => return Read::Failed { reason: reason.clone() },
        Read::NotAsked { why } => return Read::NotAsked { why: why.clone() },
    };
    Read::Known {
        value: Summing::new(reads, grants).sum(),
        api_version,
    }
}

struct Summing<'a> {
    reads: &'a Reads,
    grants: &'a Grants,
    assignments: HashMap<&'a str, &'a RoleAssignment>,
}

impl<'a> Summing<'a> {
    fn new(reads: &'a Reads, grants: &'a Grants) -> Self {
        let assignments = &grants.facts().role_assignments.items;
        Self {
            reads,
            grants,
            assignments: assignments.iter().map(|found| (found.id.as_str(), found)).collect(),
        }
    }

    fn sum(&self) -> AccessSummary {
        let mode = self.grants.mode();
        let (inherited, in_one_mode) = self.inherited(mode);
        let inert = mode.map(|mode| least::inert(self.grants, mode)).unwrap_or_default();
        let graph = || Read::NotAsked {
            why: "Microsoft Graph is not asked".to_owned(),
        };
        let mut summary = AccessSummary {
            broad_writers: self.grants_of(&least::broad_writers(self.grants), |_| None),
            inherited: self.grants_of(&inherited, |role| suggestion(role, mode?)),
            inherited_in_one_mode: self.grants_of(&in_one_mode, |_| None),
            // What it would do in the other mode is what it was meant to do.
            inert: self.grants_of(&inert, |role| suggested_instead(role, mode?)),
            role_definitions: self.definitions(),
            service_principals: graph(),
            deleted_principals: graph(),
            ..AccessSummary::default()
        };
        let facts = self.grants.facts();
        let reaching =
            facts.role_assignments.items.iter().filter(|assignment| {
                level(&assignment.scope, &facts.registry).is_some_and(|level| level != Level::Below)
            });
        let mut custom = BTreeSet::new();
        for assignment in reaching {
            self.conditions(assignment, &mut summary);
            match self.role(&assignment.role_guid) {
                Some(role) => {
                    self.secrets(assignment, role, &mut summary);
                    if role.is_custom && custom.insert(&role.guid) {
                        summary.wildcard_custom_roles.extend(self.wildcards(role));
                    }
                }
                None => summary.unknown_roles.push(self.grant(assignment, None)),
            }
        }
        summary
    }

    /// Data-plane roles from above the resource group, and those that are such in one mode alone while it is not known
    /// which one holds.
    fn inherited(&self, mode: Option<Mode>) -> (Vec<Finding>, Vec<Finding>) {
        let inherited = |mode| {
            let mut found = least::inherited(self.grants, mode);
            found.retain(|found| found.level != Level::ResourceGroup);
            found
        };
        if let Some(mode) = mode {
            return (inherited(mode), Vec::new());
        }
        let (legacy, abac) = (inherited(Mode::Legacy), inherited(Mode::Abac));
        let (both, mut one): (Vec<Finding>, Vec<Finding>) = legacy.into_iter().partition(|found| abac.contains(found));
        one.extend(abac.into_iter().filter(|found| !both.contains(found)));
        (both, one)
    }

    /// Whether role definitions were read, without them.
    fn definitions(&self) -> Read<()> {
        match &self.reads.role_definitions {
            Read::Known { api_version, .. } => Read::Known {
                value: (),
                api_version: api_version.clone(),
            },
            Read::Refused { permission } => Read::Refused {
                permission: permission.clone(),
            },
            Read::Failed { reason } => Read::Failed { reason: reason.clone() },
            Read::NotAsked { why } => Read::NotAsked { why: why.clone() },
        }
    }

    fn role(&self, guid: &str) -> Option<&RoleDefinition> {
        let read = self.grants.facts().role_definitions.items.iter();
        let mut read = read.filter(|role| role.guid == guid);
        read.next().or_else(|| builtin::role(guid))
    }

    fn grant(&self, assignment: &RoleAssignment, suggested_role: Option<String>) -> Grant {
        let role = self.role(&assignment.role_guid).map(|role| role.name.clone());
        Grant {
            assignment_id: assignment.id.clone(),
            principal_id: assignment.principal_id.clone(),
            principal_type: assignment.principal_type.arm().map(str::to_owned),
            role: role.unwrap_or_else(|| assignment.role_guid.clone()),
            scope: assignment.scope.clone(),
            suggested_role,
        }
    }

    fn grants_of(&self, found: &[Finding], suggest: impl Fn(&RoleDefinition) -> Option<String>) -> Vec<Grant> {
        let grant = |found: &Finding| {
            let assignment = self.assignments.get(found.assignment.as_str())?;
            let suggested = self.role(&found.role).and_then(&suggest);
            Some(self.grant(assignment, suggested))
        };
        found.iter().filter_map(grant).collect()
    }

    fn conditions(&self, assignment: &RoleAssignment, summary: &mut AccessSummary) {
        let Some(condition) = &assignment.condition else { return };
        if condition.parsed().is_err() {
            summary.unreadable_conditions.push(self.grant(assignment, None));
        }
        let prefixes = condition.open_prefixes().into_iter();
        summary.open_prefixes.extend(prefixes.map(|prefix| OpenPrefix {
            grant: self.grant(assignment, None),
            prefix,
        }));
    }

    fn secrets(&self, assignment: &RoleAssignment, role: &RoleDefinition, summary: &mut AccessSummary) {
        let given = SECRETS.into_iter().filter(|permission| role.covers(*permission));
        let actions: Vec<String> = given.map(|permission| permission.name().to_owned()).collect();
        if !actions.is_empty() {
            summary.secret_readers.push(SecretReader {
                grant: self.grant(assignment, None),
                actions,
            });
        }
    }

    fn wildcards(&self, role: &RoleDefinition) -> Option<CustomRole> {
        let wide = |pattern: &&PermissionPattern| {
            let all = ["*", "Microsoft.ContainerRegistry/*"];
            all.iter().any(|all| pattern.as_str().eq_ignore_ascii_case(all))
        };
        let blocks = role.permissions.iter();
        let listed = blocks.flat_map(|block| block.actions.iter().chain(&block.data_actions));
        let actions: Vec<String> = listed.filter(wide).map(|pattern| pattern.as_str().to_owned()).collect();
        (!actions.is_empty()).then(|| CustomRole {
            id: format!(
                "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{}",
                self.reads.evidence.subscription, role.guid
            ),
            name: role.name.clone(),
            actions,
        })
    }
}

/// The one recommended role that gives what this one gives in the mode.
fn suggestion(role: &RoleDefinition, mode: Mode) -> Option<String> {
    let wanted = actions_of(role, mode)
        .into_iter()
        .filter(|action| action.is_data_plane());
    one_of(&smallest_roles(&wanted.collect(), mode))
}

/// The one recommended role of this mode for what an inert role gives in the other.
fn suggested_instead(role: &RoleDefinition, mode: Mode) -> Option<String> {
    one_of(&smallest_roles(&actions_of(role, mode.switched()), mode))
}

/// A remediation names one role; where it takes several, people have to choose.
fn one_of(roles: &[&RoleDefinition]) -> Option<String> {
    match roles {
        [role] => Some(role.name.clone()),
        _ => None,
    }
}
