//! What two audits of a registry tell apart: verdicts, principals, roles, access.
//!
//! Only what both know is compared: what could not be read has neither come nor gone.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::action::Action;
use crate::access::decision::Verdict as Answer;
use crate::access::principal::Principal;
use crate::inventory::audit::{AuditDocument, HeldRole, PrincipalAccess};
use crate::inventory::change::Change;
use crate::posture::source::Source;

/// The changes, in the order of [`Change`].
pub(super) fn changes(before: &AuditDocument, after: &AuditDocument) -> Vec<Change> {
    let mut changes = Vec::new();
    verdicts(before, after, &mut changes);
    principals(before, after, &mut changes);
    changes
}

fn verdicts(old: &AuditDocument, new: &AuditDocument, changes: &mut Vec<Change>) {
    let before: BTreeMap<&str, _> = old
        .findings
        .iter()
        .map(|found| (found.rule.as_str(), found.verdict))
        .collect();
    for found in &new.findings {
        // A rule that was not on before has no other answer now.
        if let Some(from) = before.get(found.rule.as_str()).filter(|from| **from != found.verdict) {
            changes.push(Change::VerdictChanged {
                rule: found.rule.clone(),
                from: *from,
                to: found.verdict,
            });
        }
    }
}

fn principals(old: &AuditDocument, new: &AuditDocument, changes: &mut Vec<Change>) {
    let (before, after) = (by_name(old), by_name(new));
    let is_told = |principal: &str| {
        let source = source(principal);
        old.knows(source) && new.knows(source)
    };
    // A list that was cut off does not tell who is missing from it.
    let are_all = old.access.left_out == 0 && new.access.left_out == 0;
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let none = PrincipalAccess::default();
    for name in names.into_iter().filter(|name| is_told(name)) {
        let (was, is) = (before.get(name).copied(), after.get(name).copied());
        if (was.is_none() || is.is_none()) && !are_all {
            continue;
        }
        match (was, is) {
            (None, Some(_)) => changes.push(Change::PrincipalAdded {
                principal: name.to_owned(),
            }),
            (Some(_), None) => changes.push(Change::PrincipalRemoved {
                principal: name.to_owned(),
            }),
            _ => {}
        }
        let (was, is) = (was.unwrap_or(&none), is.unwrap_or(&none));
        roles(name, was, is, changes);
        access(name, was, is, changes);
    }
}

fn by_name(audit: &AuditDocument) -> BTreeMap<&str, &PrincipalAccess> {
    let rows = audit.access.principals.iter();
    rows.map(|row| (row.principal.as_str(), row)).collect()
}

/// Names of assignments are not case-sensitive.
fn by_assignment(row: &PrincipalAccess) -> BTreeMap<String, &HeldRole> {
    let roles = row.roles.iter();
    roles.map(|role| (role.assignment.to_ascii_lowercase(), role)).collect()
}

/// The read that tells whether a principal is there.
fn source(principal: &str) -> Source {
    match Principal::named(principal) {
        Principal::Identity(_) => Source::Access,
        Principal::Token(_) => Source::Tokens,
        Principal::AdminUser | Principal::Anonymous => Source::Registry,
    }
}

fn roles(principal: &str, was: &PrincipalAccess, is: &PrincipalAccess, changes: &mut Vec<Change>) {
    let (was, is) = (by_assignment(was), by_assignment(is));
    let principal = || principal.to_owned();
    for (assignment, role) in &is {
        match was.get(assignment) {
            None => changes.push(Change::RoleAdded {
                principal: principal(),
                role: (*role).clone(),
            }),
            Some(old) if old.condition != role.condition => changes.push(Change::ConditionChanged {
                principal: principal(),
                role: role.role.clone(),
                assignment: role.assignment.clone(),
                from: old.condition.clone(),
                to: role.condition.clone(),
            }),
            Some(_) => {}
        }
    }
    for (_, role) in was.iter().filter(|(assignment, _)| !is.contains_key(*assignment)) {
        changes.push(Change::RoleRemoved {
            principal: principal(),
            role: (*role).clone(),
        });
    }
}

fn access(principal: &str, was: &PrincipalAccess, is: &PrincipalAccess, changes: &mut Vec<Change>) {
    let with = |row: &PrincipalAccess, wanted: &[Answer]| -> BTreeSet<Action> {
        let answers = row.answers.iter().filter(|answer| wanted.contains(&answer.verdict));
        answers.flat_map(|answer| answer.actions.iter().copied()).collect()
    };
    let new = |from: &PrincipalAccess, to: &PrincipalAccess| -> Vec<Action> {
        let maybe = with(from, &[Answer::Granted, Answer::Unknown]);
        with(to, &[Answer::Granted]).difference(&maybe).copied().collect()
    };
    let (gained, lost) = (new(was, is), new(is, was));
    if !gained.is_empty() || !lost.is_empty() {
        changes.push(Change::AccessChanged {
            principal: principal.to_owned(),
            gained,
            lost,
        });
    }
}
