//! Credentials under a registry: tokens with their scope maps, and what reads upstream registries.

use serde_json::{Value, json};

use super::super::access::assign::guid;
use super::super::{Registry, TENANT_ID};

impl Registry {
    /// The scope maps that every registry has.
    pub fn add_system_scope_maps(&mut self) {
        for (name, actions) in [
            (
                "_repositories_admin",
                &[
                    "metadata/read",
                    "metadata/write",
                    "content/read",
                    "content/write",
                    "content/delete",
                ][..],
            ),
            ("_repositories_pull", &["content/read"]),
            ("_repositories_pull_metadata_read", &["content/read", "metadata/read"]),
            ("_repositories_push", &["content/read", "content/write"]),
            (
                "_repositories_push_metadata_write",
                &["metadata/read", "metadata/write", "content/read", "content/write"],
            ),
        ] {
            let actions: Vec<String> = actions
                .iter()
                .map(|action| format!("repositories/*/{action}"))
                .collect();
            let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
            self.add_scope_map(name, "SystemDefined", &actions);
        }
    }

    /// `kind` is `UserDefined` or `SystemDefined`.
    pub fn add_scope_map(&mut self, name: &str, kind: &str, actions: &[&str]) {
        let created = self.created.trim_end_matches('Z').to_owned() + "+00:00";
        let properties = json!({"type": kind, "creationDate": created, "actions": actions});
        self.add_child("scopeMaps", name, properties);
    }

    /// A token with one password for each of `expiries`; none: it never expires.
    pub fn add_token(&mut self, name: &str, scope_map: &str, status: &str, expiries: &[Option<&str>]) {
        let created = self.created.trim_end_matches('Z').to_owned() + "+00:00";
        let passwords = expiries.iter().zip(["password1", "password2"]).map(|(expiry, name)| {
            let mut password = json!({"creationTime": created, "name": name});
            if let Some(expiry) = expiry {
                password["expiry"] = json!(expiry);
            }
            password
        });
        let properties = json!({
            "creationDate": created,
            "scopeMapId": format!("{}/scopeMaps/{scope_map}", self.id()),
            "credentials": {"passwords": passwords.collect::<Vec<_>>()},
            "status": status,
        });
        self.add_child("tokens", name, properties);
    }

    /// `credential_set` by name; none: the upstream is read anonymously.
    pub fn add_cache_rule(&mut self, name: &str, source: &str, target: &str, credential_set: Option<&str>) {
        let created = self.created.trim_end_matches('Z').to_owned() + "+00:00";
        let mut properties = json!({"sourceRepository": source, "targetRepository": target, "creationDate": created});
        if let Some(set) = credential_set {
            properties["credentialSetResourceId"] = json!(format!("{}/credentialSets/{set}", self.id()));
        }
        self.add_child("cacheRules", name, properties);
    }

    /// Credentials for an upstream, kept in a key vault.
    pub fn add_credential_set(&mut self, name: &str, health: &Value) {
        let created = self.created.trim_end_matches('Z').to_owned() + "+00:00";
        let properties = json!({
            "loginServer": "docker.io",
            "authCredentials": [{
                "name": "Credential1",
                "usernameSecretIdentifier": "https://contoso.vault.azure.net/secrets/hub-user",
                "passwordSecretIdentifier": "https://contoso.vault.azure.net/secrets/hub-password",
                "credentialHealth": health,
            }],
            "creationDate": created,
        });
        let principal = guid(&format!("{}{name}", self.id()));
        let identity = json!({"principalId": principal, "tenantId": TENANT_ID, "type": "systemAssigned"});
        self.add_child("credentialSets", name, properties)["identity"] = identity;
    }
}
