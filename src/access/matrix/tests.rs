//! The matrix says what single questions say, and says it for large registries at once.

use std::time::Instant as Clock;

use proptest::prelude::*;

use super::super::action::{Action, Mode};
use super::super::builtin;
use super::super::decision::{Decision, Verdict};
use super::super::effective::tests::worlds::{NAMES, world};
use super::super::effective::{Grants, Memberships};
use super::super::fixtures::{assignment, deny, facts, only_where, token};
use super::super::principal::{Principal, PrincipalType};
use super::Matrix;

fn names() -> Vec<String> {
    NAMES.iter().map(|name| (*name).to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_answer_is_the_one_to_the_single_question(facts in world(), count in 0_usize..=6) {
        let grants = Grants::new(facts);
        let names = names().into_iter().take(count).collect::<Vec<_>>();
        let matrix = Matrix::new(&grants, &names);
        prop_assert!(matrix.principals().iter().eq(grants.principals().keys()));
        for principal in matrix.principals() {
            for action in Action::ALL {
                let mut verdicts = Vec::new();
                for name in &names {
                    let expected = grants.decide(principal, *action, Some(name));
                    verdicts.push(expected.verdict());
                    prop_assert_eq!(matrix.decision(principal, *action, Some(name)), Some(&expected));
                }
                if names.is_empty() || !action.per_repository() {
                    let expected = grants.decide(principal, *action, None);
                    prop_assert_eq!(matrix.decision(principal, *action, None), Some(&expected));
                }
            }
        }
        for action in Action::ALL.iter().filter(|action| action.per_repository() && count > 0) {
            let pairs = matrix.principals().iter().flat_map(|principal| names.iter().map(move |name| (principal, name)));
            let verdicts: Vec<Verdict> =
                pairs.map(|(principal, name)| grants.decide(principal, *action, Some(name)).verdict()).collect();
            for verdict in [Verdict::Denied, Verdict::Unknown, Verdict::Granted] {
                let expected = verdicts.iter().filter(|given| **given == verdict).count();
                prop_assert_eq!(matrix.count(*action, verdict), expected);
            }
        }
    }
}

#[test]
fn holders_are_those_who_can_or_may() {
    let mut facts = facts(Mode::Abac);
    let mut team = assignment("ann", builtin::REPOSITORY_WRITER);
    team.condition = only_where("StringStartsWith 'team/'");
    facts.role_assignments.items = vec![team, assignment("ben", builtin::REPOSITORY_READER)];
    facts.admin_user = Some(true);
    let grants = Grants::new(facts);
    let names = names();
    let matrix = Matrix::new(&grants, &names);
    let holders = |action, name| {
        let list = matrix.holders(action, Some(name));
        list.iter()
            .map(|(principal, _)| principal.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(holders(Action::Push, "team/app"), ["ann", "admin-user"]);
    assert_eq!(holders(Action::Push, "team-secrets"), ["admin-user"]);
    assert_eq!(holders(Action::Pull, "app"), ["ben", "admin-user"]);
    assert_eq!(matrix.groups().groups().len(), 2, "team/ and the rest");
    assert_eq!(
        matrix.decision(&Principal::identity("nobody"), Action::Pull, Some("app")),
        None
    );
    assert_eq!(
        matrix.decision(&Principal::identity("ann"), Action::Pull, Some("absent")),
        None
    );
    assert_eq!(
        matrix.decision(&Principal::identity("ann"), Action::Pull, None),
        None,
        "which repository?"
    );
    assert_eq!(
        matrix.decision(&Principal::identity("ann"), Action::Import, None),
        Some(&Decision::Denied { by: Vec::new() })
    );
}

#[test]
fn a_thousand_principals_and_ten_thousand_repositories_are_counted() {
    let names: Vec<String> = (0..10_000)
        .map(|n| format!("team{:03}/app{}", n % 200, n / 200))
        .collect();
    let mut facts = facts(Mode::Abac);
    facts.memberships = Memberships::Apart;
    for number in 0..900 {
        let mut writer = assignment(&format!("writer{number}"), builtin::REPOSITORY_WRITER);
        writer.condition = only_where(&format!("StringStartsWithIgnoreCase 'team{:03}/'", number % 200));
        writer.principal_type = PrincipalType::ServicePrincipal;
        facts.role_assignments.items.push(writer);
    }
    for number in 0..50 {
        facts
            .role_assignments
            .items
            .push(assignment(&format!("reader{number}"), builtin::REPOSITORY_READER));
    }
    for number in 0..50 {
        let line = format!("repositories/team{number:03}/*/content/read");
        let (token, map) = token(&format!("token{number}"), &[&line]);
        facts.tokens.items.push(token);
        facts.scope_maps.items.push(map);
    }
    let mut locked = deny("locked", &["*/content/write"]);
    locked.condition = only_where("StringStartsWith 'team007/'");
    facts.deny_assignments.items.push(locked);
    let grants = Grants::new(facts);
    let begun = Clock::now();
    let matrix = Matrix::new(&grants, &names);
    println!("1,000 × 10,000 in {:?} (unoptimized build)", begun.elapsed());
    assert_eq!(matrix.principals().len(), 1_000);
    assert_eq!(matrix.groups().groups().len(), 200);
    // 900 writers in a folder of 50, 50 readers everywhere, 50 tokens in a folder of 50.
    assert_eq!(
        matrix.count(Action::Pull, Verdict::Granted),
        900 * 50 + 50 * 10_000 + 50 * 50
    );
    // Five writers share the locked folder.
    assert_eq!(matrix.count(Action::Push, Verdict::Granted), (900 - 5) * 50);
    assert_eq!(matrix.count(Action::Delete, Verdict::Granted), 0);
    assert_eq!(matrix.count(Action::Delete, Verdict::Denied), 1_000 * 10_000);
    assert_eq!(matrix.count(Action::Pull, Verdict::Unknown), 0);
    assert!(
        matrix.answers().count() < 10_000,
        "answers are few: {}",
        matrix.answers().count()
    );
}
