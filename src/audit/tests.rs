//! What comes of reads that are written down as ARM answers them; the reading itself is tested against the simulator.

pub(super) mod bench;

use serde_json::json;

use super::{Basis, audit};
use crate::access::builtin;
use crate::posture::evidence::Read;
use crate::posture::profile::Profile;
use crate::posture::verdict::Verdict;
use bench::{Bench, REGISTRY, SUBSCRIPTION};

fn verdicts(bench: &Bench) -> Vec<(String, Verdict)> {
    let profile = Profile::default();
    let repositories = Vec::new();
    let basis = Basis {
        repositories: &repositories,
        inventory: None,
        profile: &profile,
        now: bench::NOW,
    };
    let access = [
        "no-broad-writers",
        "assignment-at-registry-scope",
        "no-inert-assignment",
        "condition-prefix-closed",
        "no-wildcard-custom-role",
        "secret-reading-roles",
    ];
    let findings = audit(&bench.reads(), &basis).findings;
    let wanted = findings
        .into_iter()
        .filter(|found| access.contains(&found.rule.as_str()));
    wanted.map(|found| (found.rule, found.verdict)).collect()
}

fn with(rule: &str, verdict: Verdict) -> (String, Verdict) {
    (rule.to_owned(), verdict)
}

#[test]
fn grants_reach_the_rules_that_ask_about_them() {
    let mut bench = Bench::new("AbacRepositoryPermissions");
    assert!(verdicts(&bench).iter().all(|(_, verdict)| *verdict == Verdict::Pass));
    bench.assign(REGISTRY, builtin::OWNER);
    // Inert in ABAC mode, so that nothing is inherited by it.
    bench.assign(SUBSCRIPTION, builtin::ACR_PULL);
    bench.assign(SUBSCRIPTION, builtin::REPOSITORY_READER);
    bench.assign_where(
        REGISTRY,
        builtin::REPOSITORY_WRITER,
        "StringStartsWithIgnoreCase 'team'",
    );
    bench.custom_role(&["Microsoft.ContainerRegistry/*"]);
    assert!(
        verdicts(&bench).iter().all(|(_, verdict)| *verdict == Verdict::Fail),
        "{:?}",
        verdicts(&bench)
    );
}

#[test]
fn a_role_that_is_not_known_leaves_open_what_it_might_be() {
    let mut bench = Bench::new("LegacyRegistryPermissions");
    bench.assign(REGISTRY, "aaaaaaaa-0000-4000-8000-00000000beef");
    bench.role_definitions = Read::Refused {
        permission: "Microsoft.Authorization/roleDefinitions/read".to_owned(),
    };
    assert_eq!(
        verdicts(&bench),
        [
            with("no-broad-writers", Verdict::Unknown),
            with("assignment-at-registry-scope", Verdict::Unknown),
            with("no-inert-assignment", Verdict::Unknown),
            with("condition-prefix-closed", Verdict::NotApplicable),
            with("no-wildcard-custom-role", Verdict::Unknown),
            with("secret-reading-roles", Verdict::Unknown),
        ]
    );
}

#[test]
fn without_the_mode_only_what_holds_in_both_is_said() {
    let scope = "assignment-at-registry-scope";
    let mut bench = Bench::new("LegacyRegistryPermissions");
    bench.registry["properties"]["roleAssignmentMode"].take();
    bench.assign(SUBSCRIPTION, builtin::ACR_PULL);
    let all = verdicts(&bench);
    // AcrPull reaches images in legacy mode alone.
    for rule in ["no-inert-assignment", "condition-prefix-closed", scope] {
        assert!(all.contains(&with(rule, Verdict::Unknown)), "{all:?}");
    }
    bench.assign(SUBSCRIPTION, builtin::ACR_QUARANTINE_READER);
    let all = verdicts(&bench);
    assert!(all.contains(&with(scope, Verdict::Fail)), "{all:?}");
}

#[test]
fn an_assignment_in_another_shape_makes_all_of_them_unknown() {
    let mut bench = Bench::new("LegacyRegistryPermissions");
    bench
        .assignments
        .push(json!({"id": "x", "properties": {"principalId": "p"}}));
    let known: Vec<_> = verdicts(&bench)
        .into_iter()
        .filter(|(rule, verdict)| *verdict != Verdict::Unknown && rule != "condition-prefix-closed")
        .collect();
    assert_eq!(known, []);
}

#[test]
fn a_registry_is_shown_by_principals_and_groups_of_repositories() {
    let mut bench = Bench::new("AbacRepositoryPermissions");
    bench.assign(SUBSCRIPTION, builtin::CONTRIBUTOR);
    bench.assign_where(
        REGISTRY,
        builtin::REPOSITORY_WRITER,
        "StringStartsWithIgnoreCase 'team/'",
    );
    bench.registry["properties"]["adminUserEnabled"] = json!(true);
    let profile = Profile::default();
    let repositories = ["team/a", "team/b", "base/x"].map(str::to_owned);
    let basis = Basis {
        repositories: &repositories,
        inventory: None,
        profile: &profile,
        now: bench::NOW,
    };
    let document = audit(&bench.reads(), &basis);
    insta::assert_json_snapshot!("access", document.access);
    insta::assert_json_snapshot!("gaps", document.gaps);
    let text = serde_json::to_string(&document).unwrap();
    let read: crate::inventory::audit::AuditDocument = serde_json::from_str(&text).unwrap();
    assert_eq!(read, document);
}
