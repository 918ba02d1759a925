//! Least privilege: the smallest roles that would do, and assignments that do nothing, too much, or from too far up.

mod smallest;

use std::collections::BTreeSet;

use super::action::{Action, Mode};
use super::assignment::RoleAssignment;
use super::builtin;
use super::decision::Verdict;
use super::delegation::{Reach, reach};
use super::effective::Grants;
use super::groups::GroupSet;
use super::matrix::Matrix;
use super::permission::Permission;
use super::principal::Principal;
use super::role::RoleDefinition;
use super::scope::{Level, level};

pub use self::smallest::smallest_roles;

/// Something people want of a registry, with the roles that are recommended for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scenario {
    /// Pull images and validate signatures.
    PullAndValidate,
    /// Build and push.
    BuildAndPush,
    /// Delete images.
    Delete,
    /// List all repositories.
    ListRepositories,
    /// Sign with Notary Project.
    SignNotaryProject,
    /// Sign with Docker Content Trust, which ABAC mode does not have.
    SignContentTrust,
    /// Create and configure registries.
    ConfigureRegistries,
    /// Audit the configuration of registries.
    AuditConfiguration,
    /// Scan or inventory everything.
    ScanOrInventory,
    /// Run tasks, also auto-purge.
    Tasks,
    /// Import images.
    Import,
    /// Transfer images by pipelines.
    Transfer,
    /// Look at quarantined images.
    ReadQuarantine,
    /// Release quarantined images.
    WriteQuarantine,
}

impl Scenario {
    /// Every scenario.
    pub const ALL: &'static [Self] = &[
        Self::PullAndValidate,
        Self::BuildAndPush,
        Self::Delete,
        Self::ListRepositories,
        Self::SignNotaryProject,
        Self::SignContentTrust,
        Self::ConfigureRegistries,
        Self::AuditConfiguration,
        Self::ScanOrInventory,
        Self::Tasks,
        Self::Import,
        Self::Transfer,
        Self::ReadQuarantine,
        Self::WriteQuarantine,
    ];

    /// GUIDs of the recommended roles; none where the mode does not support it.
    pub fn roles(self, mode: Mode) -> &'static [&'static str] {
        use builtin as b;
        match (self, mode) {
            (Self::PullAndValidate, Mode::Abac) => &[b::REPOSITORY_READER],
            (Self::PullAndValidate | Self::ListRepositories, Mode::Legacy) => &[b::ACR_PULL],
            (Self::BuildAndPush | Self::SignNotaryProject, Mode::Abac) => &[b::REPOSITORY_WRITER],
            (Self::BuildAndPush | Self::SignNotaryProject, Mode::Legacy) => &[b::ACR_PUSH],
            (Self::Delete, Mode::Abac) => &[b::REPOSITORY_CONTRIBUTOR],
            (Self::Delete, Mode::Legacy) => &[b::ACR_DELETE],
            (Self::ListRepositories, Mode::Abac) => &[b::CATALOG_LISTER],
            (Self::SignContentTrust, Mode::Abac) => &[],
            (Self::SignContentTrust, Mode::Legacy) => &[b::ACR_IMAGE_SIGNER],
            (Self::ConfigureRegistries, _) => &[b::CONFIGURATION_ADMINISTRATOR],
            (Self::AuditConfiguration, _) => &[b::CONFIGURATION_READER],
            (Self::ScanOrInventory, Mode::Abac) => &[b::REPOSITORY_READER, b::CATALOG_LISTER, b::CONFIGURATION_READER],
            (Self::ScanOrInventory, Mode::Legacy) => &[b::ACR_PULL, b::CONFIGURATION_READER],
            (Self::Tasks, _) => &[b::TASKS_CONTRIBUTOR],
            (Self::Import, _) => &[b::DATA_IMPORTER],
            (Self::Transfer, _) => &[b::TRANSFER_PIPELINE_CONTRIBUTOR],
            (Self::ReadQuarantine, _) => &[b::ACR_QUARANTINE_READER],
            (Self::WriteQuarantine, _) => &[b::ACR_QUARANTINE_WRITER],
        }
    }
}

/// The actions a role gives without conditions in a mode.
pub fn actions_of(role: &RoleDefinition, mode: Mode) -> BTreeSet<Action> {
    let given = |action: &Action| {
        let any_of = action.decided_by(mode).any_of;
        any_of.iter().any(|permission| role.covers(*permission))
    };
    Action::ALL.iter().copied().filter(given).collect()
}

/// What an identity holds and what would do.
#[derive(Debug, Clone)]
pub struct Advice {
    /// Who.
    pub principal: Principal,
    /// The actions it is granted somewhere.
    pub held: BTreeSet<Action>,
    /// The actions of which it is not known; they are not covered by `roles`.
    pub unknown: BTreeSet<Action>,
    /// It is granted some action in some repositories only: the roles need a condition, which legacy mode does not have.
    pub only_some_repositories: bool,
    /// The smallest roles for what is held.
    pub roles: Vec<&'static RoleDefinition>,
}

/// Advice for every identity of the directory in the matrix that holds something or may.
pub fn advice(matrix: &Matrix<'_>, mode: Mode) -> Vec<Advice> {
    let identities = matrix.principals().iter();
    let identities = identities.filter(|principal| matches!(principal, Principal::Identity(_)));
    let mut all = Vec::new();
    for principal in identities {
        let (mut held, mut unknown, mut only_some) = (BTreeSet::new(), BTreeSet::new(), false);
        for answer in Action::ALL
            .iter()
            .flat_map(|action| matrix.answers_of(principal, *action))
        {
            match answer.decision.verdict() {
                Verdict::Granted => {
                    held.insert(answer.action);
                    only_some |= *answer.groups != GroupSet::EVERYWHERE;
                }
                Verdict::Unknown => {
                    unknown.insert(answer.action);
                }
                Verdict::Denied => {}
            }
        }
        if !held.is_empty() || !unknown.is_empty() {
            let roles = smallest_roles(&held, mode);
            all.push(Advice {
                principal: principal.clone(),
                held,
                unknown,
                only_some_repositories: only_some,
                roles,
            });
        }
    }
    all
}

/// A role assignment that is worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its id.
    pub assignment: String,
    /// Who has it.
    pub principal: Principal,
    /// GUID of its role.
    pub role: String,
    /// Name of its role.
    pub role_name: String,
    /// Where it stands.
    pub level: Level,
}

/// Assignments that do nothing in this mode but would in the other: `AcrPull` on an ABAC registry, `Container Registry
/// Repository Reader` on a legacy one. Not `Reader`, which loses the images and still reads the configuration.
pub fn inert(grants: &Grants, mode: Mode) -> Vec<Finding> {
    findings(grants, |role, _| {
        actions_of(role, mode).is_empty() && !actions_of(role, mode.switched()).is_empty() && is_for_images_alone(role)
    })
}

/// Whether nothing in Resource Manager can be done with the role: each of its actions decides the data plane, by name.
fn is_for_images_alone(role: &RoleDefinition) -> bool {
    let decided = Action::ALL.iter().filter(|action| action.is_data_plane());
    let decided: Vec<_> = decided.map(|action| action.decided_by(Mode::Legacy)).collect();
    let deciding = || decided.iter().flat_map(|by| by.any_of.iter().chain(by.open));
    let mut actions = role.permissions.iter().flat_map(|block| &block.actions);
    actions.all(|pattern| deciding().any(|permission| permission.name().eq_ignore_ascii_case(pattern.as_str())))
}

/// Assignments that give actions of the data plane and are inherited from above the registry.
pub fn inherited(grants: &Grants, mode: Mode) -> Vec<Finding> {
    findings(grants, |role, level| {
        level.is_above() && actions_of(role, mode).into_iter().any(Action::is_data_plane)
    })
}

/// Owner or Contributor at the registry itself, and whoever may assign any role there.
pub fn broad_writers(grants: &Grants) -> Vec<Finding> {
    writers(grants, |reach| reach == Reach::Anything)
}

/// Assignments at the registry itself that let their holder assign roles within a condition, by how far that reaches.
pub fn limited_writers(grants: &Grants, wanted: Reach) -> Vec<Finding> {
    writers(grants, |reach| reach == wanted)
}

fn writers(grants: &Grants, is_found: impl Fn(Reach) -> bool) -> Vec<Finding> {
    let known = &grants.facts().role_definitions.items;
    found(grants, |assignment, role, level| {
        let is_whole = [builtin::OWNER, builtin::CONTRIBUTOR].contains(&role.guid.as_str());
        let assigns = is_whole || role.covers(Permission::RoleAssignmentsWrite);
        let reach = || {
            if is_whole {
                Reach::Anything
            } else {
                reach(assignment, role, known)
            }
        };
        level == Level::Registry && assigns && is_found(reach())
    })
}

/// Assignments that reach the registry, of roles that are known, which satisfy `is_found`.
fn findings(grants: &Grants, is_found: impl Fn(&RoleDefinition, Level) -> bool) -> Vec<Finding> {
    found(grants, |_, role, level| is_found(role, level))
}

fn found(grants: &Grants, is_found: impl Fn(&RoleAssignment, &RoleDefinition, Level) -> bool) -> Vec<Finding> {
    let facts = grants.facts();
    let mut found = Vec::new();
    for assignment in &facts.role_assignments.items {
        let role = builtin::role_among(&facts.role_definitions.items, &assignment.role_guid);
        let (Some(role), Some(level)) = (role, level(&assignment.scope, &facts.registry)) else {
            continue;
        };
        if level != Level::Below && is_found(assignment, role, level) {
            found.push(Finding {
                assignment: assignment.id.clone(),
                principal: Principal::Identity(assignment.principal_id.clone()),
                role: role.guid.clone(),
                role_name: role.name.clone(),
                level,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests;
