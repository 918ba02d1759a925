//! Ways to give and take access in a world.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::format_description::well_known::Rfc3339;

use super::super::World;
use super::super::mutate::hex;
use super::super::settings::PRINCIPAL_ID;
use super::{permission, roles};

/// Whoever assigned roles and made custom ones.
const AUTHOR: &str = "5f1b4c1e-0000-4000-8000-00000000a001";

impl World {
    /// Assigns a role, by name, at `scope`; the assignment, to be changed further (a condition).
    ///
    /// # Panics
    /// When neither a built-in role nor one of this world has that name.
    pub fn assign(&mut self, role: &str, principal: &str, kind: &str, scope: &str) -> &mut Value {
        let own = self.arm.role_definitions.iter();
        let mut own = own.filter(|known| known["properties"]["roleName"] == role);
        let definition = own.next().unwrap_or_else(|| roles::named(role));
        let role = definition["name"].as_str().unwrap_or_default().to_owned();
        self.assign_by_id(&role, principal, kind, scope)
    }

    /// The same by the id of the role, which need not be one that matters to a registry.
    pub fn assign_by_id(&mut self, role: &str, principal: &str, kind: &str, scope: &str) -> &mut Value {
        let subscription = permission::subscription(scope);
        let above = match subscription {
            "" => String::new(),
            id => format!("/subscriptions/{id}"),
        };
        let name = guid(&format!("{role}{principal}{scope}"));
        // Nobody of this tenant made those above its subscriptions.
        let author = (!above.is_empty()).then_some(AUTHOR);
        // Where it matters when an assignment was made, it was made now; else all are old.
        let made = match self.arm.role_lag_seconds {
            0 => "2025-02-01T10:00:00.1234567Z".to_owned(),
            _ => self.clock.now().format(&Rfc3339).unwrap_or_default(),
        };
        self.arm.role_assignments.push(json!({
            "properties": {
                "roleDefinitionId": format!("{above}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
                "principalId": principal,
                "principalType": kind,
                "scope": scope,
                "condition": null,
                "conditionVersion": null,
                "createdOn": made,
                "updatedOn": made,
                "createdBy": author,
                "updatedBy": author,
                "delegatedManagedIdentityResourceId": null,
                "description": null,
            },
            "id": format!("{}/providers/Microsoft.Authorization/roleAssignments/{name}", scope.trim_end_matches('/')),
            "type": "Microsoft.Authorization/roleAssignments",
            "name": name,
        }));
        let last = self.arm.role_assignments.len() - 1;
        &mut self.arm.role_assignments[last]
    }

    /// Gives the one identity of this world a role: from then on it may read what the role lets it read, and lists of
    /// assignments show it.
    pub fn grant(&mut self, role: &str, scope: &str) {
        self.assign(role, PRINCIPAL_ID, "ServicePrincipal", scope);
    }

    /// Takes away everything the identity has: no Reader anywhere, no assignments.
    pub fn revoke(&mut self) {
        for subscription in self.subscriptions.values_mut() {
            subscription.readable = false;
        }
        let other = |assignment: &Value| assignment["properties"]["principalId"] != PRINCIPAL_ID;
        self.arm.role_assignments.retain(other);
    }

    /// Adds a custom role that can be assigned below `scopes`; its definition, to be changed further (`notActions`).
    pub fn custom_role(&mut self, name: &str, scopes: &[&str], actions: &[&str]) -> &mut Value {
        let permissions = json!({"actions": actions, "notActions": [], "dataActions": [], "notDataActions": []});
        let mut role = roles::definition(&guid(name), name, "CustomRole", scopes, &permissions);
        role["properties"]["createdBy"] = json!(AUTHOR);
        role["properties"]["updatedBy"] = json!(AUTHOR);
        self.arm.role_definitions.push(role);
        let last = self.arm.role_definitions.len() - 1;
        &mut self.arm.role_definitions[last]
    }

    /// Denies actions at `scope` to everyone but one principal, as a deployment stack does.
    pub fn deny(&mut self, name: &str, scope: &str, actions: &[&str], data_actions: &[&str], except: &str) {
        let id = guid(&format!("{name}{scope}"));
        self.arm.deny_assignments.push(json!({
            "properties": {
                "denyAssignmentName": name,
                "description": "Created by a deployment stack",
                "permissions": [{
                    "actions": actions, "notActions": [], "dataActions": data_actions, "notDataActions": [],
                    "condition": null, "conditionVersion": null,
                }],
                "scope": scope,
                "doNotApplyToChildScopes": false,
                "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
                "excludePrincipals": [{"id": except, "type": "ServicePrincipal"}],
                "isSystemProtected": true,
                "createdOn": "2025-02-01T10:00:00.1234567Z",
                "updatedOn": "2025-02-01T10:00:00.1234567Z",
                "createdBy": except,
                "updatedBy": except,
            },
            "id": format!("{scope}/providers/Microsoft.Authorization/denyAssignments/{id}"),
            "type": "Microsoft.Authorization/denyAssignments",
            "name": id,
        }));
    }
}

/// An id that follows from a text.
pub(in crate::world) fn guid(text: &str) -> String {
    let hash = hex(&Sha256::digest(text.as_bytes()));
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}
