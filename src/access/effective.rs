//! May this principal do that to this repository: one question, answered from everything that was read.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::action::{Action, Mode};
use super::assignment::{DenyAssignment, RoleAssignment};
use super::compiled::{Compiled, ConditionId};
use super::condition::Condition;
use super::decision::{Decision, Doubt, Shared, Via};
use super::instant::Instant;
use super::known::Known;
use super::permission::Permission;
use super::principal::{Principal, PrincipalType};
use super::role::RoleDefinition;
use super::token::{ScopeMap, Token};
use super::truth::Truth;

mod identity;
mod local;

/// Who is a member of which groups.
#[derive(Debug, Clone, Default)]
pub enum Memberships {
    /// Nobody knows: what a group holds makes everybody else `Unknown` who is not granted otherwise.
    #[default]
    Unknown,
    /// A group's access is said of the group only; every other principal is judged by its own assignments. For tables in
    /// which groups have rows of their own. Deny assignments still reach members: there a group stays `Unknown`.
    Apart,
    /// Object id → object ids of all groups it is in, nested ones too, in lower case. Who is not in the map is as with
    /// [`Memberships::Unknown`].
    Known(HashMap<String, Vec<String>>),
}

/// Everything that decides access to one registry, as far as it was read.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Resource id of the registry.
    pub registry: String,
    /// Its role assignment mode; none when it was not read.
    pub mode: Option<Mode>,
    /// Custom roles, and built-in ones where they were read; the built-in roles of registries are known without.
    pub role_definitions: Known<RoleDefinition>,
    /// At, above and below the registry.
    pub role_assignments: Known<RoleAssignment>,
    /// At and above the registry.
    pub deny_assignments: Known<DenyAssignment>,
    /// Repository tokens.
    pub tokens: Known<Token>,
    /// Scope maps.
    pub scope_maps: Known<ScopeMap>,
    /// `properties.adminUserEnabled`; none when it was not read.
    pub admin_user: Option<bool>,
    /// `properties.anonymousPullEnabled`; none when it was not read.
    pub anonymous_pull: Option<bool>,
    /// Who is in which group.
    pub memberships: Memberships,
    /// When the question is asked: passwords expire.
    pub now: Instant,
}

/// Answers questions of access to one registry.
#[derive(Debug, Clone)]
pub struct Grants {
    facts: Arc<Facts>,
    compiled: Arc<Compiled>,
    /// The facts' mode, or the one that is assumed instead.
    mode: Option<Mode>,
}

/// What can be remembered between questions. A single question remembers nothing.
pub(super) trait Memory {
    /// Evaluates a condition for a permission on a repository.
    fn condition(
        &mut self,
        id: ConditionId,
        condition: &Condition,
        permission: Permission,
        repository: Option<&str>,
    ) -> Truth {
        let _ = id;
        condition.evaluate(permission.name(), repository)
    }

    /// What groups hold, found for another principal before.
    fn held_by_groups(&mut self, held: Held) -> Option<Rc<[GroupDoubt]>> {
        let _ = held;
        None
    }

    /// Keeps what groups hold.
    fn keep(&mut self, held: Held, doubts: &Rc<[GroupDoubt]>) {
        let _ = (held, doubts);
    }
}

/// What groups are asked for, beside the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Held {
    pub(super) permission: Permission,
    pub(super) action: Action,
    pub(super) names_repository: bool,
}

/// A group that may hold something for its members, and the doubt that this is.
#[derive(Debug)]
pub(super) struct GroupDoubt {
    group: Shared,
    doubt: Doubt,
}

struct NoMemory;

impl Memory for NoMemory {}

impl Grants {
    /// Makes the facts ready for questions.
    pub fn new(facts: Facts) -> Self {
        let compiled = Compiled::new(
            &facts.registry,
            &facts.role_definitions.items,
            &facts.role_assignments.items,
            &facts.deny_assignments.items,
        );
        Self {
            mode: facts.mode,
            facts: Arc::new(facts),
            compiled: Arc::new(compiled),
        }
    }

    /// The mode it answers for; none: only what both modes say is said.
    pub fn mode(&self) -> Option<Mode> {
        self.mode
    }

    /// What it answers from. Its mode may be another than the one assumed, see [`Grants::mode`].
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// The same registry, had it this mode.
    #[must_use]
    pub fn in_mode(&self, mode: Mode) -> Self {
        Self {
            mode: Some(mode),
            ..self.clone()
        }
    }

    /// Whether `principal` may do `action`, for actions of a repository to `repository`. Without a repository, what
    /// depends on its name is `Unknown`; for actions of the registry the repository is not looked at.
    pub fn decide(&self, principal: &Principal, action: Action, repository: Option<&str>) -> Decision {
        self.decide_with(principal, action, repository, &mut NoMemory)
    }

    pub(super) fn decide_with(
        &self,
        principal: &Principal,
        action: Action,
        repository: Option<&str>,
        memory: &mut dyn Memory,
    ) -> Decision {
        let repository = repository.filter(|_| action.per_repository());
        match principal {
            Principal::Identity(id) => match self.mode {
                Some(mode) => self.identity(id, action, repository, mode, memory),
                None => {
                    let [legacy, abac] =
                        [Mode::Legacy, Mode::Abac].map(|mode| self.identity(id, action, repository, mode, memory));
                    in_either(legacy, abac)
                }
            },
            Principal::Token(name) => self.token(name, action, repository),
            Principal::AdminUser => self.admin_user(action),
            Principal::Anonymous => self.anonymous(action),
        }
    }

    /// Everybody who is named in what was read, with what they are: identities with an assignment that reaches the
    /// registry, tokens, and the admin user and anonymous access unless they are known to be turned off.
    pub fn principals(&self) -> BTreeMap<Principal, Option<PrincipalType>> {
        let identities = self.compiled.grants.iter().map(|grant| {
            let principal = Principal::Identity(grant.principal.to_string());
            (principal, Some(grant.kind))
        });
        let tokens = self.facts.tokens.items.iter();
        let tokens = tokens.map(|token| (Principal::Token(token.name.clone()), None));
        let admin = (self.facts.admin_user != Some(false)).then_some((Principal::AdminUser, None));
        let anonymous = (self.facts.anonymous_pull != Some(false)).then_some((Principal::Anonymous, None));
        identities.chain(tokens).chain(admin).chain(anonymous).collect()
    }
}

/// The answer while the mode is not known.
fn in_either(legacy: Decision, abac: Decision) -> Decision {
    match (legacy, abac) {
        (legacy, abac) if legacy.verdict() != abac.verdict() => Decision::doubt(Doubt::Mode),
        (Decision::Granted { mut through }, Decision::Granted { through: more }) => {
            push_new(&mut through, more);
            Decision::Granted { through }
        }
        (Decision::Denied { mut by }, Decision::Denied { by: more }) => {
            push_new(&mut by, more);
            Decision::Denied { by }
        }
        (Decision::Unknown { mut why }, Decision::Unknown { why: more }) => {
            push_new(&mut why, more);
            Decision::Unknown { why }
        }
        _ => Decision::doubt(Doubt::Mode),
    }
}

/// Appends what is not there yet.
fn push_new<T: PartialEq>(list: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// A truth with its reasons, while an answer is put together.
#[derive(Debug)]
struct Tally {
    truth: Truth,
    through: Vec<Via>,
    doubts: Vec<Doubt>,
}

impl Tally {
    fn new() -> Self {
        Self {
            truth: Truth::False,
            through: Vec::new(),
            doubts: Vec::new(),
        }
    }

    fn grant(&mut self, via: Via) {
        self.truth = Truth::True;
        push_new(&mut self.through, [via]);
    }

    fn doubt(&mut self, doubt: Doubt) {
        self.truth = self.truth.or(Truth::Unknown);
        push_new(&mut self.doubts, [doubt]);
    }

    fn decision(self) -> Decision {
        match self.truth {
            Truth::True => Decision::Granted { through: self.through },
            Truth::Unknown => Decision::Unknown { why: self.doubts },
            Truth::False => Decision::nothing(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
