//! Role definitions: what a role allows, by permission.

use serde::Deserialize;
use serde_json::Value;

use super::arm::{self, ShapeError};
use super::condition::Condition;
use super::glob::{self, Step};
use super::permission::{Permission, Plane};

/// A permission of a role with its wildcards, e.g. `*/read`. Case does not matter; `*` may stand anywhere and stands for
/// any number of characters, slashes too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionPattern {
    text: Box<str>,
    steps: Box<[Step]>,
}

impl PermissionPattern {
    /// Every text is a pattern.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            steps: glob::stars(text),
        }
    }

    /// The pattern as the role has it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it covers this permission.
    pub fn matches(&self, permission: &str) -> bool {
        glob::matches(&self.steps, permission.as_bytes(), true)
    }

    /// Whether it has a wildcard.
    pub fn has_wildcard(&self) -> bool {
        self.steps.contains(&Step::Any)
    }
}

/// One block of `permissions[]`: what it lists minus what it takes back. Blocks are added up; what one block takes back
/// another may give.
#[derive(Debug, Clone, Default)]
pub struct PermissionBlock {
    /// `actions`
    pub actions: Vec<PermissionPattern>,
    /// `notActions`
    pub not_actions: Vec<PermissionPattern>,
    /// `dataActions`
    pub data_actions: Vec<PermissionPattern>,
    /// `notDataActions`
    pub not_data_actions: Vec<PermissionPattern>,
    /// A few built-in roles bind a block to a condition of its own.
    pub condition: Option<Condition>,
}

impl PermissionBlock {
    /// Whether the block lists this permission and does not take it back; its condition is not asked here.
    pub fn covers(&self, permission: Permission) -> bool {
        let (listed, taken_back) = match permission.plane() {
            Plane::Control => (&self.actions, &self.not_actions),
            Plane::Data => (&self.data_actions, &self.not_data_actions),
        };
        let any = |patterns: &[PermissionPattern]| patterns.iter().any(|pattern| pattern.matches(permission.name()));
        any(listed) && !any(taken_back)
    }
}

/// A role definition, built in or custom.
#[derive(Debug, Clone)]
pub struct RoleDefinition {
    /// Its GUID in lower case. Ids are prefixed with a subscription or not; only the GUID tells roles apart.
    pub guid: String,
    /// The English name.
    pub name: String,
    /// `CustomRole`, not `BuiltInRole`.
    pub is_custom: bool,
    /// Its blocks, added up.
    pub permissions: Vec<PermissionBlock>,
}

impl RoleDefinition {
    /// Reads one item of `…/providers/Microsoft.Authorization/roleDefinitions` (2022-04-01).
    pub fn from_arm(item: &Value) -> Result<Self, ShapeError> {
        let wire: Wire = arm::read("role definition", item)?;
        let id = wire.name.or(wire.id).unwrap_or_default();
        if id.is_empty() {
            return Err(arm::wrong("role definition", item, "it has neither a name nor an id"));
        }
        Ok(Self {
            guid: arm::last_segment(&id),
            name: wire.properties.role_name,
            is_custom: wire.properties.kind.eq_ignore_ascii_case("CustomRole"),
            permissions: wire.properties.permissions.into_iter().map(Into::into).collect(),
        })
    }

    /// Whether some block covers the permission, whatever its condition says.
    pub fn covers(&self, permission: Permission) -> bool {
        self.permissions.iter().any(|block| block.covers(permission))
    }
}

#[derive(Deserialize)]
struct Wire {
    id: Option<String>,
    name: Option<String>,
    properties: WireProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProperties {
    #[serde(default, deserialize_with = "arm::or_default")]
    role_name: String,
    #[serde(rename = "type", default, deserialize_with = "arm::or_default")]
    kind: String,
    permissions: Vec<WireBlock>,
}

/// A block as ARM writes it, also in deny assignments.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireBlock {
    #[serde(default, deserialize_with = "arm::or_default")]
    actions: Vec<String>,
    #[serde(default, deserialize_with = "arm::or_default")]
    not_actions: Vec<String>,
    #[serde(default, deserialize_with = "arm::or_default")]
    data_actions: Vec<String>,
    #[serde(default, deserialize_with = "arm::or_default")]
    not_data_actions: Vec<String>,
    condition: Option<String>,
    condition_version: Option<String>,
}

impl From<WireBlock> for PermissionBlock {
    fn from(wire: WireBlock) -> Self {
        let patterns = |texts: Vec<String>| texts.iter().map(|text| PermissionPattern::new(text)).collect();
        Self {
            actions: patterns(wire.actions),
            not_actions: patterns(wire.not_actions),
            data_actions: patterns(wire.data_actions),
            not_data_actions: patterns(wire.not_data_actions),
            condition: Condition::from_arm(wire.condition.as_deref(), wire.condition_version.as_deref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission, PermissionPattern, RoleDefinition};

    #[test]
    fn a_role_gives_what_it_lists_minus_what_it_takes_back() {
        let role = RoleDefinition::from_arm(&serde_json::json!({
            "name": "AAAAAAAA-0000-4000-8000-000000000001",
            "properties": {"roleName": "Anything but push", "type": "CustomRole", "permissions": [
                {"actions": ["microsoft.containerregistry/*"], "notActions": ["*/PUSH/write"], "dataActions": null}
            ]}
        }))
        .unwrap();
        assert_eq!(role.guid, "aaaaaaaa-0000-4000-8000-000000000001");
        assert!(role.is_custom && role.covers(Permission::PullRead) && !role.covers(Permission::PushWrite));
        assert!(
            !role.covers(Permission::RepositoryContentRead),
            "actions are not data actions"
        );
    }

    #[test]
    fn patterns_compare_whole_permissions_without_case() {
        let pattern = PermissionPattern::new("Microsoft.ContainerRegistry/registries/*/read");
        assert!(pattern.has_wildcard() && pattern.matches("microsoft.containerregistry/registries/PULL/read"));
        assert!(!pattern.matches("Microsoft.ContainerRegistry/registries/read"));
    }

    #[test]
    fn a_role_without_permissions_is_refused() {
        let error = RoleDefinition::from_arm(&serde_json::json!({"id": "/x/1", "properties": {}})).unwrap_err();
        assert_eq!(
            error.to_string(),
            "role definition \"/x/1\" does not have the shape that ARM documents"
        );
    }
}
