//! Small worlds in which much overlaps.

use std::collections::HashMap;

use proptest::prelude::*;

use super::super::super::action::Mode;
use super::super::super::assignment::{DenyAssignment, EVERYONE, RoleAssignment};
use super::super::super::builtin;
use super::super::super::condition::Condition;
use super::super::super::fixtures::{
    REGISTRY, SUBSCRIPTION, assignment, deny, deny_principal, facts, only_where, token,
};
use super::super::super::principal::{Principal, PrincipalType};
use super::super::{Facts, Memberships};

/// Small worlds in which much overlaps.
pub(in super::super::super) fn world() -> impl Strategy<Value = Facts> {
    let mode = prop::sample::select(vec![Some(Mode::Legacy), Some(Mode::Abac), Some(Mode::Abac), None]);
    let memberships = prop::sample::select(vec![0, 1, 2]);
    let assignments = prop::collection::vec(any_assignment(), 0..5);
    let denies = prop::collection::vec(any_deny(), 0..3);
    let tokens = prop::collection::vec(any_lines(), 0..3);
    let switches = (any::<Option<bool>>(), any::<Option<bool>>());
    (mode, memberships, assignments, denies, tokens, switches).prop_map(
        |(mode, memberships, assignments, denies, tokens, (admin, anonymous))| {
            let mut facts = facts(Mode::Abac);
            facts.mode = mode;
            facts.memberships = match memberships {
                0 => Memberships::Unknown,
                1 => Memberships::Apart,
                _ => Memberships::Known(HashMap::from([("ann".to_owned(), vec!["group".to_owned()])])),
            };
            facts.role_assignments.items = assignments;
            facts.deny_assignments.items = denies;
            for (number, lines) in tokens.iter().enumerate() {
                let (token, map) = token(&format!("token{number}"), lines);
                facts.tokens.items.push(token);
                facts.scope_maps.items.push(map);
            }
            facts.admin_user = admin;
            facts.anonymous_pull = anonymous;
            facts
        },
    )
}

pub(in super::super::super) const NAMES: &[&str] = &["team", "team/app", "team/web", "team-secrets", "app", "base/x"];

fn any_condition() -> impl Strategy<Value = Option<Condition>> {
    prop::sample::select(vec![
        None,
        None,
        only_where("StringStartsWith 'team/'"),
        only_where("StringStartsWithIgnoreCase 'TEAM'"),
        only_where("ForAnyOfAnyValues:StringEquals {'app', 'base/x'}"),
        only_where("StringNotLike '*e*'"),
        only_where("StringEquals @Principal[team]"),
        Condition::from_arm(Some("not a condition"), None),
    ])
}

pub(super) fn any_assignment() -> impl Strategy<Value = RoleAssignment> {
    let who = prop::sample::select(vec!["ann", "ben", "group"]);
    let role = prop::sample::select(vec![
        builtin::OWNER,
        builtin::READER,
        builtin::ACR_PUSH,
        builtin::REPOSITORY_READER,
        builtin::REPOSITORY_CONTRIBUTOR,
        builtin::CATALOG_LISTER,
        builtin::CONFIGURATION_READER,
        "33333333-0000-4000-8000-000000000003",
    ]);
    let scope = prop::sample::select(vec![REGISTRY, SUBSCRIPTION, "/", "/subscriptions/other"]);
    (who, role, scope, any_condition()).prop_map(|(who, role, scope, condition)| {
        let mut assignment = assignment(who, role);
        assignment.id = format!(
            "{who}-{role}-{}",
            condition.as_ref().map_or("", |condition| condition.text())
        );
        assignment.scope = scope.to_owned();
        assignment.condition = condition;
        if who == "group" {
            assignment.principal_type = PrincipalType::Group;
        }
        assignment
    })
}

pub(super) fn any_deny() -> impl Strategy<Value = DenyAssignment> {
    let what = prop::sample::select(vec!["*/write", "*/content/*", "*", "*/read"]);
    let someone = || {
        let principals = vec![
            Vec::new(),
            vec![deny_principal("ann", PrincipalType::User)],
            vec![deny_principal("group", PrincipalType::Group)],
            vec![deny_principal(EVERYONE, PrincipalType::SystemDefined)],
        ];
        prop::sample::select(principals)
    };
    (what, someone(), someone(), any_condition(), any::<bool>()).prop_map(
        |(what, principals, excluded, condition, only_at_scope)| {
            let mut deny = deny(what, &[what]);
            deny.principals = principals;
            deny.exclude_principals = excluded;
            deny.condition = condition;
            deny.only_at_scope = only_at_scope;
            deny
        },
    )
}

pub(super) fn any_lines() -> impl Strategy<Value = Vec<&'static str>> {
    let lines = vec![
        "repositories/team/*/content/read",
        "repositories/*/metadata/read",
        "repositories/app/content/write",
        "repositories/app/content/delete",
        "repositories/app/something",
    ];
    prop::sample::subsequence(lines, 0..4)
}

pub(super) fn everybody() -> Vec<Principal> {
    let mut all: Vec<Principal> = ["ann", "ben", "group", "stranger"].map(Principal::identity).to_vec();
    all.extend([
        Principal::token("token0"),
        Principal::token("token1"),
        Principal::AdminUser,
        Principal::Anonymous,
    ]);
    all
}
