//! Smaller roles, and assignments that are worth a look.

use std::collections::BTreeSet;

use super::super::action::{Action, Mode};
use super::super::builtin;
use super::super::effective::Grants;
use super::super::fixtures::{SUBSCRIPTION, assignment, facts, only_where};
use super::super::matrix::Matrix;
use super::super::scope::Level;
use super::{Finding, Scenario, advice, broad_writers, inert, inherited, smallest_roles};

fn names_of(actions: &[Action], mode: Mode) -> Vec<String> {
    let wanted: BTreeSet<Action> = actions.iter().copied().collect();
    let mut names: Vec<String> = smallest_roles(&wanted, mode)
        .iter()
        .map(|role| role.name.replace("Container Registry ", ""))
        .collect();
    names.sort();
    names
}

#[test]
fn the_smallest_roles_cover_and_exceed_as_little_as_can_be() {
    use Action as A;
    for (actions, legacy, abac) in [
        (&[A::Pull][..], &["AcrPull"][..], &["Repository Reader"][..]),
        (
            &[A::Pull, A::ListCatalog],
            &["AcrPull"],
            &["Repository Catalog Lister", "Repository Reader"],
        ),
        (&[A::Push, A::Pull, A::Sign], &["AcrPush"], &["Repository Writer"]),
        (&[A::Delete], &["AcrDelete"], &["Repository Contributor"]),
        (&[A::Sign], &["AcrImageSigner"], &["Repository Writer"]),
        (
            &[A::ReadCredentials],
            &["Configuration Reader and Data Access Configuration Reader"][..],
            &["Configuration Reader and Data Access Configuration Reader"],
        ),
        (&[A::QuarantineRead], &["AcrQuarantineReader"], &["AcrQuarantineReader"]),
        (
            &[A::AssignRoles],
            &["Role Based Access Control Administrator"],
            &["Role Based Access Control Administrator"],
        ),
        (&[], &[], &[]),
    ] {
        assert_eq!(names_of(actions, Mode::Legacy), legacy, "{actions:?}, legacy");
        assert_eq!(names_of(actions, Mode::Abac), abac, "{actions:?}, ABAC");
    }
    for mode in [Mode::Legacy, Mode::Abac] {
        let all = names_of(Action::ALL, mode);
        assert!(!all.iter().any(|name| name == "Owner"), "{all:?}");
    }
}

#[test]
fn recommended_roles_are_known() {
    for scenario in Scenario::ALL {
        for role in [Mode::Legacy, Mode::Abac].iter().flat_map(|mode| scenario.roles(*mode)) {
            assert!(builtin::role(role).is_some(), "{scenario:?} {role}");
        }
    }
}

#[test]
fn advice_covers_what_is_held_and_says_where() {
    let mut facts = facts(Mode::Abac);
    let mut team = assignment("ann", builtin::REPOSITORY_CONTRIBUTOR);
    team.condition = only_where("StringStartsWith 'team/'");
    facts.role_assignments.items = vec![
        team,
        assignment("ben", builtin::OWNER),
        assignment("cay", builtin::ACR_PULL),
        assignment("dan", "44444444-0000-4000-8000-000000000004"),
    ];
    let grants = Grants::new(facts);
    let repositories = vec!["team/app".to_owned(), "team-secrets".to_owned()];
    let all = advice(&Matrix::new(&grants, &repositories), Mode::Abac);
    let shown: Vec<String> = all.iter().map(|advice| advice.principal.to_string()).collect();
    assert_eq!(shown, ["ann", "ben", "dan"], "cay holds nothing here");
    assert!(all[0].only_some_repositories && !all[1].only_some_repositories);
    assert_eq!(all[0].roles[0].guid, builtin::REPOSITORY_CONTRIBUTOR);
    assert!(all[1].roles.iter().all(|role| role.guid != builtin::OWNER));
    assert!(all[2].held.is_empty() && all[2].unknown.len() == Action::ALL.len() && all[2].roles.is_empty());
}

#[test]
fn inert_inherited_and_broad_assignments_are_found() {
    let mut facts = facts(Mode::Abac);
    let mut above = assignment("ann", builtin::REPOSITORY_READER);
    above.scope = SUBSCRIPTION.to_uppercase();
    let mut owner_above = assignment("ben", builtin::OWNER);
    owner_above.scope = SUBSCRIPTION.to_owned();
    let roles = [
        builtin::ACR_PULL,
        builtin::ACR_PUSH,
        builtin::ACR_DELETE,
        builtin::ACR_IMAGE_SIGNER,
        builtin::CATALOG_LISTER,
        builtin::CONTRIBUTOR,
        builtin::TASKS_CONTRIBUTOR,
        // Pulls in legacy mode, and reads the configuration in both.
        builtin::READER,
    ];
    facts.role_assignments.items = roles.map(|role| assignment("ann", role)).to_vec();
    facts.role_assignments.items.extend([above, owner_above]);
    let grants = Grants::new(facts);
    let names = |list: Vec<Finding>| {
        list.into_iter()
            .map(|finding| (finding.role_name, finding.level))
            .collect::<Vec<_>>()
    };
    let at = |name: &str, level| (name.to_owned(), level);
    assert_eq!(
        names(inert(&grants, Mode::Abac)),
        ["AcrPull", "AcrPush", "AcrDelete", "AcrImageSigner"].map(|name| at(name, Level::Registry))
    );
    assert_eq!(
        names(inert(&grants, Mode::Legacy)),
        [
            at("Container Registry Repository Catalog Lister", Level::Registry),
            at("Container Registry Repository Reader", Level::Subscription)
        ]
    );
    assert_eq!(
        names(inherited(&grants, Mode::Abac)),
        [at("Container Registry Repository Reader", Level::Subscription)]
    );
    assert_eq!(
        names(inherited(&grants, Mode::Legacy)),
        [at("Owner", Level::Subscription)]
    );
    assert_eq!(names(broad_writers(&grants)), [at("Contributor", Level::Registry)]);
}
