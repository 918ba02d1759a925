//! What would change if the registry switched its role assignment mode.

use super::action::{Action, Mode};
use super::decision::Verdict;
use super::effective::Grants;
use super::groups::GroupSet;
use super::matrix::{Answer, Matrix};
use super::principal::Principal;

/// A principal's answer that would be another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Who.
    pub principal: Principal,
    /// What.
    pub action: Action,
    /// Where; places in the groups of either matrix, which are the same.
    pub groups: GroupSet,
    /// The answer in the first mode.
    pub before: Verdict,
    /// The answer in the second mode.
    pub after: Verdict,
}

/// The registry in one mode and in the other.
#[derive(Debug)]
pub struct Switch<'a> {
    /// The matrix in the first mode.
    pub before: Matrix<'a>,
    /// The matrix in the second mode.
    pub after: Matrix<'a>,
    /// What differs, by principal, then action.
    pub changes: Vec<Change>,
}

/// Compares the registry in mode `from` with the registry in the other mode. Nothing else is assumed to change: neither
/// roles are assigned anew, nor conditions written.
pub fn simulate<'a>(grants: &Grants, from: Mode, repositories: &'a [String]) -> Switch<'a> {
    let before = Matrix::new(&grants.in_mode(from), repositories);
    let after = Matrix::new(&grants.in_mode(from.switched()), repositories);
    let mut changes = Vec::new();
    for principal in before.principals() {
        for action in Action::ALL.iter().copied() {
            changes.extend(compare(principal, action, &before, &after));
        }
    }
    Switch { before, after, changes }
}

/// What differs in one cell of the table: by group where one is named in either answer, once for all the others.
fn compare(principal: &Principal, action: Action, before: &Matrix<'_>, after: &Matrix<'_>) -> Vec<Change> {
    let [old, new]: [Vec<Answer<'_>>; 2] = [before, after].map(|matrix| matrix.answers_of(principal, action).collect());
    let mut named: Vec<u32> = old
        .iter()
        .chain(&new)
        .flat_map(|answer| answer.groups.named())
        .copied()
        .collect();
    named.sort_unstable();
    named.dedup();
    let mut changes: Vec<Change> = Vec::new();
    let mut add = |verdicts: (Verdict, Verdict), group: Option<u32>| {
        let (before, after) = verdicts;
        if before == after {
            return;
        }
        let known = changes.iter_mut().find(|change| {
            (change.before, change.after) == verdicts && matches!(change.groups, GroupSet::Only(_)) && group.is_some()
        });
        match (known.map(|change| &mut change.groups), group) {
            (Some(GroupSet::Only(groups)), Some(group)) => groups.push(group),
            (_, group) => changes.push(Change {
                principal: principal.clone(),
                action,
                groups: group.map_or_else(|| GroupSet::AllBut(named.clone()), |group| GroupSet::Only(vec![group])),
                before,
                after,
            }),
        }
    };
    for group in &named {
        add((verdict(&old, Some(*group)), verdict(&new, Some(*group))), Some(*group));
    }
    let groups = before.groups().groups().len();
    if named.len() < groups || groups == 0 {
        add((verdict(&old, None), verdict(&new, None)), None);
    }
    changes
}

/// The answer for a group, or for every group that no answer names.
fn verdict(answers: &[Answer<'_>], group: Option<u32>) -> Verdict {
    let holds = |set: &GroupSet| match group {
        Some(group) => set.contains(group),
        None => matches!(set, GroupSet::AllBut(_)),
    };
    let found = answers.iter().find(|answer| holds(answer.groups));
    found.map_or(Verdict::Denied, |answer| answer.decision.verdict())
}

#[cfg(test)]
mod tests;
