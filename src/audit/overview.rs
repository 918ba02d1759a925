//! Who holds what at a registry: a row for each role, scope map or switch that somebody has access through.

mod condition;

use serde::Serialize;

use super::joined::Holders;
use super::joined::holders::{Spot, holds};
use super::joined::tokens::in_words;
use crate::access::action::{Action, Mode};
use crate::access::builtin;
use crate::access::condition::Condition;
use crate::access::decision::Verdict;
use crate::access::principal::PrincipalType;
use crate::access::scope::Level;
use crate::access::truth::Truth;
use crate::audit::identities::Identity;
use crate::inventory::audit::{AccessAnswer, EffectiveAccess, HeldRole, PrincipalAccess};
pub use condition::condition_in_short;

/// What somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    pub principal: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<PrincipalType>,
    #[serde(flatten)]
    pub identity: Identity,
    /// A role, a scope map, the admin user or anonymous pull; else why it is not known.
    pub through: String,
    /// Where a role is assigned, as an ARM id; of anything else the repositories, in words.
    pub scope: String,
    /// Of a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// What comes of it: nothing where the role has no effect in the registry's mode, or is denied.
    pub actions: Vec<Action>,
    /// What its condition leaves in repositories that it names and of which none is there, so that they may come.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub in_new: Vec<Action>,
    /// Of these it is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Action>,
    /// As written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Everything that is held at the registry; with a repository, what comes of it there.
pub fn overview(access: &EffectiveAccess, repository: Option<&str>) -> Vec<Held> {
    let names: Vec<String> = repository.into_iter().map(str::to_owned).collect();
    let holders = Holders::new(access, &names);
    let spot = repository.map(|name| holders.spot(name));
    let rows = access.principals.iter().flat_map(|principal| {
        let own = Own {
            access,
            principal,
            spot,
        };
        let roles = principal.roles.iter().map(|role| own.through_role(role));
        roles.chain(own.otherwise()).collect::<Vec<_>>()
    });
    rows.collect()
}

/// One principal's part of the table.
struct Own<'a> {
    access: &'a EffectiveAccess,
    principal: &'a PrincipalAccess,
    /// Of the repository that is asked about.
    spot: Option<Spot>,
}

impl Own<'_> {
    fn through_role(&self, role: &HeldRole) -> Held {
        let mut held = self.row(role.role.clone(), scope_of(&role.assignment).to_owned());
        held.level = Some(role.level);
        held.condition.clone_from(&role.condition);
        for answer in &self.principal.answers {
            // A reason that is not listed may be this role too.
            let is_named = answer.reasons.iter().any(|reason| reason.contains(&role.assignment));
            let verdict = match (is_named, answer.more_reasons) {
                (true, _) => answer.verdict,
                (false, 0) => continue,
                (false, _) => Verdict::Unknown,
            };
            self.put(&mut held, answer, verdict);
        }
        if let (None, Some(condition)) = (self.spot, &role.condition) {
            let mut actions = self.in_new(&role.role, condition);
            actions.retain(|action| !held.actions.contains(action) && !held.unknown.contains(action));
            held.in_new = actions;
        }
        held
    }

    /// What a role gives in repositories made for its condition; nothing of a role that is not built in.
    fn in_new(&self, role: &str, condition: &str) -> Vec<Action> {
        let role = builtin::ROLES.iter().find(|known| known.name == role);
        let condition = Condition::from_arm(Some(condition), None);
        // In the other mode conditions see no repository.
        let (Some(role), Some(mode @ Mode::Abac), Some(condition)) = (role, self.access.mode, condition) else {
            return Vec::new();
        };
        let patterns = condition.name_patterns();
        let made = patterns.iter().map(|pattern| pattern.value.replace(['*', '?'], "x"));
        // One that the condition names, or one that it does not.
        let names: Vec<String> = made.chain(["x".to_owned()]).collect();
        let gives = |action: &&Action| {
            let permissions = action.decided_by(mode).any_of.iter();
            let mut permissions = permissions.filter(|permission| role.covers(**permission));
            permissions.any(|permission| {
                let allows = |name: &String| condition.evaluate(permission.name(), Some(name)) == Truth::True;
                names.iter().any(allows)
            })
        };
        let per_repository = Action::ALL.iter().filter(|action| action.per_repository());
        per_repository.filter(gives).copied().collect()
    }

    /// What comes through no role: tokens, the admin user, anonymous pull, and what is not known for another reason.
    fn otherwise(&self) -> Vec<Held> {
        let mut rows: Vec<Held> = Vec::new();
        for answer in &self.principal.answers {
            let is_of_role = |reason: &&String| {
                let mut roles = self.principal.roles.iter();
                roles.any(|role| reason.contains(&role.assignment))
            };
            // Reasons of a denial say what took it away.
            if answer.verdict == Verdict::Denied || answer.reasons.iter().any(|reason| is_of_role(&reason)) {
                continue;
            }
            let row = self.row(answer.reasons.join("; "), in_words(&answer.place, &self.access.groups));
            let same = |known: &Held| (&known.through, &known.scope) == (&row.through, &row.scope);
            let at = match rows.iter().position(same) {
                Some(at) => at,
                None => {
                    rows.push(row);
                    rows.len() - 1
                }
            };
            if let Some(row) = rows.get_mut(at) {
                self.put(row, answer, answer.verdict);
            }
        }
        rows.retain(|row| !row.actions.is_empty() || !row.unknown.is_empty());
        rows
    }

    fn row(&self, through: String, scope: String) -> Held {
        Held {
            principal: self.principal.principal.clone(),
            kind: self.principal.kind,
            identity: self.principal.identity.clone(),
            through,
            scope,
            level: None,
            actions: Vec::new(),
            in_new: Vec::new(),
            unknown: Vec::new(),
            condition: None,
        }
    }

    fn put(&self, held: &mut Held, answer: &AccessAnswer, verdict: Verdict) {
        for action in &answer.actions {
            let verdict = match self.spot {
                Some(Spot::New) if action.per_repository() && !holds(&answer.place, Spot::New) => Verdict::Unknown,
                Some(spot) if action.per_repository() && !holds(&answer.place, spot) => continue,
                _ => verdict,
            };
            let actions = match verdict {
                Verdict::Granted => &mut held.actions,
                Verdict::Unknown => &mut held.unknown,
                Verdict::Denied => continue,
            };
            if !actions.contains(action) {
                actions.push(*action);
            }
        }
        // What is certain somewhere is not open.
        let certain = held.actions.clone();
        held.unknown.retain(|action| !certain.contains(action));
        held.actions.sort();
        held.unknown.sort();
    }
}

/// The scope that an assignment's id begins with.
fn scope_of(assignment: &str) -> &str {
    let at = assignment
        .to_ascii_lowercase()
        .find("/providers/microsoft.authorization/roleassignments/");
    match at.and_then(|at| assignment.get(..at)) {
        Some("") => "/",
        Some(scope) => scope,
        None => assignment,
    }
}

#[cfg(test)]
mod tests;
