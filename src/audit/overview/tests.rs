use super::{overview, scope_of};
use crate::access::action::{Action, Mode};
use crate::access::scope::Level;
use crate::inventory::audit::{EffectiveAccess, HeldRole, PrincipalAccess};

#[test]
fn an_assignment_begins_with_its_scope() {
    for (id, scope) in [
        (
            "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/g",
            "/subscriptions/s",
        ),
        ("/providers/microsoft.authorization/ROLEASSIGNMENTS/g", "/"),
        ("something else", "something else"),
    ] {
        assert_eq!(scope_of(id), scope);
    }
}

/// What a conditional writer gets in repositories that come, where nothing is there.
fn in_new(mode: Mode, condition: &str) -> Vec<Action> {
    let role = HeldRole {
        role: "Container Registry Repository Writer".to_owned(),
        level: Level::Registry,
        assignment: "/r/providers/Microsoft.Authorization/roleAssignments/g".to_owned(),
        condition: Some(condition.to_owned()),
    };
    let principal = PrincipalAccess {
        principal: "p".to_owned(),
        roles: vec![role],
        ..PrincipalAccess::default()
    };
    let access = EffectiveAccess {
        mode: Some(mode),
        principals: vec![principal],
        ..EffectiveAccess::default()
    };
    let [held] = overview(&access, None).try_into().unwrap();
    assert!(held.actions.is_empty());
    held.in_new
}

#[test]
fn what_comes_in_new_repositories_is_what_the_condition_leaves() {
    let name = "@Request[Microsoft.ContainerRegistry/registries/repositories:name]";
    let repositories = "Microsoft.ContainerRegistry/registries/repositories";
    let reads_only = format!(
        "!(ActionMatches{{'{repositories}/content/write'}}) AND !(ActionMatches{{'{repositories}/metadata/write'}})"
    );
    let all = vec![Action::ReadMetadata, Action::Pull, Action::Push, Action::Sign];
    let reads = vec![Action::ReadMetadata, Action::Pull];
    for (condition, wanted) in [
        (format!("{name} StringEquals 'base'"), &all),
        (format!("{name} StringLike 'team/*/app'"), &all),
        (format!("NOT {name} StringStartsWith 'secret/'"), &all),
        (reads_only, &reads),
        // Nothing is said of what is not understood.
        ("(".to_owned(), &Vec::new()),
    ] {
        assert_eq!(&in_new(Mode::Abac, &condition), wanted, "{condition}");
        assert_eq!(in_new(Mode::Legacy, &condition), [], "{condition}");
    }
}
