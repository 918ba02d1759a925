//! The directory of the simulated tenant: users, groups and service principals, as Microsoft Graph shows them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Who is there, and whether the identity of this world may read it.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// The identity has `Directory.Read.All`; else Graph answers 403.
    pub readable: bool,
    /// By object id in lower case.
    pub objects: BTreeMap<String, Value>,
}

impl Directory {
    /// Adds a user.
    pub fn add_user(&mut self, id: &str, name: &str) {
        self.add(
            id,
            "user",
            name,
            json!({"userPrincipalName": format!("{}@contoso.example", name.replace(' ', "."))}),
        );
    }

    /// Adds a group.
    pub fn add_group(&mut self, id: &str, name: &str) {
        self.add(id, "group", name, json!({"securityEnabled": true, "groupTypes": []}));
    }

    /// Adds the service principal of an application, with so many secrets of its own.
    pub fn add_application(&mut self, id: &str, name: &str, secrets: usize) {
        let secret = json!({"displayName": "build", "endDateTime": "2027-01-01T00:00:00Z", "secretText": null});
        let more = json!({
            "servicePrincipalType": "Application", "alternativeNames": [], "passwordCredentials": vec![secret; secrets],
        });
        self.add(id, "servicePrincipal", name, more);
    }

    /// Adds a managed identity: `resource` is the user-assigned identity, or what has a system-assigned one.
    pub fn add_managed_identity(&mut self, id: &str, resource: &str) {
        let name = resource.rsplit('/').next().unwrap_or_default();
        let explicit = resource.to_ascii_lowercase().contains("/userassignedidentities/");
        let explicit = if explicit {
            "isExplicit=True"
        } else {
            "isExplicit=False"
        };
        let more = json!({
            "servicePrincipalType": "ManagedIdentity", "alternativeNames": [explicit, resource], "passwordCredentials": [],
        });
        self.add(id, "servicePrincipal", name, more);
    }

    fn add(&mut self, id: &str, kind: &str, name: &str, more: Value) {
        let mut object = json!({"@odata.type": format!("#microsoft.graph.{kind}"), "id": id, "displayName": name});
        if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
            object.extend(more);
        }
        self.objects.insert(id.to_lowercase(), object);
    }
}
