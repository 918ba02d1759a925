//! The matrix of effective access as a document: rows by principal, repositories by group.

use std::collections::{BTreeMap, HashMap};

use super::identities::Identities;
use crate::access::action::Mode;
use crate::access::assignment::RoleAssignment;
use crate::access::builtin;
use crate::access::decision::Decision;
use crate::access::effective::Grants;
use crate::access::groups::{Group, GroupSet};
use crate::access::least;
use crate::access::matrix::Matrix;
use crate::access::principal::{Principal, PrincipalType};
use crate::access::scope::level;
use crate::inventory::audit::{AccessAnswer, EffectiveAccess, HeldRole, Place, PrincipalAccess, RepositoryGroup};

/// Repositories named per group.
const EXAMPLES: usize = 3;
/// Reasons named per answer.
const REASONS: usize = 5;
/// Principals listed, so that a document stays readable.
const PRINCIPALS: usize = 2_000;
/// Groups named by all answers together; beyond, further principals are left out. A number is a few bytes.
const NAMED_GROUPS: usize = 200_000;

/// The table of a registry.
pub(super) fn effective_access(grants: &Grants, matrix: &Matrix<'_>, identities: &Identities) -> EffectiveAccess {
    let kinds = grants.principals();
    let roles = roles(grants);
    let mut smallest = smallest_roles(matrix, grants.mode());
    let mut rows: BTreeMap<&Principal, Vec<AccessAnswer>> = BTreeMap::new();
    for answer in matrix.answers() {
        let answers = rows.entry(answer.principal).or_default();
        let (reasons, more_reasons) = reasons(answer.decision);
        let row = AccessAnswer {
            actions: vec![answer.action],
            verdict: answer.decision.verdict(),
            place: place(answer.groups),
            reasons,
            more_reasons,
        };
        let same = |known: &&mut AccessAnswer| {
            (known.verdict, &known.place, &known.reasons, known.more_reasons)
                == (row.verdict, &row.place, &row.reasons, row.more_reasons)
        };
        match answers.iter_mut().find(same) {
            Some(known) => known.actions.push(answer.action),
            None => answers.push(row),
        }
    }
    let (mut principals, mut named) = (Vec::new(), 0);
    for principal in matrix.principals() {
        let answers = rows.remove(principal).unwrap_or_default();
        named += answers.iter().map(|answer| named_groups(&answer.place)).sum::<usize>();
        if principals.len() >= PRINCIPALS || named > NAMED_GROUPS {
            break;
        }
        principals.push(PrincipalAccess {
            principal: principal.to_string(),
            kind: kinds
                .get(principal)
                .copied()
                .flatten()
                .filter(|kind| *kind != PrincipalType::NotTold),
            identity: identities.identity(&principal.to_string()),
            roles: roles.get(principal).cloned().unwrap_or_default(),
            answers,
            smallest_roles: smallest.remove(principal).unwrap_or_default(),
        });
    }
    EffectiveAccess {
        mode: grants.mode(),
        groups: groups(matrix),
        left_out: (matrix.principals().len() - principals.len()) as u64,
        principals,
    }
}

/// The groups, and last the patterns that no repository matches: with them every pattern is there, so that a reader can
/// tell a repository that is new from one that is in a group.
fn groups(matrix: &Matrix<'_>) -> Vec<RepositoryGroup> {
    let all = matrix.groups();
    let patterns = |places: &[u32]| {
        let patterns = places.iter().filter_map(|place| all.patterns().get(*place as usize));
        patterns.cloned().collect()
    };
    let group = |group: &Group| RepositoryGroup {
        matches: patterns(&group.patterns),
        repositories: group.repositories.len() as u64,
        examples: group
            .repositories
            .iter()
            .take(EXAMPLES)
            .filter_map(|place| all.names().get(*place as usize).cloned())
            .collect(),
    };
    let mut groups: Vec<RepositoryGroup> = all.groups().iter().map(group).collect();
    let unmatched = all.unmatched();
    if !groups.is_empty() && !unmatched.is_empty() {
        groups.push(RepositoryGroup {
            matches: patterns(&unmatched),
            repositories: 0,
            examples: Vec::new(),
        });
    }
    groups
}

fn place(set: &GroupSet) -> Place {
    match set {
        GroupSet::AllBut(groups) if groups.is_empty() => Place::Everywhere,
        GroupSet::AllBut(groups) => Place::AllBut { groups: groups.clone() },
        GroupSet::Only(groups) => Place::Groups { groups: groups.clone() },
    }
}

/// Groups that a place names.
fn named_groups(place: &Place) -> usize {
    match place {
        Place::Everywhere => 0,
        Place::Groups { groups } | Place::AllBut { groups } => groups.len(),
    }
}

/// The first few reasons in words, and how many more there are.
pub(super) fn reasons(decision: &Decision) -> (Vec<String>, u64) {
    fn first<T: ToString>(all: &[T]) -> (Vec<String>, u64) {
        let shown = all.iter().take(REASONS).map(T::to_string).collect();
        (shown, all.len().saturating_sub(REASONS) as u64)
    }
    match decision {
        Decision::Granted { through } => first(through),
        Decision::Denied { by } => first(by),
        Decision::Unknown { why } => first(why),
    }
}

fn roles(grants: &Grants) -> HashMap<Principal, Vec<HeldRole>> {
    let facts = grants.facts();
    let name = |assignment: &RoleAssignment| {
        let role = builtin::role_among(&facts.role_definitions.items, &assignment.role_guid);
        role.map_or_else(|| assignment.role_guid.clone(), |role| role.name.clone())
    };
    let mut roles: HashMap<Principal, Vec<HeldRole>> = HashMap::new();
    for assignment in &facts.role_assignments.items {
        let Some(level) = level(&assignment.scope, &facts.registry) else {
            continue;
        };
        let held = roles.entry(Principal::identity(&assignment.principal_id)).or_default();
        held.push(HeldRole {
            role: name(assignment),
            level,
            assignment: assignment.id.clone(),
            condition: assignment
                .condition
                .as_ref()
                .map(|condition| condition.text().to_owned()),
        });
    }
    roles
}

/// The smallest roles of every identity; none while the mode is not known.
fn smallest_roles(matrix: &Matrix<'_>, mode: Option<Mode>) -> HashMap<Principal, Vec<String>> {
    let advice = mode.map(|mode| least::advice(matrix, mode)).unwrap_or_default();
    let names = advice.into_iter().map(|advice| {
        let roles = advice.roles.iter().map(|role| role.name.clone()).collect();
        (advice.principal, roles)
    });
    names.collect()
}
