//! Who has access: inert roles, open prefixes, broad writers, custom roles, denials, principals that are gone.

use serde_json::{Value, json};

use super::super::super::{RoleAssignmentMode, World};
use super::{CLUSTER, DELETED, DEVELOPER, GUARDED, LOOSE, PARTNERS, PIPELINE, PLATFORM_TEAM};

pub(super) const READ: &[&str] = &["content/read", "metadata/read"];
const WRITE: &[&str] = &["content/read", "metadata/read", "content/write", "metadata/write"];
const CONFIGURATION_READER: &str = "Container Registry Configuration Reader and Data Access Configuration Reader";

pub(super) fn add(world: &mut World) {
    for (subscription, name, mode) in [
        (GUARDED, "abacinert", RoleAssignmentMode::Abac),
        (GUARDED, "abacprefixes", RoleAssignmentMode::Abac),
        (GUARDED, "legacyroles", RoleAssignmentMode::Legacy),
        (GUARDED, "legacyinert", RoleAssignmentMode::Legacy),
        (GUARDED, "deletedprincipal", RoleAssignmentMode::Legacy),
        (GUARDED, "denied", RoleAssignmentMode::Legacy),
        (LOOSE, "broadwriters", RoleAssignmentMode::Legacy),
        (LOOSE, "broadabac", RoleAssignmentMode::Abac),
        (LOOSE, "wildcardrole", RoleAssignmentMode::Legacy),
    ] {
        let seed = world.seed;
        let registry = world.add_posture(subscription, name, "Premium");
        registry.mode = mode;
        for repository in ["team/api", "team/web", "team-secrets/vault"] {
            registry.add_image(seed, repository);
        }
    }
    let id = |name: &str| match name {
        "broadwriters" | "broadabac" | "wildcardrole" => place(LOOSE, name),
        name => place(GUARDED, name),
    };

    world.assign("AcrPull", CLUSTER, "ServicePrincipal", &id("abacinert"));
    world.assign("AcrPush", PIPELINE, "ServicePrincipal", &id("abacinert"));
    world.assign(
        "Container Registry Repository Writer",
        PIPELINE,
        "ServicePrincipal",
        &id("legacyinert"),
    );
    world.assign(
        "Container Registry Repository Catalog Lister",
        DEVELOPER,
        "User",
        &id("legacyinert"),
    );
    world.assign("AcrPull", CLUSTER, "ServicePrincipal", &id("legacyroles"));
    world.assign("AcrPush", PIPELINE, "ServicePrincipal", &id("legacyroles"));
    world.assign("AcrDelete", PARTNERS, "ForeignGroup", &id("legacyroles"));
    world.assign("AcrPull", DELETED, "ServicePrincipal", &id("deletedprincipal"));
    conditions(world, &id("abacprefixes"));

    world.assign("AcrPush", PIPELINE, "ServicePrincipal", &id("denied"));
    let push = [
        "Microsoft.ContainerRegistry/registries/push/write",
        "Microsoft.ContainerRegistry/registries/delete",
    ];
    let content = ["Microsoft.ContainerRegistry/registries/repositories/content/write"];
    world.deny("Deployment stack", &id("denied"), &push, &content, PLATFORM_TEAM);

    let subscription = format!("/subscriptions/{LOOSE}");
    world.assign("Contributor", DEVELOPER, "User", &subscription);
    world.assign("AcrPush", PIPELINE, "ServicePrincipal", &subscription);
    world.assign("Owner", PIPELINE, "ServicePrincipal", &id("broadwriters"));
    world.assign("Contributor", CLUSTER, "ServicePrincipal", &id("broadwriters"));
    world.assign(
        "User Access Administrator",
        PARTNERS,
        "ForeignGroup",
        &id("broadwriters"),
    );
    world.assign(CONFIGURATION_READER, PLATFORM_TEAM, "Group", &id("broadwriters"));
    world.custom_role(
        "Registry Operator",
        &[&subscription],
        &["Microsoft.ContainerRegistry/*"],
    );
    let both = [subscription.as_str(), &format!("/subscriptions/{GUARDED}")];
    let delete = ["Microsoft.ContainerRegistry/registries/artifacts/delete"];
    world.custom_role("Registry Janitor", &both, &delete);
    world.assign("Registry Operator", PIPELINE, "ServicePrincipal", &id("wildcardrole"));
    world.assign("Registry Janitor", PIPELINE, "ServicePrincipal", &id("wildcardrole"));
}

/// Conditions of every kind: a closed prefix, an open one, one name, and one that is about something else.
fn conditions(world: &mut World, id: &str) {
    let reader = world.assign("Container Registry Repository Reader", CLUSTER, "ServicePrincipal", id);
    only_repositories(reader, READ, "StringStartsWithIgnoreCase", "team/");
    let writer = world.assign("Container Registry Repository Writer", PIPELINE, "ServicePrincipal", id);
    only_repositories(writer, WRITE, "StringStartsWith", "team");
    let reader = world.assign("Container Registry Repository Reader", DEVELOPER, "User", id);
    only_repositories(reader, READ, "StringEqualsIgnoreCase", "team/web");
    let reader = world.assign("Container Registry Repository Reader", PARTNERS, "ForeignGroup", id);
    reader["properties"]["conditionVersion"] = json!("2.0");
    reader["properties"]["condition"] =
        json!("(@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Contoso_Project] StringEquals 'edge')");
}

/// Limits an assignment to repositories whose name compares so with `name`, as the portal writes it.
pub(super) fn only_repositories(assignment: &mut Value, actions: &[&str], comparison: &str, name: &str) {
    let actions = actions
        .iter()
        .map(|action| format!("!(ActionMatches{{'Microsoft.ContainerRegistry/registries/repositories/{action}'}})"));
    let other = actions.collect::<Vec<_>>().join(" AND ");
    let names = format!("@Request[Microsoft.ContainerRegistry/registries/repositories:name] {comparison} '{name}'");
    assignment["properties"]["condition"] = json!(format!("(({other}) OR ({names}))"));
    assignment["properties"]["conditionVersion"] = json!("2.0");
}

fn place(subscription: &str, name: &str) -> String {
    format!(
        "/subscriptions/{subscription}/resourceGroups/rg-{name}/providers/Microsoft.ContainerRegistry/registries/{name}"
    )
}
