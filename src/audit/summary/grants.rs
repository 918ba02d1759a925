//! Assignments as findings show them, with the role that would do instead.

use super::Summing;
use crate::access::action::Mode;
use crate::access::assignment::RoleAssignment;
use crate::access::builtin;
use crate::access::least::{Finding, actions_of, smallest_roles};
use crate::access::role::RoleDefinition;
use crate::posture::access::Grant;

impl Summing<'_> {
    pub(super) fn role(&self, guid: &str) -> Option<&RoleDefinition> {
        builtin::role_among(&self.grants.facts().role_definitions.items, guid)
    }

    pub(super) fn grant(&self, assignment: &RoleAssignment, suggested_role: Option<String>) -> Grant {
        let role = self.role(&assignment.role_guid).map(|role| role.name.clone());
        Grant {
            assignment_id: assignment.id.clone(),
            principal_id: assignment.principal_id.clone(),
            principal_type: assignment.principal_type.arm().map(str::to_owned),
            principal_name: self.identities.identity(&assignment.principal_id).name,
            role: role.unwrap_or_else(|| assignment.role_guid.clone()),
            scope: assignment.scope.clone(),
            suggested_role,
        }
    }

    pub(super) fn grants_of(
        &self,
        found: &[Finding],
        suggest: impl Fn(&RoleDefinition) -> Option<String>,
    ) -> Vec<Grant> {
        let grant = |found: &Finding| {
            let assignment = self.assignments.get(found.assignment.as_str())?;
            let suggested = self.role(&found.role).and_then(&suggest);
            Some(self.grant(assignment, suggested))
        };
        found.iter().filter_map(grant).collect()
    }
}

/// The one recommended role that gives what this one gives in the mode.
pub(super) fn suggestion(role: &RoleDefinition, mode: Mode) -> Option<String> {
    let wanted = actions_of(role, mode)
        .into_iter()
        .filter(|action| action.is_data_plane());
    one_of(&smallest_roles(&wanted.collect(), mode))
}

/// The one recommended role of this mode for what an inert role gives in the other.
pub(super) fn suggested_instead(role: &RoleDefinition, mode: Mode) -> Option<String> {
    one_of(&smallest_roles(&actions_of(role, mode.switched()), mode))
}

/// A remediation names one role; where it takes several, people have to choose.
fn one_of(roles: &[&RoleDefinition]) -> Option<String> {
    match roles {
        [role] => Some(role.name.clone()),
        _ => None,
    }
}
