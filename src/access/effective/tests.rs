//! Who may do what, by example and by property.

use std::collections::HashMap;

use proptest::prelude::*;

use super::super::action::{Action, Mode};
use super::super::builtin;
use super::super::condition::Condition;
use super::super::decision::{Decision, Doubt, Verdict, Via};
use super::super::fixtures::{REGISTRY, SUBSCRIPTION, assignment, deny, deny_principal, facts, only_where, token};
use super::super::known::Known;
use super::super::principal::{Principal, PrincipalType};
use super::super::role::RoleDefinition;
use super::{Facts, Grants, Memberships};

fn ann() -> Principal {
    Principal::identity("Ann")
}

fn ask(facts: &Facts, principal: &Principal, action: Action, repository: &str) -> Decision {
    Grants::new(facts.clone()).decide(principal, action, Some(repository))
}

fn with_role(mode: Mode, role: &str) -> Facts {
    let mut facts = facts(mode);
    facts.role_assignments.items.push(assignment("ann", role));
    facts
}

/// The granted actions, in short; everything else is denied.
fn granted(facts: &Facts, principal: &Principal) -> String {
    let grants = Grants::new(facts.clone());
    let mut words = Vec::new();
    for action in Action::ALL {
        match grants.decide(principal, *action, Some("team/app")).verdict() {
            Verdict::Granted => words.push(action.to_string()),
            Verdict::Unknown => words.push(format!("{action}?")),
            Verdict::Denied => {}
        }
    }
    words.join(" ")
}

#[test]
fn every_action_in_both_modes_with_the_built_in_roles() {
    let reads = "list-catalog read-metadata pull";
    let data = "list-catalog read-metadata pull push delete sign quarantine-read quarantine-write";
    let control = "import configure";
    let (owner, contributor) = (
        format!("{control} assign-roles read-credentials"),
        format!("{control} read-credentials"),
    );
    for (role, legacy, abac) in [
        (builtin::OWNER, format!("{data} {owner}"), owner),
        (builtin::CONTRIBUTOR, format!("{data} {contributor}"), contributor),
        (builtin::READER, format!("{reads} quarantine-read"), String::new()),
        (
            builtin::USER_ACCESS_ADMINISTRATOR,
            format!("{reads} quarantine-read assign-roles"),
            "assign-roles".to_owned(),
        ),
        (
            builtin::RBAC_ADMINISTRATOR,
            format!("{reads} quarantine-read assign-roles"),
            "assign-roles".to_owned(),
        ),
        (builtin::ACR_PULL, reads.to_owned(), String::new()),
        (builtin::ACR_PUSH, format!("{reads} push sign"), String::new()),
        (builtin::ACR_DELETE, "delete".to_owned(), String::new()),
        (builtin::ACR_IMAGE_SIGNER, "sign".to_owned(), String::new()),
        (
            builtin::ACR_QUARANTINE_READER,
            "quarantine-read".to_owned(),
            "quarantine-read".to_owned(),
        ),
        (
            builtin::ACR_QUARANTINE_WRITER,
            "quarantine-read quarantine-write".to_owned(),
            "quarantine-read quarantine-write".to_owned(),
        ),
        (
            builtin::REPOSITORY_READER,
            String::new(),
            "read-metadata pull".to_owned(),
        ),
        (
            builtin::REPOSITORY_WRITER,
            String::new(),
            "read-metadata pull push sign".to_owned(),
        ),
        (
            builtin::REPOSITORY_CONTRIBUTOR,
            String::new(),
            "read-metadata pull push delete sign".to_owned(),
        ),
        (builtin::CATALOG_LISTER, String::new(), "list-catalog".to_owned()),
        (
            builtin::DATA_IMPORTER,
            format!("{reads} import"),
            format!("{reads} import"),
        ),
        (
            builtin::CONFIGURATION_READER,
            "read-credentials".to_owned(),
            "read-credentials".to_owned(),
        ),
        (
            builtin::CONFIGURATION_ADMINISTRATOR,
            "configure read-credentials".to_owned(),
            "configure read-credentials".to_owned(),
        ),
        (builtin::TASKS_CONTRIBUTOR, String::new(), String::new()),
        (builtin::TRANSFER_PIPELINE_CONTRIBUTOR, String::new(), String::new()),
    ] {
        let name = &builtin::role(role).unwrap().name;
        assert_eq!(
            granted(&with_role(Mode::Legacy, role), &ann()),
            legacy,
            "{name}, legacy"
        );
        assert_eq!(granted(&with_role(Mode::Abac, role), &ann()), abac, "{name}, ABAC");
    }
}

#[test]
fn conditions_narrow_abac_and_are_passed_by_in_legacy_mode() {
    let mut abac = facts(Mode::Abac);
    let mut narrowed = assignment("ann", builtin::REPOSITORY_WRITER);
    narrowed.condition = only_where("StringStartsWith 'team/'");
    abac.role_assignments.items.push(narrowed);
    assert_eq!(ask(&abac, &ann(), Action::Push, "team/app").verdict(), Verdict::Granted);
    assert_eq!(
        ask(&abac, &ann(), Action::Push, "team-secrets/app").verdict(),
        Verdict::Denied
    );
    let grants = Grants::new(abac.clone());
    assert_eq!(grants.decide(&ann(), Action::Push, None).verdict(), Verdict::Unknown);
    assert_eq!(
        grants.decide(&ann(), Action::ListCatalog, None).verdict(),
        Verdict::Denied
    );
    abac.role_assignments.items[0].role_guid = builtin::ACR_PUSH.to_owned();
    abac.mode = Some(Mode::Legacy);
    assert_eq!(ask(&abac, &ann(), Action::Push, "other").verdict(), Verdict::Granted);
}

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
    let delegated = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d}";
    let mut facts = with_role(Mode::Abac, builtin::RBAC_ADMINISTRATOR);
    facts.role_assignments.items[0].condition = Condition::from_arm(Some(delegated), Some("2.0"));
    assert_eq!(
        ask(&facts, &ann(), Action::AssignRoles, "a").verdict(),
        Verdict::Unknown
    );
}

#[test]
fn scopes_above_are_inherited_and_those_beside_are_not() {
    for (scope, expected) in [
        ("/", Verdict::Granted),
        ("/providers/Microsoft.Management/managementGroups/all", Verdict::Granted),
        (SUBSCRIPTION, Verdict::Granted),
        (&SUBSCRIPTION.to_uppercase(), Verdict::Granted),
        (&format!("{SUBSCRIPTION}/resourceGroups/RG-TEAM"), Verdict::Granted),
        (
            &format!("{SUBSCRIPTION}/resourceGroups/rg-team-secrets"),
            Verdict::Denied,
        ),
        (&format!("{REGISTRY}x"), Verdict::Denied),
        (&format!("{REGISTRY}/webhooks/w"), Verdict::Denied),
    ] {
        let mut facts = with_role(Mode::Legacy, builtin::ACR_PULL);
        facts.role_assignments.items[0].scope = scope.to_owned();
        assert_eq!(ask(&facts, &ann(), Action::Pull, "a").verdict(), expected, "{scope}");
    }
    let mut facts = with_role(Mode::Legacy, builtin::OWNER);
    facts.role_assignments.items[0].scope = format!("{REGISTRY}/webhooks/w");
    let decision = ask(&facts, &ann(), Action::ReadCredentials, "a");
    assert!(matches!(&decision, Decision::Unknown { why } if matches!(why[0], Doubt::BelowRegistry { .. })));
}

#[test]
fn deny_assignments_overrule_and_name_themselves() {
    let mut facts = with_role(Mode::Legacy, builtin::ACR_PUSH);
    facts.deny_assignments.items.push(deny("no-push", &["*/push/write"]));
    assert_eq!(
        ask(&facts, &ann(), Action::Push, "a"),
        Decision::Denied {
            by: vec!["no-push".into()]
        }
    );
    assert_eq!(ask(&facts, &ann(), Action::Pull, "a").verdict(), Verdict::Granted);
    let with = |change: &dyn Fn(&mut super::DenyAssignment)| {
        let mut facts = facts.clone();
        change(&mut facts.deny_assignments.items[0]);
        ask(&facts, &ann(), Action::Push, "a").verdict()
    };
    let user = |id: &str| vec![deny_principal(id, PrincipalType::User)];
    let group = || vec![deny_principal("g", PrincipalType::Group)];
    assert_eq!(with(&|deny| deny.only_at_scope = true), Verdict::Granted);
    assert_eq!(with(&|deny| deny.scope = REGISTRY.to_lowercase()), Verdict::Denied);
    assert_eq!(with(&|deny| deny.principals = user("ann")), Verdict::Denied);
    assert_eq!(with(&|deny| deny.principals = user("ben")), Verdict::Granted);
    assert_eq!(with(&|deny| deny.principals = group()), Verdict::Unknown);
    assert_eq!(with(&|deny| deny.exclude_principals = user("ann")), Verdict::Granted);
    assert_eq!(with(&|deny| deny.exclude_principals = group()), Verdict::Unknown);
    assert_eq!(
        with(&|deny| deny.condition = only_where("StringEquals 'a'")),
        Verdict::Denied
    );
    assert_eq!(
        with(&|deny| deny.condition = Condition::from_arm(Some("@Principal[x] StringEquals 'y'"), None)),
        Verdict::Unknown
    );
}

#[test]
fn one_of_several_ways_to_credentials_is_enough() {
    let mut facts = with_role(Mode::Legacy, builtin::CONFIGURATION_READER);
    facts
        .deny_assignments
        .items
        .push(deny("no-admin", &["*/listCredentials/action"]));
    assert_eq!(
        ask(&facts, &ann(), Action::ReadCredentials, "a").verdict(),
        Verdict::Granted
    );
    facts
        .deny_assignments
        .items
        .push(deny("no-webhook", &["*/GETCALLBACKCONFIG/action"]));
    assert_eq!(
        ask(&facts, &ann(), Action::ReadCredentials, "a"),
        Decision::Denied {
            by: vec!["no-admin".into(), "no-webhook".into()]
        }
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
fn tokens_the_admin_user_and_anonymous_pull_are_principals_of_their_own() {
    for mode in [Mode::Legacy, Mode::Abac] {
        let mut facts = facts(mode);
        let (build, map) = token(
            "Build",
            &[
                "repositories/team/*/content/write",
                "repositories/team/app/content/read",
            ],
        );
        facts.tokens.items.push(build);
        facts.scope_maps.items.push(map);
        facts.admin_user = Some(true);
        facts.anonymous_pull = Some(true);
        facts.deny_assignments.items.push(deny("all", &["*"]));
        let build = Principal::token("build");
        assert_eq!(granted(&facts, &build), "pull push sign");
        assert_eq!(
            ask(&facts, &build, Action::Push, "team-secrets").verdict(),
            Verdict::Denied
        );
        assert_eq!(
            ask(&facts, &build, Action::Pull, "team/app"),
            Decision::Granted {
                through: vec![Via::ScopeMap {
                    scope_map: "build".into()
                }]
            }
        );
        assert_eq!(
            granted(&facts, &Principal::AdminUser),
            "list-catalog read-metadata pull push delete sign quarantine-read? quarantine-write?"
        );
        assert_eq!(
            granted(&facts, &Principal::Anonymous),
            "list-catalog read-metadata pull"
        );
        facts.scope_maps = Known::refused("Microsoft.ContainerRegistry/registries/scopeMaps/read");
        assert_eq!(
            ask(&facts, &build, Action::Pull, "team/app").verdict(),
            Verdict::Unknown
        );
    }
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

/// Small worlds in which much overlaps.
pub(in super::super) fn world() -> impl Strategy<Value = Facts> {
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

pub(in super::super) const NAMES: &[&str] = &["team", "team/app", "team/web", "team-secrets", "app", "base/x"];

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

fn any_assignment() -> impl Strategy<Value = super::RoleAssignment> {
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

fn any_deny() -> impl Strategy<Value = super::DenyAssignment> {
    let what = prop::sample::select(vec!["*/write", "*/content/*", "*", "*/read"]);
    let someone = || {
        let principals = vec![
            Vec::new(),
            vec![deny_principal("ann", PrincipalType::User)],
            vec![deny_principal("group", PrincipalType::Group)],
            vec![deny_principal(
                super::super::assignment::EVERYONE,
                PrincipalType::SystemDefined,
            )],
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

fn any_lines() -> impl Strategy<Value = Vec<&'static str>> {
    let lines = vec![
        "repositories/team/*/content/read",
        "repositories/*/metadata/read",
        "repositories/app/content/write",
        "repositories/app/content/delete",
        "repositories/app/something",
    ];
    prop::sample::subsequence(lines, 0..4)
}

fn everybody() -> Vec<Principal> {
    let mut all: Vec<Principal> = ["ann", "ben", "group", "stranger"].map(Principal::identity).to_vec();
    all.extend([
        Principal::token("token0"),
        Principal::token("token1"),
        Principal::AdminUser,
        Principal::Anonymous,
    ]);
    all
}

/// Every verdict of a small world, in a fixed order.
fn verdicts(facts: &Facts) -> Vec<Verdict> {
    let grants = Grants::new(facts.clone());
    let mut all = Vec::new();
    for principal in everybody() {
        for action in Action::ALL {
            for name in NAMES.iter().copied().map(Some).chain([None]) {
                all.push(grants.decide(&principal, *action, name).verdict());
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn an_allow_more_never_removes_access(mut facts in world(), more in any_assignment(), lines in any_lines()) {
        let before = verdicts(&facts);
        facts.role_assignments.items.push(more);
        prop_assert!(before.iter().zip(verdicts(&facts)).all(|(before, after)| *before <= after));
        let before = verdicts(&facts);
        for map in &mut facts.scope_maps.items {
            map.lines.extend(token("x", &lines).1.lines);
        }
        prop_assert!(before.iter().zip(verdicts(&facts)).all(|(before, after)| *before <= after));
    }

    #[test]
    fn a_deny_more_never_adds_any(mut facts in world(), more in any_deny()) {
        let before = verdicts(&facts);
        facts.deny_assignments.items.push(more);
        prop_assert!(before.iter().zip(verdicts(&facts)).all(|(before, after)| *before >= after));
    }

    #[test]
    fn not_knowing_never_grants(facts in world(), what in 0_usize..8) {
        let mut less = facts.clone();
        match what {
            0 => less.role_assignments = Known::refused("x"),
            1 => less.deny_assignments = Known::refused("x"),
            2 => less.tokens = Known::refused("x"),
            3 => less.scope_maps = Known::refused("x"),
            4 => less.admin_user = None,
            5 => less.anonymous_pull = None,
            6 => less.mode = None,
            _ => less.memberships = Memberships::Unknown,
        }
        for (known, unknown) in verdicts(&facts).into_iter().zip(verdicts(&less)) {
            prop_assert!(unknown != Verdict::Granted || known == Verdict::Granted);
        }
        if what == 0 {
            // A deny assignment is certain whatever the roles are; without any, nothing is.
            less.deny_assignments.items.clear();
            let grants = Grants::new(less);
            for action in Action::ALL {
                prop_assert_eq!(grants.decide(&ann(), *action, Some("app")).verdict(), Verdict::Unknown);
            }
        }
    }
}
