//! What is not known, and why.

use std::collections::HashMap;

use super::super::super::action::{Action, Mode};
use super::super::super::builtin;
use super::super::super::condition::Condition;
use super::super::super::decision::{Decision, Doubt, Verdict};
use super::super::super::fixtures::{assignment, deny, facts};
use super::super::super::known::Known;
use super::super::super::principal::{Principal, PrincipalType};
use super::super::super::role::{PermissionBlock, PermissionPattern, RoleDefinition};
use super::super::Memberships;
use super::{ann, ask, granted, with_role};

#[test]
fn a_condition_that_is_not_understood_is_unknown_and_says_why() {
    let mut facts = with_role(Mode::Abac, builtin::REPOSITORY_READER);
    facts.role_assignments.items[0].condition = Condition::from_arm(Some("@Subject.Application == '1'"), None);
    let Decision::Unknown { why } = ask(&facts, &ann(), Action::Pull, "a") else {
        panic!("unknown")
    };
    assert!(
        why[0].to_string().contains("condition not understood at byte 0"),
        "{why:?}"
    );
    let delegated = "@Request[Microsoft.Authorization/roleAssignments:RoleName] StringEquals 'AcrPull'";
    let mut facts = with_role(Mode::Abac, builtin::RBAC_ADMINISTRATOR);
    facts.role_assignments.items[0].condition = Condition::from_arm(Some(delegated), Some("2.0"));
    assert_eq!(
        ask(&facts, &ann(), Action::AssignRoles, "a").verdict(),
        Verdict::Unknown
    );
}

#[test]
fn groups_give_to_members_as_far_as_they_are_known() {
    let mut facts = facts(Mode::Legacy);
    let mut group = assignment("g", builtin::ACR_PULL);
    group.principal_type = PrincipalType::Group;
    facts.role_assignments.items.push(group);
    assert_eq!(ask(&facts, &ann(), Action::Pull, "a").verdict(), Verdict::Unknown);
    assert_eq!(ask(&facts, &ann(), Action::Push, "a").verdict(), Verdict::Denied);
    assert_eq!(
        ask(&facts, &Principal::identity("G"), Action::Pull, "a").verdict(),
        Verdict::Granted
    );
    facts.memberships = Memberships::Apart;
    assert_eq!(ask(&facts, &ann(), Action::Pull, "a").verdict(), Verdict::Denied);
    let known = |groups: &[&str]| {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        Memberships::Known(HashMap::from([("ann".to_owned(), groups)]))
    };
    facts.memberships = known(&["g"]);
    assert_eq!(ask(&facts, &ann(), Action::Pull, "a").verdict(), Verdict::Granted);
    assert_eq!(
        ask(&facts, &Principal::identity("ben"), Action::Pull, "a").verdict(),
        Verdict::Unknown
    );
    facts.memberships = known(&[]);
    assert_eq!(ask(&facts, &ann(), Action::Pull, "a").verdict(), Verdict::Denied);
}

#[test]
fn what_was_refused_is_unknown_and_names_what_is_missing() {
    let mut refused = facts(Mode::Legacy);
    refused.role_assignments = Known::refused("Microsoft.Authorization/roleAssignments/read");
    let Decision::Unknown { why } = ask(&refused, &ann(), Action::Pull, "a") else {
        panic!("unknown")
    };
    assert_eq!(
        why[0].to_string(),
        "role assignments could not be read without Microsoft.Authorization/roleAssignments/read"
    );
    let mut refused = with_role(Mode::Legacy, builtin::ACR_PULL);
    refused.deny_assignments = Known::refused("Microsoft.Authorization/denyAssignments/read");
    assert_eq!(ask(&refused, &ann(), Action::Pull, "a").verdict(), Verdict::Unknown);
    assert_eq!(
        ask(&refused, &ann(), Action::Push, "a").verdict(),
        Verdict::Denied,
        "nothing to overrule"
    );
    let custom = with_role(Mode::Legacy, "11111111-0000-4000-8000-000000000001");
    let decision = ask(&custom, &ann(), Action::Pull, "a");
    assert!(matches!(&decision, Decision::Unknown { why } if matches!(why[0], Doubt::RoleNotKnown { .. })));
    let mut tokens = facts(Mode::Abac);
    tokens.tokens = Known::refused("Microsoft.ContainerRegistry/registries/tokens/read");
    tokens.admin_user = None;
    tokens.anonymous_pull = None;
    for principal in [Principal::token("build"), Principal::AdminUser, Principal::Anonymous] {
        assert_eq!(
            ask(&tokens, &principal, Action::Pull, "a").verdict(),
            Verdict::Unknown,
            "{principal}"
        );
        assert_eq!(
            ask(&tokens, &principal, Action::Configure, "a").verdict(),
            Verdict::Denied,
            "{principal}"
        );
    }
}

#[test]
fn while_the_mode_is_not_known_only_what_both_modes_say_is_said() {
    let mut facts = with_role(Mode::Legacy, builtin::OWNER);
    facts.mode = None;
    assert_eq!(
        ask(&facts, &ann(), Action::Pull, "a"),
        Decision::Unknown { why: vec![Doubt::Mode] }
    );
    assert_eq!(ask(&facts, &ann(), Action::Configure, "a").verdict(), Verdict::Granted);
    assert_eq!(
        ask(&facts, &Principal::identity("ben"), Action::Pull, "a").verdict(),
        Verdict::Denied
    );
}

#[test]
fn what_no_source_decides_is_unknown() {
    let custom = |actions: &[&str], data_actions: &[&str]| {
        let role = RoleDefinition::from_arm(&serde_json::json!({
            "name": "22222222-0000-4000-8000-000000000002",
            "properties": {"roleName": "Custom", "type": "CustomRole",
                           "permissions": [{"actions": actions, "dataActions": data_actions}]}
        }));
        role.unwrap()
    };
    let granted_by = |mode, role: RoleDefinition| {
        let mut facts = with_role(mode, &role.guid);
        facts.role_definitions.items.push(role);
        granted(&facts, &ann())
    };
    const M: &str = "Microsoft.ContainerRegistry/registries";
    let metadata = format!("{M}/repositories/metadata/*");
    assert_eq!(
        granted_by(Mode::Abac, custom(&[], &[&metadata])),
        "read-metadata push? delete?"
    );
    assert_eq!(
        granted_by(Mode::Legacy, custom(&[&format!("{M}/metadata/read")], &[])),
        "read-metadata?"
    );
    assert_eq!(
        granted_by(Mode::Legacy, custom(&[], &["*"])),
        "sign? quarantine-read? quarantine-write?"
    );
}

#[test]
fn a_decision_is_written_with_its_reasons() {
    let facts = with_role(Mode::Legacy, builtin::ACR_PULL);
    let decision = ask(&facts, &ann(), Action::Pull, "a");
    assert_eq!(
        serde_json::to_value(&decision).unwrap(),
        serde_json::json!({"verdict": "granted", "through": [
            {"kind": "role-assignment", "assignment": facts.role_assignments.items[0].id}
        ]})
    );
    let refused = Decision::doubt(Doubt::NotRead {
        what: "tokens",
        missing: "x".into(),
    });
    assert_eq!(
        serde_json::to_value(&refused).unwrap(),
        serde_json::json!({"verdict": "unknown", "why": [{"kind": "not-read", "what": "tokens", "missing": "x"}]})
    );
}

/// Each of several conditions allows some assignment; whether they allow the same one is not tried.
#[test]
fn a_right_to_assign_under_two_conditions_or_a_conditional_denial_is_unknown() {
    let only = |guid: &str| {
        let text = format!("@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] GuidEquals {guid}");
        Condition::from_arm(Some(&text), Some("2.0"))
    };
    let write = "Microsoft.Authorization/roleAssignments/write";
    let mut helper = RoleDefinition {
        guid: "11111111-0000-4000-8000-000000000002".to_owned(),
        name: "Helper".to_owned(),
        is_custom: true,
        permissions: vec![PermissionBlock {
            actions: vec![PermissionPattern::new(write)],
            condition: only(builtin::ACR_PULL),
            ..PermissionBlock::default()
        }],
    };
    let mut facts = with_role(Mode::Legacy, &helper.guid);
    let verdict = |facts: &super::super::Facts| ask(facts, &ann(), Action::AssignRoles, "a").verdict();
    facts.role_definitions.items = vec![helper.clone()];
    assert_eq!(verdict(&facts), Verdict::Granted);
    facts.role_assignments.items[0].condition = only(builtin::ACR_PUSH);
    assert_eq!(verdict(&facts), Verdict::Unknown);
    // Another block without one decides nothing more than the assignment's.
    helper.permissions.push(PermissionBlock {
        actions: vec![PermissionPattern::new(write)],
        ..PermissionBlock::default()
    });
    facts.role_definitions.items = vec![helper];
    assert_eq!(verdict(&facts), Verdict::Granted);
    // A denial of some assignments leaves open whether the one that is meant is among them.
    let mut denial = deny("deny", &[write]);
    denial.condition = only(builtin::OWNER);
    facts.deny_assignments.items = vec![denial];
    assert_eq!(verdict(&facts), Verdict::Unknown);
    facts.deny_assignments.items[0].condition = None;
    assert_eq!(verdict(&facts), Verdict::Denied);
}
