//! What single assignments and roles give away: open prefixes, secrets, wildcards.

use super::Summing;
use crate::access::assignment::RoleAssignment;
use crate::access::permission::Permission;
use crate::access::role::{PermissionPattern, RoleDefinition};
use crate::posture::access::{AccessSummary, CustomRole, OpenPrefix, SecretReader};

/// Calls that answer with passwords or headers.
const SECRETS: [Permission; 4] = [
    Permission::ListCredentials,
    Permission::RegenerateCredential,
    Permission::GenerateCredentials,
    Permission::WebhookCallbackConfig,
];

impl Summing<'_> {
    pub(super) fn conditions(&self, assignment: &RoleAssignment, summary: &mut AccessSummary) {
        let Some(condition) = &assignment.condition else { return };
        if condition.undecided().is_some() {
            summary.unreadable_conditions.push(self.grant(assignment, None));
        }
        let prefixes = condition.open_prefixes().into_iter();
        summary.open_prefixes.extend(prefixes.map(|prefix| OpenPrefix {
            grant: self.grant(assignment, None),
            prefix,
        }));
    }

    pub(super) fn secrets(&self, assignment: &RoleAssignment, role: &RoleDefinition, summary: &mut AccessSummary) {
        let given = SECRETS.into_iter().filter(|permission| role.covers(*permission));
        let actions: Vec<String> = given.map(|permission| permission.name().to_owned()).collect();
        if !actions.is_empty() {
            summary.secret_readers.push(SecretReader {
                grant: self.grant(assignment, None),
                actions,
            });
        }
    }

    pub(super) fn wildcards(&self, role: &RoleDefinition) -> Option<CustomRole> {
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
