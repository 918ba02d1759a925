//! Role assignments, role definitions and deny assignments as the service lists them.

use serde_json::Value;
use simulator::world::World;

use super::{PLATFORM, PRODUCTS, SERVER, get, refusal, registry, start};
use crate::shared_data::shared;
use crate::support::names;

const PIPELINE: &str = "5f1b4c1e-0000-4000-8000-00000000e001";
const TEAM: &str = "5f1b4c1e-0000-4000-8000-00000000e002";

fn path(scope: &str, kind: &str, filter: &str) -> String {
    let filter = if filter.is_empty() {
        String::new()
    } else {
        format!("&$filter={filter}")
    };
    format!("{scope}/providers/Microsoft.Authorization/{kind}?api-version=2022-04-01{filter}")
}

fn assignments(world: &mut World, id: &str) {
    let subscription = format!("/subscriptions/{PRODUCTS}");
    world.grant("Reader", &subscription);
    world.assign("Owner", TEAM, "Group", "/");
    world.assign(
        "Contributor",
        TEAM,
        "Group",
        "/providers/Microsoft.Management/managementGroups/contoso",
    );
    world.assign("AcrPush", PIPELINE, "ServicePrincipal", id);
    world.assign(
        "AcrPull",
        PIPELINE,
        "ServicePrincipal",
        &format!("{subscription}/resourceGroups/rg-lab"),
    );
    world.assign("AcrPull", TEAM, "Group", &format!("/subscriptions/{PLATFORM}"));
}

fn scopes(body: &Value) -> Vec<&str> {
    let items = body["value"].as_array().unwrap().iter();
    items
        .map(|item| item["properties"]["scope"].as_str().unwrap())
        .collect()
}

fn names_of_roles(body: &Value) -> Vec<&str> {
    let items = body["value"].as_array().unwrap().iter();
    items
        .map(|item| item["properties"]["roleDefinitionId"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn lists_show_what_is_inherited_and_without_a_filter_what_is_below() {
    let simulator = start(assignments);
    let (id, subscription) = (registry(&simulator), format!("/subscriptions/{PRODUCTS}"));
    let above = ["/", "/providers/Microsoft.Management/managementGroups/contoso"];
    let lab = format!("{subscription}/resourceGroups/rg-lab");
    let at_registry = [subscription.as_str(), above[0], above[1], &id];
    for filter in ["", "atScope()"] {
        let (_, body) = get(&simulator, &path(&id, "roleAssignments", filter)).await;
        assert_eq!(scopes(&body), at_registry, "{filter}");
        let roles = names_of_roles(&body);
        let below = format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/");
        assert!(roles.iter().all(|role| role.starts_with(&below)), "{roles:?}");
    }
    let (_, body) = get(&simulator, &path(&subscription, "roleAssignments", "atScope()")).await;
    assert_eq!(scopes(&body), [subscription.as_str(), above[0], above[1]]);
    let (_, body) = get(&simulator, &path(&subscription, "roleAssignments", "")).await;
    assert_eq!(scopes(&body), [&subscription, above[0], above[1], &id, &lab]);
    let (_, body) = get(
        &simulator,
        &path(
            &subscription,
            "roleAssignments",
            &format!("principalId eq '{PIPELINE}'"),
        ),
    )
    .await;
    assert_eq!(scopes(&body), [&id, &lab]);
    let one = body["value"][0]["id"].as_str().unwrap();
    let (status, found) = get(&simulator, &format!("{one}?api-version=2022-04-01")).await;
    assert_eq!((status, &found), (200, &body["value"][0]));
    assert_eq!(simulator.violations(), [""; 0]);
    let (status, _) = get(&simulator, &path(&id, "roleAssignments", "assignedTo('someone')")).await;
    assert_eq!(status, 501);
}

#[tokio::test]
async fn pages_keep_the_filter() {
    let simulator = start(|world, id| {
        assignments(world, id);
        world.arm.page_size = 2;
    });
    let subscription = format!("/subscriptions/{PRODUCTS}");
    let (_, first) = get(&simulator, &path(&subscription, "roleAssignments", "atScope()")).await;
    assert_eq!(scopes(&first).len(), 2);
    let next = first["nextLink"].as_str().unwrap().strip_prefix(super::ARM).unwrap();
    let (_, second) = get(&simulator, next).await;
    assert_eq!(scopes(&second).len(), 1);
    assert!(second.get("nextLink").is_none());
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn definitions_are_found_by_name_kind_and_id() {
    let simulator = start(|world, id| {
        world.grant("Reader", id);
        world.custom_role("Registry Operator", &[id], &["Microsoft.ContainerRegistry/*"]);
        world.custom_role("Elsewhere", &[&format!("/subscriptions/{PLATFORM}")], &["*"]);
    });
    let id = registry(&simulator);
    let (_, body) = get(&simulator, &path(&id, "roleDefinitions", "roleName eq 'acrpull'")).await;
    assert_eq!(names(&body, "value", "name"), ["7f951dda-4ed3-4680-a7ca-43fe172d538d"]);
    let actions = &body["value"][0]["properties"]["permissions"][0]["actions"];
    assert_eq!(
        *actions,
        serde_json::json!(["Microsoft.ContainerRegistry/registries/pull/read"])
    );
    let expected = format!("/subscriptions/{PRODUCTS}/providers/Microsoft.Authorization/roleDefinitions/");
    assert!(body["value"][0]["id"].as_str().unwrap().starts_with(&expected));
    let one = body["value"][0]["id"].as_str().unwrap();
    let (status, found) = get(
        &simulator,
        &format!(
            "{id}{}?api-version=2022-04-01",
            one.strip_prefix(&format!("/subscriptions/{PRODUCTS}")).unwrap()
        ),
    )
    .await;
    assert_eq!((status, &found), (200, &body["value"][0]));
    let (_, body) = get(&simulator, &path(&id, "roleDefinitions", "type eq 'CustomRole'")).await;
    assert_eq!(body["value"][0]["properties"]["roleName"], "Registry Operator");
    assert_eq!(body["value"].as_array().unwrap().len(), 1);
    let (_, body) = get(&simulator, &path(&id, "roleDefinitions", "atScopeAndBelow()")).await;
    assert_eq!(body["value"].as_array().unwrap().len(), 28);
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn a_deny_assignment_takes_a_right_away_and_is_listed() {
    let simulator = start(|world, id| {
        world.grant("Owner", id);
        world.deny(
            "stack",
            id,
            &["Microsoft.ContainerRegistry/registries/tokens/*"],
            &[],
            TEAM,
        );
    });
    let id = registry(&simulator);
    let (status, body) = get(&simulator, &format!("{id}/tokens?api-version=2025-11-01")).await;
    let expected = format!("AuthorizationFailed: Microsoft.ContainerRegistry/registries/tokens/read over {id}");
    assert_eq!((status, refusal(&body)), (403, expected));
    let (status, _) = get(&simulator, &format!("{id}/webhooks?api-version=2025-11-01")).await;
    assert_eq!(status, 200);
    let (_, body) = get(&simulator, &path(&id, "denyAssignments", "")).await;
    assert_eq!(body["value"][0]["properties"]["denyAssignmentName"], "stack");
    assert_eq!(body["value"][0]["properties"]["principals"][0]["type"], "SystemDefined");
}

#[tokio::test]
async fn only_readable_registries_are_listed() {
    let simulator = start(|world, id| world.grant("Reader", id));
    let registries = |id: &str| {
        format!("/subscriptions/{id}/providers/Microsoft.ContainerRegistry/registries?api-version=2025-11-01")
    };
    let (_, body) = get(&simulator, &registries(PRODUCTS)).await;
    assert_eq!(names(&body, "value", "name"), ["contosoproducts"]);
    let (_, body) = get(&simulator, "/subscriptions?api-version=2022-12-01").await;
    assert_eq!(names(&body, "value", "displayName"), ["Products"]);
    let (status, body) = get(&simulator, &registries(PLATFORM)).await;
    let scope = format!("/subscriptions/{PLATFORM}/providers/Microsoft.ContainerRegistry");
    let expected = format!("AuthorizationFailed: Microsoft.ContainerRegistry/registries/read over {scope}");
    assert_eq!((status, refusal(&body)), (403, expected));
    let pull = start(|world, id| world.grant("AcrPull", id));
    let id = pull.world().registries[SERVER].id();
    assert_eq!(get(&pull, &format!("{id}?api-version=2025-11-01")).await.0, 403);
    assert_eq!(get(&pull, &registries(PRODUCTS)).await.0, 403);
}

/// The simulator's table of roles is its own; where the official one is at hand, they are the same.
#[test]
fn built_in_roles_are_the_official_ones() {
    let Some(text) = shared("spec-examples/acr-builtin-roles.json") else {
        return;
    };
    let official: Vec<Value> = serde_json::from_str(&text).unwrap();
    let world = World::default();
    for role in &official {
        let ours = world.role(role["name"].as_str().unwrap()).unwrap();
        assert_eq!(ours["properties"]["roleName"], role["roleName"]);
        for list in ["actions", "notActions", "dataActions", "notDataActions"] {
            assert_eq!(
                ours["properties"]["permissions"][0][list], role["permissions"][0][list],
                "{}",
                role["roleName"]
            );
        }
    }
    println!("{} roles compared", official.len());
}
