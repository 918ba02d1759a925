//! The built-in roles that matter to a registry, as Resource Manager shows them.

use std::sync::LazyLock;

use serde_json::{Value, json};

/// One role a line; `~/` stands for [`REGISTRIES`].
const BUILT_IN: &str = include_str!("built_in_roles.jsonl");
const REGISTRIES: &str = "Microsoft.ContainerRegistry/registries/";

/// Every built-in role, with an `id` of the tenant.
pub fn built_in() -> &'static [Value] {
    static ROLES: LazyLock<Vec<Value>> = LazyLock::new(|| BUILT_IN.lines().filter_map(read).collect());
    &ROLES
}

fn read(line: &str) -> Option<Value> {
    let role: Value = serde_json::from_str(&line.replace("~/", REGISTRIES)).ok()?;
    let list = |key: &str| role[key].as_array().cloned().unwrap_or_default();
    let (name, id) = (role["name"].as_str()?, role["id"].as_str()?);
    Some(definition(
        id,
        name,
        "BuiltInRole",
        &["/"],
        &json!({
            "actions": list("actions"), "notActions": list("notActions"),
            "dataActions": list("dataActions"), "notDataActions": list("notDataActions"),
        }),
    ))
}

/// A role definition with one set of permissions. The ids of built-in roles are those of the tenant; an answer shows
/// them below the subscription that was asked.
pub fn definition(id: &str, name: &str, kind: &str, scopes: &[&str], permissions: &Value) -> Value {
    json!({
        "properties": {
            "roleName": name,
            "type": kind,
            "description": name.to_lowercase(),
            "assignableScopes": scopes,
            "permissions": [permissions],
            "createdOn": "2024-10-22T19:01:56.8227182Z",
            "updatedOn": "2024-11-11T20:13:08.8779328Z",
            "createdBy": null,
            "updatedBy": null,
        },
        "id": format!("/providers/Microsoft.Authorization/roleDefinitions/{id}"),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": id,
    })
}

/// The built-in role of this name.
///
/// # Panics
/// When there is none: the name is a literal of a world or a test.
#[allow(clippy::panic, reason = "see above")]
pub fn named(name: &str) -> &'static Value {
    let mut found = built_in().iter().filter(|role| role["properties"]["roleName"] == name);
    found
        .next()
        .unwrap_or_else(|| panic!("no built-in role is called {name}"))
}
