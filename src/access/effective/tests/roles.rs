//! What roles, conditions, scopes and deny assignments come to.

use super::super::super::action::{Action, Mode};
use super::super::super::assignment::DenyAssignment;
use super::super::super::builtin;
use super::super::super::condition::Condition;
use super::super::super::decision::{Decision, Doubt, Verdict};
use super::super::super::fixtures::{REGISTRY, SUBSCRIPTION, assignment, deny, deny_principal, facts, only_where};
use super::super::super::principal::PrincipalType;
use super::super::Grants;
use super::{ann, ask, granted, with_role};

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
    let with = |change: &dyn Fn(&mut DenyAssignment)| {
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
