//! The sum of changes of a registry, one after the other.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::access::action::Action;
use crate::inventory::audit::HeldRole;
use crate::inventory::change::Change;
use crate::posture::verdict::Verdict;

/// What was, and what is now.
type Moved<T> = (T, T);

/// See the module. A role is one of a principal, by its assignment, whose name is not case-sensitive.
#[derive(Debug, Default)]
pub(super) struct Net {
    settings: BTreeMap<String, Moved<Option<Value>>>,
    verdicts: BTreeMap<String, Moved<Verdict>>,
    /// Whether it was there, and is.
    principals: BTreeMap<String, Moved<bool>>,
    roles: BTreeMap<(String, String), Moved<Option<HeldRole>>>,
    /// Of roles that have neither come nor gone.
    conditions: BTreeMap<(String, String), Condition>,
    /// More often gained than lost, or the other way round.
    access: BTreeMap<String, BTreeMap<Action, i32>>,
}

/// A condition before and now, with the names of role and assignment.
type Condition = (Moved<Option<String>>, (String, String));

fn moved<K: Ord, T>(map: &mut BTreeMap<K, Moved<T>>, key: K, from: T, to: T) {
    match map.get_mut(&key) {
        Some(known) => known.1 = to,
        None => drop(map.insert(key, (from, to))),
    }
}

impl Net {
    /// Takes the next change.
    pub(super) fn add(&mut self, change: Change) {
        match change {
            Change::SettingChanged { path, from, to } => moved(&mut self.settings, path, from, to),
            Change::VerdictChanged { rule, from, to } => moved(&mut self.verdicts, rule, from, to),
            Change::PrincipalAdded { principal } => moved(&mut self.principals, principal, false, true),
            Change::PrincipalRemoved { principal } => moved(&mut self.principals, principal, true, false),
            Change::RoleAdded { principal, role } => {
                let key = (principal, role.assignment.to_ascii_lowercase());
                moved(&mut self.roles, key, None, Some(role));
            }
            Change::RoleRemoved { principal, mut role } => {
                let key = (principal, role.assignment.to_ascii_lowercase());
                // As it was in the beginning.
                if let Some(((condition, _), _)) = self.conditions.remove(&key) {
                    role.condition = condition;
                }
                moved(&mut self.roles, key, Some(role), None);
            }
            Change::ConditionChanged {
                principal,
                role,
                assignment,
                from,
                to,
            } => {
                let key = (principal, assignment.to_ascii_lowercase());
                match (self.roles.get_mut(&key), self.conditions.get_mut(&key)) {
                    (Some((_, Some(role))), _) => role.condition = to,
                    (_, Some(((_, last), _))) => *last = to,
                    (_, None) => drop(self.conditions.insert(key, ((from, to), (role, assignment)))),
                }
            }
            Change::AccessChanged {
                principal,
                gained,
                lost,
            } => {
                let of = self.access.entry(principal).or_default();
                gained
                    .into_iter()
                    .for_each(|action| *of.entry(action).or_default() += 1);
                lost.into_iter().for_each(|action| *of.entry(action).or_default() -= 1);
            }
            // Of repositories: snapshots tell these.
            _ => {}
        }
    }

    /// What is left, in the order of [`Change`].
    pub(super) fn finish(self) -> Vec<Change> {
        let settings = self.settings.into_iter().filter(|(_, (from, to))| from != to);
        let settings = settings.map(|(path, (from, to))| Change::SettingChanged { path, from, to });
        let verdicts = self.verdicts.into_iter().filter(|(_, (from, to))| from != to);
        let verdicts = verdicts.map(|(rule, (from, to))| Change::VerdictChanged { rule, from, to });
        let principals = self.principals.into_iter().filter(|(_, (was, is))| was != is);
        let principals = principals.map(|(principal, (_, is))| match is {
            true => Change::PrincipalAdded { principal },
            false => Change::PrincipalRemoved { principal },
        });
        let roles = self.roles.into_iter().filter_map(|((principal, _), held)| match held {
            (None, Some(role)) => Some(Change::RoleAdded { principal, role }),
            (Some(role), None) => Some(Change::RoleRemoved { principal, role }),
            (Some(was), Some(is)) if was.condition != is.condition => Some(Change::ConditionChanged {
                principal,
                role: is.role,
                assignment: is.assignment,
                from: was.condition,
                to: is.condition,
            }),
            _ => None,
        });
        let conditions = self.conditions.into_iter().filter(|(_, ((from, to), _))| from != to);
        let conditions =
            conditions.map(
                |((principal, _), ((from, to), (role, assignment)))| Change::ConditionChanged {
                    principal,
                    role,
                    assignment,
                    from,
                    to,
                },
            );
        let access = self.access.into_iter().filter_map(|(principal, actions)| {
            let with = |sign: i32| {
                actions
                    .iter()
                    .filter(move |(_, sum)| sum.signum() == sign)
                    .map(|(action, _)| *action)
            };
            let (gained, lost): (Vec<Action>, Vec<Action>) = (with(1).collect(), with(-1).collect());
            let is_none = gained.is_empty() && lost.is_empty();
            (!is_none).then_some(Change::AccessChanged {
                principal,
                gained,
                lost,
            })
        });
        settings
            .chain(verdicts)
            .chain(principals)
            .chain(roles)
            .chain(conditions)
            .chain(access)
            .collect()
    }
}

#[cfg(test)]
mod tests;
