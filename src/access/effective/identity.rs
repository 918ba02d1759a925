//! Identities of the directory: role assignments, less deny assignments.

use std::rc::Rc;

use super::super::action::{Action, Mode};
use super::super::assignment::DenyPrincipal;
use super::super::compiled::{ConditionId, Deny, Grant};
use super::super::condition::Condition;
use super::super::decision::{Decision, Doubt, Shared, Via};
use super::super::delegation::in_words;
use super::super::permission::Permission;
use super::super::scope::Level;
use super::super::truth::Truth;
use super::{Grants, GroupDoubt, Held, Memberships, Memory, Tally, push_new};

/// One question, while it is answered.
struct Question<'a> {
    id: &'a str,
    /// The groups it is in; none when that is not known.
    groups: Option<&'a [String]>,
    action: Action,
    permission: Permission,
    /// Present only where the request names it.
    repository: Option<&'a str>,
}

impl Grants {
    pub(super) fn identity(
        &self,
        id: &str,
        action: Action,
        repository: Option<&str>,
        mode: Mode,
        memory: &mut dyn Memory,
    ) -> Decision {
        let groups = match &self.facts.memberships {
            Memberships::Known(map) => map.get(id).map(Vec::as_slice),
            Memberships::Unknown | Memberships::Apart => None,
        };
        let decided_by = action.decided_by(mode);
        let enough = decided_by.any_of.iter().map(|permission| (*permission, true));
        let open = decided_by.open.iter().map(|permission| (*permission, false));
        let (mut total, mut overruled) = (Tally::new(), Vec::new());
        for (permission, is_enough) in enough.chain(open) {
            let question = Question {
                id,
                groups,
                action,
                permission,
                repository: repository.filter(|_| mode == Mode::Abac && permission.names_repository()),
            };
            let granted = self.granted(&question, memory);
            if granted.truth == Truth::False {
                continue;
            }
            let (denied, by, doubts) = self.denied(&question, memory);
            match granted.truth.and(!denied) {
                Truth::False => push_new(&mut overruled, by),
                Truth::True if is_enough => granted.through.into_iter().for_each(|via| total.grant(via)),
                _ => {
                    if granted.truth == Truth::Unknown {
                        granted.doubts.into_iter().for_each(|doubt| total.doubt(doubt));
                    }
                    doubts.into_iter().for_each(|doubt| total.doubt(doubt));
                    if !is_enough && total.truth == Truth::False {
                        total.doubt(Doubt::Open {
                            permission: permission.name(),
                        });
                    }
                }
            }
        }
        match total.decision() {
            Decision::Denied { .. } => Decision::Denied { by: overruled },
            decision => decision,
        }
    }

    /// Whether role assignments give the permission.
    fn granted(&self, question: &Question<'_>, memory: &mut dyn Memory) -> Tally {
        let mut tally = Tally::new();
        for grant in self.compiled.grants_to(question.id) {
            self.add(&mut tally, question, grant, None, memory);
        }
        match (question.groups, &self.facts.memberships) {
            (Some(groups), _) => {
                for grant in self.compiled.grants_to_groups() {
                    let is_member = groups.iter().any(|group| group == grant.principal.as_str());
                    if is_member && grant.principal.as_str() != question.id {
                        self.add(&mut tally, question, grant, None, memory);
                    }
                }
            }
            (None, Memberships::Apart) => {}
            (None, _) => {
                let held = self.held_by_groups(question, memory);
                let others = held.iter().filter(|held| held.group.as_str() != question.id);
                others.for_each(|held| tally.doubt(held.doubt.clone()));
            }
        }
        if let Some(missing) = &self.facts.role_assignments.missing {
            tally.doubt(Doubt::NotRead {
                what: "role assignments",
                missing: missing.as_str().into(),
            });
        }
        tally
    }

    /// What groups hold or may hold: the same for everybody whose groups are not known, except the groups themselves.
    fn held_by_groups(&self, question: &Question<'_>, memory: &mut dyn Memory) -> Rc<[GroupDoubt]> {
        let held = Held {
            permission: question.permission,
            action: question.action,
            names_repository: question.repository.is_some(),
        };
        if let Some(known) = memory.held_by_groups(held) {
            return known;
        }
        let mut found = Vec::new();
        for grant in self.compiled.grants_to_groups() {
            let doubt = Doubt::Membership {
                assignment: grant.id.clone(),
                group: grant.principal.clone(),
            };
            let mut tally = Tally::new();
            self.add(&mut tally, question, grant, Some(doubt), memory);
            found.extend(tally.doubts.into_iter().map(|doubt| GroupDoubt {
                group: grant.principal.clone(),
                doubt,
            }));
        }
        let found: Rc<[GroupDoubt]> = found.into();
        memory.keep(held, &found);
        found
    }

    /// Adds what one assignment gives; `only_if` makes a yes a maybe.
    fn add(
        &self,
        tally: &mut Tally,
        question: &Question<'_>,
        grant: &Grant,
        only_if: Option<Doubt>,
        memory: &mut dyn Memory,
    ) {
        // A part of the registry is none of its repositories; only credentials can be read from parts alone.
        let below = grant.level == Level::Below;
        if below && question.action != Action::ReadCredentials {
            return;
        }
        let truth = match self.compiled.blocks(grant, question.permission) {
            None => Truth::Unknown,
            Some(blocks) => self.any_block(question, blocks, grant.condition, memory),
        };
        match (truth, only_if) {
            (Truth::False, _) => {}
            (_, Some(doubt)) => tally.doubt(doubt),
            _ if below => tally.doubt(Doubt::BelowRegistry {
                assignment: grant.id.clone(),
            }),
            (Truth::True, None) => tally.grant(Via::RoleAssignment {
                assignment: grant.id.clone(),
                limit: self.limit(question, grant),
            }),
            (Truth::Unknown, None) if grant.effect.is_none() => tally.doubt(Doubt::RoleNotKnown {
                assignment: grant.id.clone(),
                role: grant.role.clone(),
            }),
            (Truth::Unknown, None) => {
                let why = self.why(self.compiled.conditions_of(grant));
                tally.doubt(Doubt::Condition {
                    assignment: grant.id.clone(),
                    why,
                });
            }
        }
    }

    /// Whether some block holds, by its own condition and the assignment's.
    fn any_block(
        &self,
        question: &Question<'_>,
        blocks: &[Option<ConditionId>],
        condition: Option<ConditionId>,
        memory: &mut dyn Memory,
    ) -> Truth {
        if blocks.is_empty() {
            return Truth::False;
        }
        let mut holds = |id: &Option<ConditionId>| match id {
            None => Truth::True,
            Some(id) => match self.compiled.conditions.all.get(*id) {
                Some(condition) => memory.condition(*id, condition, question.permission, question.repository),
                None => Truth::Unknown,
            },
        };
        let whole = holds(&condition);
        let either = whole.and(Truth::any(blocks.iter().map(holds)));
        // Of assignments each says that there are some it allows; whether both allow the same is not tried.
        let is_both = condition.is_some() && !blocks.contains(&None);
        match question.permission {
            Permission::RoleAssignmentsWrite if is_both && either == Truth::True => Truth::Unknown,
            _ => either,
        }
    }

    /// Whether deny assignments take the permission: the truth, the ids of those that certainly do, and the doubts.
    fn denied(&self, question: &Question<'_>, memory: &mut dyn Memory) -> (Truth, Vec<Shared>, Vec<Doubt>) {
        let (mut total, mut by, mut doubts) = (Truth::False, Vec::new(), Vec::new());
        for deny in &self.compiled.denies {
            let covered = self.any_block(
                question,
                deny.effect.blocks(question.permission),
                deny.condition,
                memory,
            );
            // Some requests to assign a role are denied then; which is asked for is not known.
            let is_conditional = deny.condition.is_some() || deny.effect.conditions().next().is_some();
            let covered = match question.permission {
                Permission::RoleAssignmentsWrite if is_conditional => covered.and(Truth::Unknown),
                _ => covered,
            };
            if covered == Truth::False {
                continue;
            }
            let meant = is_meant(question, deny);
            match covered.and(meant) {
                Truth::False => {}
                Truth::True => by.push(deny.id.clone()),
                Truth::Unknown if meant == Truth::Unknown => {
                    doubts.push(Doubt::DenyPrincipal { deny: deny.id.clone() })
                }
                Truth::Unknown => {
                    let conditions = deny.condition.into_iter().chain(deny.effect.conditions()).collect();
                    doubts.push(Doubt::Condition {
                        assignment: deny.id.clone(),
                        why: self.why(conditions),
                    });
                }
            }
            total = total.or(covered.and(meant));
        }
        if let Some(missing) = &self.facts.deny_assignments.missing {
            total = total.or(Truth::Unknown);
            doubts.push(Doubt::NotRead {
                what: "deny assignments",
                missing: missing.as_str().into(),
            });
        }
        (total, by, doubts)
    }

    /// What the conditions leave of a right to assign roles.
    fn limit(&self, question: &Question<'_>, grant: &Grant) -> Option<Shared> {
        if question.permission != Permission::RoleAssignmentsWrite {
            return None;
        }
        let all = self.compiled.conditions_of(grant).into_iter();
        let all = all.filter_map(|id| self.compiled.conditions.all.get(id));
        let said = all.map(|condition| in_words(&condition.delegation(), &self.facts.role_definitions.items));
        let said: Vec<String> = said.filter(|words| !words.is_empty()).collect();
        (!said.is_empty()).then(|| said.join("; ").as_str().into())
    }

    fn why(&self, conditions: Vec<ConditionId>) -> Shared {
        let all = conditions
            .into_iter()
            .filter_map(|id| self.compiled.conditions.all.get(id));
        let mut undecided = all.filter_map(Condition::undecided);
        match undecided.next() {
            Some(why) => why.as_str().into(),
            None => "it asks for something that the question does not tell".into(),
        }
    }
}

/// Whether a deny assignment is meant for the principal: named, and not spared.
fn is_meant(question: &Question<'_>, deny: &Deny) -> Truth {
    names(question, &deny.principals).and(!names(question, &deny.excluded))
}

fn names(question: &Question<'_>, principals: &[DenyPrincipal]) -> Truth {
    Truth::any(principals.iter().map(|principal| {
        let is_group_of = |groups: &[String]| groups.contains(&principal.id);
        if principal.is_everyone() || principal.id == question.id || question.groups.is_some_and(is_group_of) {
            Truth::True
        } else if question.groups.is_none() && principal.kind.may_have_members() {
            Truth::Unknown
        } else {
            Truth::False
        }
    }))
}
