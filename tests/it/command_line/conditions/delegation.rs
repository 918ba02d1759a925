//! Delegations as Microsoft's guide and the portal's templates write them.

use serde_json::Value;
use simulator::world::{RoleAssignmentMode, World};

use super::{ANN, Bench, SERVER, ask, of_ann, world};

const BEN: &str = "aaaa0000-0000-4000-8000-0000000000b2";
const PULL: &str = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const PUSH: &str = "8311e382-0749-4cb8-b61a-304f252e45ec";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const ACCESS_ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";
const RBAC_ADMINISTRATOR: &str = "f58310d9-a9f6-439a-9e8d-f62e7b41a168";
const CONFIGURATION_ADMINISTRATOR: &str = "3bc748fc-213d-45c1-8d91-9da5725539b9";

/// The form of the guide and of the portal's templates: writes by what is requested, deletes by what is there.
fn delegated(test: &str) -> String {
    let part = |verb: &str, source: &str| {
        format!(
            "(\n (\n  !(ActionMatches{{'Microsoft.Authorization/roleAssignments/{verb}'}})\n )\n OR \n (\n  {}\n )\n)",
            test.replace("@S[", &format!("@{source}[Microsoft.Authorization/roleAssignments:"))
        )
    };
    format!("{}\nAND\n{}", part("write", "Request"), part("delete", "Resource"))
}

fn roles(guids: &[&str]) -> String {
    format!(
        "@S[RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{}}}",
        guids.join(", ")
    )
}

fn all_but(guids: &[&str]) -> String {
    format!(
        "@S[RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {{{}}}",
        guids.join(", ")
    )
}

async fn broad_writers(bench: &Bench) -> Value {
    let ended = ask(bench, &["audit"]).await;
    let audited: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    let findings = audited[0]["audit"]["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["rule"] == "no-broad-writers");
    found.unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn delegations_are_answered_with_what_they_are_limited_to() {
    let types = " AND @S[PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'User', 'Group'}";
    let people = format!(" AND @S[PrincipalId] ForAnyOfAnyValues:GuidEquals {{{BEN}}}");
    let nobody = " AND @S[PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'Robot'}";
    for (condition, verdict, limit, severity) in [
        // The three templates of the portal, and the guide's examples of them.
        (
            delegated(&roles(&[PULL, PUSH])),
            "granted",
            "only AcrPull, AcrPush",
            "low",
        ),
        (
            delegated(&(roles(&[PULL]) + types)),
            "granted",
            "only AcrPull; only to User, Group",
            "low",
        ),
        (
            delegated(&(roles(&[PULL]) + &people)),
            "granted",
            "only AcrPull; only to 1 named principal",
            "low",
        ),
        // "All roles except privileged ones".
        (
            delegated(&all_but(&[OWNER, ACCESS_ADMINISTRATOR, RBAC_ADMINISTRATOR])),
            "granted",
            "any role but Owner, Role Based Access Control Administrator, User Access Administrator",
            "high",
        ),
        // One value without a set, and the words in another case.
        (
            delegated(&format!("@S[roledefinitionid] GuidEquals '{PULL}'")),
            "granted",
            "only AcrPull",
            "low",
        ),
        // What is limited and still enough for anything.
        (
            delegated(&roles(&[PULL, OWNER])),
            "granted",
            "only AcrPull, Owner",
            "critical",
        ),
        (
            delegated(&roles(&[RBAC_ADMINISTRATOR])),
            "granted",
            "only Role Based",
            "critical",
        ),
        (
            delegated(&roles(&[CONTRIBUTOR])),
            "granted",
            "only Contributor",
            "critical",
        ),
        (
            delegated(&all_but(&[OWNER])),
            "granted",
            "any role but Owner",
            "critical",
        ),
        (
            delegated(people.trim_start_matches(" AND ")),
            "granted",
            "only to 1 named principal",
            "critical",
        ),
        // The whole configuration of the registry, and a role that nobody knows.
        (
            delegated(&roles(&[CONFIGURATION_ADMINISTRATOR])),
            "granted",
            "only Container Registry Contributor and Data Access Configuration Administrator",
            "high",
        ),
        (delegated(&roles(&[BEN])), "granted", &format!("only {BEN}"), "high"),
        // It allows nothing.
        (delegated(&(roles(&[PULL]) + nobody)), "denied", "", "low"),
        (
            "!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})".to_owned(),
            "denied",
            "",
            "low",
        ),
    ] {
        for role in ["User Access Administrator", "Role Based Access Control Administrator"] {
            let bench = Bench::start(world(RoleAssignmentMode::Legacy, role, Some(&condition)));
            let (said, why, ..) = of_ann(&bench, &["--action", "assign-roles"]).await;
            assert_eq!(said, verdict, "{condition}: {why}");
            assert!(why.contains(limit), "{condition}: {why}");
            let found = broad_writers(&bench).await;
            assert_eq!(
                (&found["verdict"], &found["severity"]),
                (&"fail".into(), &severity.into()),
                "{role} with {condition}: {found}"
            );
            assert!(
                severity == "critical" || found["evidence"].to_string().contains("ActionMatches"),
                "{found}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_assign_anything_is_a_broad_writer() {
    for role in [
        "Owner",
        "Contributor",
        "User Access Administrator",
        "Role Based Access Control Administrator",
    ] {
        let bench = Bench::start(world(RoleAssignmentMode::Legacy, role, None));
        let found = broad_writers(&bench).await;
        assert_eq!(
            (&found["verdict"], &found["severity"]),
            (&"fail".into(), &"critical".into()),
            "{role}"
        );
        assert!(found["evidence"].to_string().contains(role), "{found}");
    }
    // A condition on assignments takes nothing else from an Owner.
    let owner = world(RoleAssignmentMode::Legacy, "Owner", Some(&delegated(&roles(&[PULL]))));
    let found = broad_writers(&Bench::start(owner)).await;
    assert_eq!(
        (&found["verdict"], &found["severity"]),
        (&"fail".into(), &"critical".into())
    );
    // A custom role that may assign.
    let mut custom = World::sized(1, 1);
    let id = custom.registries[SERVER].id();
    custom.custom_role("Access helper", &[&id], &["Microsoft.Authorization/roleAssignments/*"]);
    custom.assign("Access helper", ANN, "User", &id);
    let found = broad_writers(&Bench::start(custom)).await;
    assert_eq!(
        (&found["verdict"], &found["severity"]),
        (&"fail".into(), &"critical".into()),
        "{found}"
    );
    let narrow = world(RoleAssignmentMode::Legacy, "AcrPush", None);
    assert_eq!(broad_writers(&Bench::start(narrow)).await["verdict"], "pass");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delegation_that_is_not_understood_is_neither_granted_nor_passed() {
    for condition in [
        delegated("@S[RoleDefinitionId] ForAnyOfAnyValues:StringEquals {'AcrPull'}"),
        delegated("@S[Nothing] GuidEquals 7f951dda-4ed3-4680-a7ca-43fe172d538d"),
        delegated(&format!("@Principal[role] GuidEquals {PULL}")),
        "@Subject.Application == '1'".to_owned(),
    ] {
        let bench = Bench::start(world(
            RoleAssignmentMode::Legacy,
            "User Access Administrator",
            Some(&condition),
        ));
        let (verdict, why, ..) = of_ann(&bench, &["--action", "assign-roles"]).await;
        assert_eq!(verdict, "unknown", "{condition}: {why}");
        let found = broad_writers(&bench).await;
        assert_eq!(found["verdict"], "unknown", "{condition}: {found}");
    }
}
