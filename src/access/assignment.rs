//! Role assignments and deny assignments.

use serde::Deserialize;
use serde_json::Value;

use super::arm::{self, ShapeError};
use super::condition::Condition;
use super::principal::PrincipalType;
use super::role::{PermissionBlock, WireBlock};

/// The principal id that stands for everybody in deny assignments (type `SystemDefined`).
pub const EVERYONE: &str = "00000000-0000-0000-0000-000000000000";

/// A role given to a principal at a scope.
#[derive(Debug, Clone)]
pub struct RoleAssignment {
    /// The assignment's resource id as ARM wrote it.
    pub id: String,
    /// Object id of the principal in lower case.
    pub principal_id: String,
    /// What the principal is. Managed identities are service principals here.
    pub principal_type: PrincipalType,
    /// GUID of the role definition in lower case.
    pub role_guid: String,
    /// The scope as ARM wrote it.
    pub scope: String,
    /// The condition under which it holds.
    pub condition: Option<Condition>,
    /// The managed identity that acts for another tenant, where it is set.
    pub delegated_managed_identity: Option<String>,
}

impl RoleAssignment {
    /// Reads one item of `…/providers/Microsoft.Authorization/roleAssignments` (2022-04-01).
    pub fn from_arm(item: &Value) -> Result<Self, ShapeError> {
        const WHAT: &str = "role assignment";
        let wire: Wire<WireRole> = arm::read(WHAT, item)?;
        let properties = wire.properties;
        let scope = scope_of(properties.scope, &wire.id, "roleAssignments")
            .ok_or_else(|| arm::wrong(WHAT, item, "neither its scope nor its id says where it stands"))?;
        Ok(Self {
            id: wire.id,
            principal_id: properties.principal_id.to_lowercase(),
            principal_type: PrincipalType::from_arm(&properties.principal_type),
            role_guid: arm::last_segment(&properties.role_definition_id),
            scope,
            condition: Condition::from_arm(properties.condition.as_deref(), properties.condition_version.as_deref()),
            delegated_managed_identity: properties.delegated_managed_identity_resource_id,
        })
    }
}

/// A principal that a deny assignment names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenyPrincipal {
    /// Object id in lower case.
    pub id: String,
    /// What it is.
    pub kind: PrincipalType,
}

impl DenyPrincipal {
    /// Whether it stands for everybody.
    pub fn is_everyone(&self) -> bool {
        self.id == EVERYONE
    }
}

/// Permissions taken from principals at a scope, whatever their roles give.
#[derive(Debug, Clone)]
pub struct DenyAssignment {
    /// The deny assignment's resource id as ARM wrote it.
    pub id: String,
    /// The name people see.
    pub name: String,
    /// What is denied, minus what the block takes back.
    pub permissions: Vec<PermissionBlock>,
    /// The scope as ARM wrote it.
    pub scope: String,
    /// The condition under which it holds.
    pub condition: Option<Condition>,
    /// True: it holds at its scope only, not below.
    pub only_at_scope: bool,
    /// Whom it is for.
    pub principals: Vec<DenyPrincipal>,
    /// Whom it spares.
    pub exclude_principals: Vec<DenyPrincipal>,
}

impl DenyAssignment {
    /// Reads one item of `…/providers/Microsoft.Authorization/denyAssignments` (2022-04-01).
    pub fn from_arm(item: &Value) -> Result<Self, ShapeError> {
        const WHAT: &str = "deny assignment";
        let wire: Wire<WireDeny> = arm::read(WHAT, item)?;
        let properties = wire.properties;
        let scope = scope_of(properties.scope, &wire.id, "denyAssignments")
            .ok_or_else(|| arm::wrong(WHAT, item, "neither its scope nor its id says where it stands"))?;
        let principals = |list: Vec<WirePrincipal>| {
            let principal = |wire: WirePrincipal| DenyPrincipal {
                id: wire.id.to_lowercase(),
                kind: PrincipalType::from_arm(&wire.kind),
            };
            list.into_iter().map(principal).collect()
        };
        Ok(Self {
            id: wire.id,
            name: properties.deny_assignment_name,
            permissions: properties.permissions.into_iter().map(Into::into).collect(),
            scope,
            condition: Condition::from_arm(properties.condition.as_deref(), properties.condition_version.as_deref()),
            only_at_scope: properties.do_not_apply_to_child_scopes,
            principals: principals(properties.principals),
            exclude_principals: principals(properties.exclude_principals),
        })
    }
}

/// The scope, or else what stands before the assignment's own part of its id. An assignment at the root has an id that
/// begins with that part.
fn scope_of(scope: Option<String>, id: &str, kind: &str) -> Option<String> {
    if let Some(scope) = scope.filter(|scope| !scope.is_empty()) {
        return Some(scope);
    }
    let own = format!("/providers/microsoft.authorization/{}/", kind.to_lowercase());
    // Lower case of ASCII keeps positions; other letters could not stand before `own` unchanged, and then nothing is cut.
    let at = id.to_ascii_lowercase().rfind(&own)?;
    let before = id.get(..at)?;
    Some(if before.is_empty() { "/" } else { before }.to_owned())
}

#[derive(Deserialize)]
struct Wire<T> {
    #[serde(default, deserialize_with = "arm::or_default")]
    id: String,
    properties: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRole {
    principal_id: String,
    #[serde(default, deserialize_with = "arm::or_default")]
    principal_type: String,
    role_definition_id: String,
    scope: Option<String>,
    condition: Option<String>,
    condition_version: Option<String>,
    delegated_managed_identity_resource_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDeny {
    #[serde(default, deserialize_with = "arm::or_default")]
    deny_assignment_name: String,
    permissions: Vec<WireBlock>,
    scope: Option<String>,
    condition: Option<String>,
    condition_version: Option<String>,
    #[serde(default, deserialize_with = "arm::or_default")]
    do_not_apply_to_child_scopes: bool,
    principals: Vec<WirePrincipal>,
    #[serde(default, deserialize_with = "arm::or_default")]
    exclude_principals: Vec<WirePrincipal>,
}

#[derive(Deserialize)]
struct WirePrincipal {
    id: String,
    #[serde(rename = "type", default, deserialize_with = "arm::or_default")]
    kind: String,
}

#[cfg(test)]
mod tests {
    use super::super::principal::PrincipalType;
    use super::{DenyAssignment, RoleAssignment};

    #[test]
    fn a_role_assignment_is_read_with_nulls_and_without_a_scope() {
        let assignment = RoleAssignment::from_arm(&serde_json::json!({
            "id": "/subscriptions/S1/providers/Microsoft.Authorization/roleAssignments/a1",
            "properties": {
                "roleDefinitionId": "/subscriptions/S1/providers/Microsoft.Authorization/roleDefinitions/7F951DDA-4ed3-4680-a7ca-43fe172d538d",
                "principalId": "AAAA0000-0000-4000-8000-000000000001", "principalType": "ServicePrincipal",
                "condition": null, "conditionVersion": null, "delegatedManagedIdentityResourceId": null
            }
        }))
        .unwrap();
        assert_eq!(assignment.scope, "/subscriptions/S1");
        assert_eq!(assignment.role_guid, "7f951dda-4ed3-4680-a7ca-43fe172d538d");
        assert_eq!(assignment.principal_id, "aaaa0000-0000-4000-8000-000000000001");
        assert_eq!(assignment.principal_type, PrincipalType::ServicePrincipal);
        assert!(assignment.condition.is_none());
    }

    #[test]
    fn a_deny_assignment_is_read_and_may_stand_at_the_root() {
        let deny = DenyAssignment::from_arm(&serde_json::json!({
            "id": "/providers/Microsoft.Authorization/denyAssignments/d1",
            "properties": {
                "denyAssignmentName": "no push",
                "permissions": [{"actions": ["*/push/write"], "notActions": []}],
                "doNotApplyToChildScopes": true,
                "principals": [{"id": super::EVERYONE, "type": "SystemDefined"}],
                "excludePrincipals": [{"id": "u1", "type": "User"}]
            }
        }))
        .unwrap();
        assert_eq!(deny.scope, "/");
        assert!(deny.only_at_scope && deny.principals[0].is_everyone());
        assert_eq!(deny.exclude_principals[0].kind, PrincipalType::User);
    }

    #[test]
    fn what_says_nothing_of_its_scope_is_refused() {
        let item = serde_json::json!({"id": "x", "properties": {"roleDefinitionId": "r", "principalId": "p"}});
        assert!(RoleAssignment::from_arm(&item).is_err());
    }
}
