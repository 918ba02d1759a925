//! Which groups of repositories are alike to a principal, so that it is asked about one of them only.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::action::{Action, Mode};
use super::super::compiled::ConditionId;
use super::super::condition::Condition;
use super::super::decision::Decision;
use super::super::effective::{Grants, GroupDoubt, Held, Memberships, Memory};
use super::super::groups::Groups;
use super::super::name_pattern::NamePattern;
use super::super::permission::Permission;
use super::super::principal::Principal;
use super::super::token::Repositories;
use super::super::truth::Truth;

/// Every pattern by which a condition or a scope map tells repositories apart, in either mode.
pub(super) fn patterns(grants: &Grants) -> Vec<NamePattern> {
    let conditions = &grants.compiled().conditions.all;
    let in_conditions = conditions.iter().flat_map(Condition::name_patterns);
    let maps = &grants.facts().scope_maps.items;
    let lines = maps.iter().flat_map(|map| &map.lines);
    let in_maps = lines.filter_map(|(repositories, _)| match repositories {
        Repositories::Matching(pattern) => Some(pattern.clone()),
        Repositories::All => None,
    });
    in_conditions.chain(in_maps).collect()
}

/// Groups that are alike to somebody, by one of them.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) sample: u32,
    pub(super) groups: Vec<u32>,
}

/// The principals' views of the groups, remembered while a matrix is built.
#[derive(Debug)]
pub(super) struct Parts<'b, 'a> {
    grants: &'b Grants,
    groups: &'b Groups<'a>,
    /// Condition → places of its patterns.
    patterns: Vec<Vec<u32>>,
    /// Conditions that concern every identity: those of deny assignments, and of groups whose members are not known.
    common: Vec<ConditionId>,
    /// Pattern → the conditions that have it.
    conditions: Vec<Vec<ConditionId>>,
    answers: Answers,
    /// Principals under the same conditions have the same parts.
    known: HashMap<Vec<ConditionId>, Rc<[Part]>>,
}

impl<'b, 'a> Parts<'b, 'a> {
    pub(super) fn new(grants: &'b Grants, groups: &'b Groups<'a>) -> Self {
        let compiled = grants.compiled();
        let places = |condition: &Condition| {
            let patterns = condition.name_patterns();
            patterns.iter().filter_map(|pattern| groups.place(pattern)).collect()
        };
        let mut common = compiled.conditions_of_denies();
        if !matches!(grants.facts().memberships, Memberships::Apart) {
            let to_groups = compiled.grants_to_groups();
            common.extend(to_groups.flat_map(|grant| compiled.conditions_of(grant)));
        }
        let patterns: Vec<Vec<u32>> = compiled.conditions.all.iter().map(places).collect();
        let mut conditions = vec![Vec::new(); groups.patterns().len()];
        for (id, places) in patterns.iter().enumerate() {
            for place in places {
                if let Some(list) = conditions.get_mut(*place as usize) {
                    list.push(id);
                }
            }
        }
        Self {
            grants,
            groups,
            patterns,
            common,
            conditions,
            answers: Answers::default(),
            known: HashMap::new(),
        }
    }

    /// The groups in which this principal's answers can differ from those everywhere else, in parts that are alike.
    pub(super) fn of(&mut self, principal: &Principal) -> Rc<[Part]> {
        match principal {
            // No request names a repository in legacy mode.
            Principal::Identity(_) if self.grants.mode() == Some(Mode::Legacy) => Rc::new([]),
            Principal::Identity(id) => {
                let compiled = self.grants.compiled();
                let own = compiled.grants_to(id).flat_map(|grant| compiled.conditions_of(grant));
                let mut conditions: Vec<ConditionId> = own.chain(self.common.iter().copied()).collect();
                conditions.sort_unstable();
                conditions.dedup();
                if let Some(known) = self.known.get(&conditions) {
                    return Rc::clone(known);
                }
                let parts: Rc<[Part]> = self.under(&conditions).into();
                self.known.insert(conditions, Rc::clone(&parts));
                parts
            }
            Principal::Token(name) => {
                let facts = self.grants.facts();
                let token = facts.tokens.items.iter().find(|token| token.name == *name);
                let map = token.and_then(|token| self.grants.scope_map(token.scope_map.as_deref()));
                let lines = map.into_iter().flat_map(|map| &map.lines);
                let places = lines.filter_map(|(repositories, _)| match repositories {
                    Repositories::Matching(pattern) => self.groups.place(pattern),
                    Repositories::All => None,
                });
                let groups = self.groups.with_any(&places.collect::<Vec<_>>());
                let alone = groups.into_iter().map(|group| Part {
                    sample: group,
                    groups: vec![group],
                });
                alone.collect()
            }
            Principal::AdminUser | Principal::Anonymous => Rc::new([]),
        }
    }

    /// The groups that these conditions (ascending) pick out, together where the same conditions recognize them and
    /// answer alike. What recognizes none of a group's patterns answers for it as for every other such group.
    fn under(&mut self, conditions: &[ConditionId]) -> Vec<Part> {
        let lists = conditions.iter().filter_map(|id| self.patterns.get(*id));
        let patterns: Vec<u32> = lists.flatten().copied().collect();
        let permissions = Permission::ALL
            .iter()
            .filter(|permission| permission.names_repository());
        let permissions: Vec<Permission> = permissions.copied().collect();
        let mut by_truths: HashMap<Vec<(ConditionId, Truth)>, usize> = HashMap::new();
        let mut parts: Vec<Part> = Vec::new();
        for group in self.groups.with_any(&patterns) {
            self.answers.group = group;
            let name = self.groups.sample(group);
            let mut truths = Vec::new();
            for id in self.recognizing(group, conditions) {
                let Some(condition) = self.grants.compiled().conditions.all.get(id) else {
                    continue;
                };
                for permission in &permissions {
                    truths.push((id, self.answers.condition(id, condition, *permission, name)));
                }
            }
            let next = parts.len();
            let place = *by_truths.entry(truths).or_insert(next);
            if place == next {
                parts.push(Part {
                    sample: group,
                    groups: Vec::new(),
                });
            }
            if let Some(part) = parts.get_mut(place) {
                part.groups.push(group);
            }
        }
        parts
    }

    /// Those of the conditions that have a pattern which the group matches, ascending.
    fn recognizing(&self, group: u32, conditions: &[ConditionId]) -> Vec<ConditionId> {
        let group = self.groups.groups().get(group as usize);
        let patterns = group.into_iter().flat_map(|group| &group.patterns);
        let having = patterns.filter_map(|pattern| self.conditions.get(*pattern as usize));
        let mut ids: Vec<ConditionId> = having
            .flatten()
            .copied()
            .filter(|id| conditions.binary_search(id).is_ok())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Ends the questions about a principal. Its conditions are seldom another's too, and a hundred thousand answers are
    /// more than what they save.
    pub(super) fn forget(&mut self) {
        const MANY: usize = 1 << 16;
        if self.answers.conditions.len() > MANY {
            self.answers.conditions.clear();
        }
    }

    /// The answer that does not depend on a repository.
    pub(super) fn ask_registry(&mut self, principal: &Principal, action: Action) -> Decision {
        self.grants.decide_with(principal, action, None, &mut self.answers)
    }

    /// The answer for a group, by one of its repositories.
    pub(super) fn ask(&mut self, principal: &Principal, action: Action, group: u32) -> Decision {
        self.answers.group = group;
        let name = self.groups.sample(group);
        self.grants.decide_with(principal, action, name, &mut self.answers)
    }
}

/// What was answered before, by group of repositories.
#[derive(Debug, Default)]
struct Answers {
    /// The group that is asked about.
    group: u32,
    conditions: HashMap<(ConditionId, Permission, u32), Truth>,
    held: HashMap<(Held, u32), Rc<[GroupDoubt]>>,
}

impl Answers {
    /// A request that names no repository is alike for all groups.
    fn place(&self, names_repository: bool) -> u32 {
        if names_repository { self.group } else { u32::MAX }
    }
}

impl Memory for Answers {
    fn condition(
        &mut self,
        id: ConditionId,
        condition: &Condition,
        permission: Permission,
        repository: Option<&str>,
    ) -> Truth {
        let key = (id, permission, self.place(repository.is_some()));
        let answer = self.conditions.entry(key);
        *answer.or_insert_with(|| condition.evaluate(permission.name(), repository))
    }

    fn held_by_groups(&mut self, held: Held) -> Option<Rc<[GroupDoubt]>> {
        self.held.get(&(held, self.place(held.names_repository))).cloned()
    }

    fn keep(&mut self, held: Held, doubts: &Rc<[GroupDoubt]>) {
        let place = self.place(held.names_repository);
        self.held.insert((held, place), Rc::clone(doubts));
    }
}
