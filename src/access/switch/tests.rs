//! What a switch of the mode would change.

use proptest::prelude::*;

use super::super::action::{Action, Mode};
use super::super::builtin;
use super::super::decision::Verdict;
use super::super::effective::Grants;
use super::super::effective::tests::worlds::{NAMES, world};
use super::super::fixtures::{assignment, facts, only_where};
use super::super::groups::GroupSet;
use super::simulate;

#[test]
fn legacy_roles_lose_and_repository_roles_gain() {
    let mut facts = facts(Mode::Legacy);
    let mut team = assignment("ben", builtin::REPOSITORY_READER);
    team.condition = only_where("StringStartsWith 'team/'");
    facts.role_assignments.items = vec![assignment("ann", builtin::ACR_PULL), team];
    facts.admin_user = Some(true);
    let grants = Grants::new(facts);
    let names: Vec<String> = ["team/app", "team-secrets"].map(str::to_owned).to_vec();
    let switch = simulate(&grants, Mode::Legacy, &names);
    let shown: Vec<(String, Action, Verdict, Verdict, usize)> = switch
        .changes
        .iter()
        .map(|change| {
            let repositories = change.groups.repositories(switch.before.groups());
            (
                change.principal.to_string(),
                change.action,
                change.before,
                change.after,
                repositories,
            )
        })
        .collect();
    let (yes, no) = (Verdict::Granted, Verdict::Denied);
    assert_eq!(
        shown,
        [
            ("ann".to_owned(), Action::ListCatalog, yes, no, 2),
            ("ann".to_owned(), Action::ReadMetadata, yes, no, 2),
            ("ann".to_owned(), Action::Pull, yes, no, 2),
            ("ben".to_owned(), Action::ReadMetadata, no, yes, 1),
            ("ben".to_owned(), Action::Pull, no, yes, 1),
        ]
    );
    assert_eq!(switch.changes[4].groups, GroupSet::Only(vec![0]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn changes_are_where_single_questions_differ(facts in world(), count in 1_usize..=6) {
        let grants = Grants::new(facts);
        let names: Vec<String> = NAMES.iter().take(count).map(|name| (*name).to_owned()).collect();
        let switch = simulate(&grants, Mode::Legacy, &names);
        let (legacy, abac) = (grants.in_mode(Mode::Legacy), grants.in_mode(Mode::Abac));
        for principal in switch.before.principals() {
            for action in Action::ALL {
                for name in &names {
                    let before = legacy.decide(principal, *action, Some(name)).verdict();
                    let after = abac.decide(principal, *action, Some(name)).verdict();
                    let group = switch.before.groups().group_of(name).unwrap();
                    let found: Vec<(Verdict, Verdict)> = switch
                        .changes
                        .iter()
                        .filter(|change| change.principal == *principal && change.action == *action)
                        .filter(|change| change.groups.contains(group))
                        .map(|change| (change.before, change.after))
                        .collect();
                    let expected = if before == after { vec![] } else { vec![(before, after)] };
                    prop_assert_eq!(found, expected, "{} {} {}", principal, action, name);
                }
            }
        }
    }
}
