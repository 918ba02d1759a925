//! Roles, assignments and denies of one registry, made ready for many questions.

use std::collections::HashMap;

use super::assignment::{DenyAssignment, DenyPrincipal, RoleAssignment};
use super::builtin;
use super::condition::Condition;
use super::decision::Shared;
use super::permission::Permission;
use super::principal::PrincipalType;
use super::role::{PermissionBlock, RoleDefinition};
use super::scope::{Level, level};

/// Place of a condition in [`Conditions`].
pub(super) type ConditionId = usize;

/// Every condition once: many assignments carry the same one.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) all: Vec<Condition>,
    ids: HashMap<Condition, ConditionId>,
}

impl Conditions {
    fn intern(&mut self, condition: Option<&Condition>) -> Option<ConditionId> {
        let condition = condition?;
        let next = self.all.len();
        let id = *self.ids.entry(condition.clone()).or_insert(next);
        if id == next {
            self.all.push(condition.clone());
        }
        Some(id)
    }
}

/// What permission blocks allow or deny: per permission the conditions of the blocks that cover it (none: always).
#[derive(Debug)]
pub(super) struct Effect(Vec<Vec<Option<ConditionId>>>);

impl Effect {
    fn of(blocks: &[PermissionBlock], conditions: &mut Conditions) -> Self {
        let conditions: Vec<(&PermissionBlock, Option<ConditionId>)> = blocks
            .iter()
            .map(|block| (block, conditions.intern(block.condition.as_ref())))
            .collect();
        let per_permission = |permission: &Permission| {
            let covering = conditions.iter().filter(|(block, _)| block.covers(*permission));
            covering.map(|(_, condition)| *condition).collect()
        };
        Self(Permission::ALL.iter().map(per_permission).collect())
    }

    /// The blocks that cover it, each by its condition.
    pub(super) fn blocks(&self, permission: Permission) -> &[Option<ConditionId>] {
        self.0.get(permission as usize).map_or(&[], Vec::as_slice)
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = ConditionId> {
        self.0.iter().flatten().filter_map(|condition| *condition)
    }
}

/// A role assignment that reaches the registry or stands on a part of it.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) id: Shared,
    pub(super) principal: Shared,
    pub(super) kind: PrincipalType,
    pub(super) level: Level,
    pub(super) role: Shared,
    /// Place in [`Compiled::effects`]; none when the role is not known.
    pub(super) effect: Option<usize>,
    pub(super) condition: Option<ConditionId>,
}

/// A deny assignment that reaches the registry.
#[derive(Debug)]
pub(super) struct Deny {
    pub(super) id: Shared,
    pub(super) effect: Effect,
    pub(super) condition: Option<ConditionId>,
    pub(super) principals: Vec<DenyPrincipal>,
    pub(super) excluded: Vec<DenyPrincipal>,
}

/// Everything of one registry that does not depend on the question.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub(super) conditions: Conditions,
    pub(super) effects: Vec<Effect>,
    pub(super) grants: Vec<Grant>,
    pub(super) denies: Vec<Deny>,
    /// Principal → its grants.
    pub(super) by_principal: HashMap<Shared, Vec<usize>>,
    /// Grants to what may have members.
    pub(super) to_groups: Vec<usize>,
}

impl Compiled {
    pub(super) fn new(
        registry: &str,
        roles: &[RoleDefinition],
        assignments: &[RoleAssignment],
        denies: &[DenyAssignment],
    ) -> Self {
        let mut compiled = Self::default();
        let mut effects: HashMap<&str, Option<usize>> = HashMap::new();
        for assignment in assignments {
            let Some(level) = level(&assignment.scope, registry) else {
                continue;
            };
            let effect = *effects.entry(&assignment.role_guid).or_insert_with(|| {
                let role = builtin::role_among(roles, &assignment.role_guid)?;
                compiled
                    .effects
                    .push(Effect::of(&role.permissions, &mut compiled.conditions));
                Some(compiled.effects.len() - 1)
            });
            compiled.add(assignment, level, effect);
        }
        for deny in denies {
            let applies = match level(&deny.scope, registry) {
                None | Some(Level::Below) => false,
                Some(level) => level == Level::Registry || !deny.only_at_scope,
            };
            if applies {
                let deny = Deny {
                    id: deny.id.as_str().into(),
                    effect: Effect::of(&deny.permissions, &mut compiled.conditions),
                    condition: compiled.conditions.intern(deny.condition.as_ref()),
                    principals: deny.principals.clone(),
                    excluded: deny.exclude_principals.clone(),
                };
                compiled.denies.push(deny);
            }
        }
        compiled
    }

    fn add(&mut self, assignment: &RoleAssignment, level: Level, effect: Option<usize>) {
        let principal = match self
            .by_principal
            .get_key_value(&Shared::from(assignment.principal_id.as_str()))
        {
            Some((known, _)) => known.clone(),
            None => assignment.principal_id.as_str().into(),
        };
        let place = self.grants.len();
        self.by_principal.entry(principal.clone()).or_default().push(place);
        if assignment.principal_type.may_have_members() {
            self.to_groups.push(place);
        }
        let condition = self.conditions.intern(assignment.condition.as_ref());
        self.grants.push(Grant {
            id: assignment.id.as_str().into(),
            principal,
            kind: assignment.principal_type,
            level,
            role: assignment.role_guid.as_str().into(),
            effect,
            condition,
        });
    }

    /// The grants to this principal itself.
    pub(super) fn grants_to(&self, principal: &str) -> impl Iterator<Item = &Grant> {
        let places = self
            .by_principal
            .get(&Shared::from(principal))
            .map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.grants.get(*place))
    }

    /// The grants to what may have members.
    pub(super) fn grants_to_groups(&self) -> impl Iterator<Item = &Grant> {
        self.to_groups.iter().filter_map(|place| self.grants.get(*place))
    }

    /// The blocks by which a grant gives a permission; none when its role is not known.
    pub(super) fn blocks(&self, grant: &Grant, permission: Permission) -> Option<&[Option<ConditionId>]> {
        let effect = self.effects.get(grant.effect?)?;
        Some(effect.blocks(permission))
    }

    /// Every condition that a grant depends on.
    pub(super) fn conditions_of(&self, grant: &Grant) -> Vec<ConditionId> {
        let effect = grant.effect.and_then(|place| self.effects.get(place));
        let blocks = effect.into_iter().flat_map(Effect::conditions);
        grant.condition.into_iter().chain(blocks).collect()
    }

    /// Every condition that the denies depend on.
    pub(super) fn conditions_of_denies(&self) -> Vec<ConditionId> {
        let of = |deny: &Deny| {
            deny.condition
                .into_iter()
                .chain(deny.effect.conditions())
                .collect::<Vec<_>>()
        };
        self.denies.iter().flat_map(of).collect()
    }
}
