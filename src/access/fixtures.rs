//! Registries for tests.

use super::action::Mode;
use super::assignment::{DenyAssignment, DenyPrincipal, EVERYONE, RoleAssignment};
use super::condition::Condition;
use super::effective::{Facts, Memberships};
use super::instant::Instant;
use super::known::Known;
use super::principal::PrincipalType;
use super::role::{PermissionBlock, PermissionPattern};
use super::scope;
use super::token::{ScopeMap, Token};

pub(super) const REGISTRY: &str = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-team/providers/Microsoft.ContainerRegistry/registries/contoso";
pub(super) const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-4000-8000-000000000001";
const NAME: &str = "@Request[Microsoft.ContainerRegistry/registries/repositories:name]";

pub(super) fn facts(mode: Mode) -> Facts {
    assert_eq!(scope::level(SUBSCRIPTION, REGISTRY), Some(scope::Level::Subscription));
    Facts {
        registry: REGISTRY.to_owned(),
        mode: Some(mode),
        role_definitions: Known::default(),
        role_assignments: Known::default(),
        deny_assignments: Known::default(),
        tokens: Known::default(),
        scope_maps: Known::default(),
        admin_user: Some(false),
        anonymous_pull: Some(false),
        memberships: Memberships::Unknown,
        now: Instant(1_700_000_000),
    }
}

/// A role at the registry for a user.
pub(super) fn assignment(principal: &str, role: &str) -> RoleAssignment {
    RoleAssignment {
        id: format!("{REGISTRY}/providers/Microsoft.Authorization/roleAssignments/{principal}-{role}"),
        principal_id: principal.to_owned(),
        principal_type: PrincipalType::User,
        role_guid: role.to_owned(),
        scope: REGISTRY.to_owned(),
        condition: None,
        delegated_managed_identity: None,
    }
}

/// The documented form, over every permission of a repository.
pub(super) fn only_where(test: &str) -> Option<Condition> {
    let verbs = ["read", "write", "delete"];
    let actions = verbs
        .iter()
        .flat_map(|verb| [format!("content/{verb}"), format!("metadata/{verb}")]);
    let spared: Vec<String> = actions
        .map(|action| format!("!(ActionMatches{{'Microsoft.ContainerRegistry/registries/repositories/{action}'}})"))
        .collect();
    let text = format!("(({}) OR ({NAME} {test}))", spared.join(" AND "));
    let condition = Condition::from_arm(Some(&text), Some("2.0"));
    assert!(
        condition.as_ref().is_some_and(|condition| condition.parsed().is_ok()),
        "{text}"
    );
    condition
}

/// Denies these permissions of either plane to everybody.
pub(super) fn deny(id: &str, permissions: &[&str]) -> DenyAssignment {
    let patterns = || permissions.iter().map(|text| PermissionPattern::new(text)).collect();
    DenyAssignment {
        id: id.to_owned(),
        name: id.to_owned(),
        permissions: vec![PermissionBlock {
            actions: patterns(),
            data_actions: patterns(),
            ..PermissionBlock::default()
        }],
        scope: SUBSCRIPTION.to_owned(),
        condition: None,
        only_at_scope: false,
        principals: vec![deny_principal(EVERYONE, PrincipalType::SystemDefined)],
        exclude_principals: Vec::new(),
    }
}

pub(super) fn deny_principal(id: &str, kind: PrincipalType) -> DenyPrincipal {
    DenyPrincipal {
        id: id.to_owned(),
        kind,
    }
}

/// A token that works, and its scope map.
pub(super) fn token(name: &str, lines: &[&str]) -> (Token, ScopeMap) {
    let token = serde_json::json!({"name": name, "properties": {
        "status": "enabled", "scopeMapId": format!("{REGISTRY}/scopeMaps/{name}"),
        "credentials": {"passwords": [{"name": "password1"}]}
    }});
    let map = serde_json::json!({"name": name, "properties": {"type": "UserDefined", "actions": lines}});
    (Token::from_arm(&token).unwrap(), ScopeMap::from_arm(&map).unwrap())
}
