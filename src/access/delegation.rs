//! The right to assign roles, as conditions leave it: in words, and how far it reaches.

use super::assignment::RoleAssignment;
use super::builtin;
use super::condition::{Delegation, Roles};
use super::permission::Permission;
use super::role::RoleDefinition;
use super::truth::Truth;

/// Roles that give everything, or the right to give it.
const PRIVILEGED: [&str; 4] = [
    builtin::OWNER,
    builtin::CONTRIBUTOR,
    builtin::USER_ACCESS_ADMINISTRATOR,
    builtin::RBAC_ADMINISTRATOR,
];
/// What makes a role more than one for images.
const FAR: [Permission; 4] = [
    Permission::RegistryWrite,
    Permission::ListCredentials,
    Permission::RegenerateCredential,
    Permission::GenerateCredentials,
];

/// How far a right to assign roles reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nothing can be assigned with it.
    Nothing,
    /// Roles that neither change the registry nor read its secrets.
    Narrow,
    /// Roles that do, or of which that is not known; none that assigns further.
    Wide,
    /// Anything, perhaps in two steps.
    Anything,
    /// What the condition allows is not decided.
    NotKnown,
}

/// How far an assignment lets its holder assign roles.
pub fn reach(assignment: &RoleAssignment, role: &RoleDefinition, known: &[RoleDefinition]) -> Reach {
    let blocks = role.permissions.iter();
    let mut blocks = blocks
        .filter(|block| block.covers(Permission::RoleAssignmentsWrite))
        .peekable();
    if blocks.peek().is_none() {
        return Reach::Nothing;
    }
    let of_block = blocks.map(|block| block.condition.as_ref()).collect::<Vec<_>>();
    let condition = match (&assignment.condition, of_block.as_slice()) {
        (whole, blocks) if blocks.contains(&None) => whole.as_ref(),
        (None, [Some(only)]) => Some(*only),
        // Several conditions at once: whether some request satisfies them together is not tried.
        _ => return Reach::NotKnown,
    };
    condition.map_or(Reach::Anything, |condition| {
        of_delegation(&condition.delegation(), known)
    })
}

fn of_delegation(delegation: &Delegation, known: &[RoleDefinition]) -> Reach {
    match delegation.allowed {
        Truth::False => return Reach::Nothing,
        Truth::Unknown => return Reach::NotKnown,
        Truth::True => {}
    }
    match &delegation.roles {
        Roles::AllBut(spared) => {
            // Those that assign further are what "all but privileged roles" has to spare. Contributor assigns nothing.
            let mut assigns = PRIVILEGED.iter().filter(|guid| **guid != builtin::CONTRIBUTOR);
            match assigns.all(|guid| spared.contains(*guid)) {
                true => Reach::Wide,
                false => Reach::Anything,
            }
        }
        Roles::Only(chosen) => {
            let reaches: Vec<Reach> = chosen.iter().map(|guid| of_role(guid, known)).collect();
            let worst = [Reach::Anything, Reach::Wide]
                .into_iter()
                .find(|reach| reaches.contains(reach));
            worst.unwrap_or(Reach::Narrow)
        }
    }
}

/// How far one role reaches that may be assigned.
fn of_role(guid: &str, known: &[RoleDefinition]) -> Reach {
    match builtin::role_among(known, guid) {
        _ if PRIVILEGED.contains(&guid) => Reach::Anything,
        Some(role) if role.covers(Permission::RoleAssignmentsWrite) => Reach::Anything,
        Some(role) if !FAR.iter().any(|permission| role.covers(*permission)) => Reach::Narrow,
        _ => Reach::Wide,
    }
}

/// What is left of the right, for people; empty where nothing is taken from it.
pub fn in_words(delegation: &Delegation, known: &[RoleDefinition]) -> String {
    let names = |guids: &std::collections::BTreeSet<String>| {
        let name =
            |guid: &String| builtin::role_among(known, guid).map_or_else(|| guid.clone(), |role| role.name.clone());
        let mut names: Vec<String> = guids.iter().map(name).collect();
        names.sort();
        names.join(", ")
    };
    let roles = match &delegation.roles {
        Roles::AllBut(spared) if spared.is_empty() => None,
        Roles::AllBut(spared) => Some(format!("any role but {}", names(spared))),
        Roles::Only(chosen) => Some(format!("only {}", names(chosen))),
    };
    let types = delegation
        .types
        .as_ref()
        .map(|types| format!("only to {}", types.join(", ")));
    let principals = delegation.principals.map(|count| match count {
        1 => "only to 1 named principal".to_owned(),
        count => format!("only to {count} named principals"),
    });
    let said = [roles, types, principals].into_iter().flatten();
    said.collect::<Vec<_>>().join("; ")
}
