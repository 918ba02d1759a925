//! What only Microsoft Graph can tell of principals: who signs in with a secret, and who is gone.

use super::Summing;
use crate::access::action::{Action, Mode};
use crate::access::assignment::RoleAssignment;
use crate::access::least::actions_of;
use crate::access::principal::PrincipalType;
use crate::posture::access::Grant;
use crate::posture::evidence::Read;

impl Summing<'_> {
    /// Grants that pull to service principals with a secret. A managed identity has none. Those of an application stand
    /// with its registration, which is not read: with such a principal among them the answer is not known, unless another
    /// one settles it.
    pub(super) fn with_secrets(&self) -> Read<Vec<Grant>> {
        let (mut found, mut open) = (Vec::new(), 0);
        for assignment in self.reaching().filter(|found| self.pulls(found)) {
            let Some(object) = self.identities.object(&assignment.principal_id) else {
                // Gone, or Graph did not tell anything: then the whole is not known.
                continue;
            };
            if !object.password_credentials.is_empty() {
                found.push(self.grant(assignment, None));
            } else if object.service_principal_type.as_deref() != Some("ManagedIdentity") {
                open += 1;
            }
        }
        match self.identities.told(found) {
            Read::Known { value, .. } if value.is_empty() && open > 0 => Read::Failed {
                reason: format!(
                    "{open} grants belong to applications, and whether those sign in with a secret is not read"
                ),
                passing: false,
            },
            told => told,
        }
    }

    /// Grants to principals that the directory does not have. Those of other tenants are never in it.
    pub(super) fn deleted(&self) -> Read<Vec<Grant>> {
        let is_of_here = |found: &&RoleAssignment| {
            found.principal_type != PrincipalType::ForeignGroup && found.delegated_managed_identity.is_none()
        };
        let gone = self.reaching().filter(is_of_here);
        let gone = gone.filter(|found| self.identities.object(&found.principal_id).is_none());
        self.identities
            .told(gone.map(|found| self.grant(found, None)).collect())
    }

    /// Whether it may let an application pull: a role that is not known may.
    fn pulls(&self, assignment: &RoleAssignment) -> bool {
        let modes = match self.grants.mode() {
            Some(mode) => vec![mode],
            None => vec![Mode::Legacy, Mode::Abac],
        };
        let role = self.role(&assignment.role_guid);
        let gives = |mode: &Mode| role.is_none_or(|role| actions_of(role, *mode).contains(&Action::Pull));
        let kind = assignment.principal_type;
        matches!(kind, PrincipalType::ServicePrincipal | PrincipalType::NotTold) && modes.iter().any(gives)
    }
}
