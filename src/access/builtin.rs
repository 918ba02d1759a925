//! The built-in roles that matter to a registry, as data of our own: what they allow is the same in every tenant, so an
//! assignment can be judged where role definitions may not be read.

use std::sync::LazyLock;

use serde::Deserialize;

use super::role::{PermissionBlock, PermissionPattern, RoleDefinition};

/// Every built-in role of container registries, and the general roles that reach one.
///
/// Source: the definitions as ARM answers them. The table is `builtin-roles.json` beside this file; a test compares it
/// with the reference copy where that is present.
pub static ROLES: LazyLock<Vec<RoleDefinition>> = LazyLock::new(|| {
    // A table that cannot be read leaves no roles, so that every assignment is unknown; a test reads it.
    let rows: Vec<Row> = serde_json::from_str(TABLE).unwrap_or_default();
    rows.into_iter().map(Row::into_role).collect()
});

const TABLE: &str = include_str!("builtin-roles.json");

/// The built-in role with this GUID, in any case.
pub fn role(guid: &str) -> Option<&'static RoleDefinition> {
    ROLES.iter().find(|role| role.guid.eq_ignore_ascii_case(guid))
}

/// The role with this GUID: as it was read, else built in. What ARM answered comes first: a built-in role may have changed
/// since.
pub fn role_among<'a>(read: &'a [RoleDefinition], guid: &str) -> Option<&'a RoleDefinition> {
    read.iter().find(|role| role.guid == guid).or_else(|| role(guid))
}

macro_rules! guids {
    ($($(#[$doc:meta])* $name:ident $guid:literal,)*) => {
        $($(#[$doc])* pub const $name: &str = $guid;)*

        /// Every role that has a name here, for the test that the table has them all.
        #[cfg(test)]
        const NAMED: &[&str] = &[$($guid),*];
    };
}

guids! {
    /// Owner
    OWNER "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    /// Contributor
    CONTRIBUTOR "b24988ac-6180-42a0-ab88-20f7382dd24c",
    /// Reader
    READER "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    /// User Access Administrator
    USER_ACCESS_ADMINISTRATOR "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    /// Role Based Access Control Administrator
    RBAC_ADMINISTRATOR "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    /// AcrPull
    ACR_PULL "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    /// AcrPush
    ACR_PUSH "8311e382-0749-4cb8-b61a-304f252e45ec",
    /// AcrDelete
    ACR_DELETE "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
    /// AcrImageSigner, removed with Docker Content Trust on 2028-03-31
    ACR_IMAGE_SIGNER "6cef56e8-d556-48e5-a04f-b8e64114680f",
    /// AcrQuarantineReader
    ACR_QUARANTINE_READER "cdda3590-29a3-44f6-95f2-9f980659eb04",
    /// AcrQuarantineWriter
    ACR_QUARANTINE_WRITER "c8d4ff99-41c3-41a8-9f60-21dfdad59608",
    /// Container Registry Repository Reader
    REPOSITORY_READER "b93aa761-3e63-49ed-ac28-beffa264f7ac",
    /// Container Registry Repository Writer
    REPOSITORY_WRITER "2a1e307c-b015-4ebd-883e-5b7698a07328",
    /// Container Registry Repository Contributor
    REPOSITORY_CONTRIBUTOR "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
    /// Container Registry Repository Catalog Lister
    CATALOG_LISTER "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
    /// Container Registry Data Importer and Data Reader
    DATA_IMPORTER "577a9874-89fd-4f24-9dbd-b5034d0ad23a",
    /// Container Registry Configuration Reader and Data Access Configuration Reader
    CONFIGURATION_READER "69b07be0-09bf-439a-b9a6-e73de851bd59",
    /// Container Registry Contributor and Data Access Configuration Administrator
    CONFIGURATION_ADMINISTRATOR "3bc748fc-213d-45c1-8d91-9da5725539b9",
    /// Container Registry Tasks Contributor
    TASKS_CONTRIBUTOR "fb382eab-e894-4461-af04-94435c366c3f",
    /// Container Registry Transfer Pipeline Contributor
    TRANSFER_PIPELINE_CONTRIBUTOR "bf94e731-3a51-4a7c-8c54-a1ab9971dfc1",
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Row {
    guid: String,
    name: String,
    actions: Vec<String>,
    not_actions: Vec<String>,
    data_actions: Vec<String>,
    not_data_actions: Vec<String>,
}

impl Row {
    fn into_role(self) -> RoleDefinition {
        let patterns = |texts: Vec<String>| texts.iter().map(|text| PermissionPattern::new(text)).collect();
        RoleDefinition {
            guid: self.guid,
            name: self.name,
            is_custom: false,
            permissions: vec![PermissionBlock {
                actions: patterns(self.actions),
                not_actions: patterns(self.not_actions),
                data_actions: patterns(self.data_actions),
                not_data_actions: patterns(self.not_data_actions),
                condition: None,
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::role::PermissionPattern;
    use super::{NAMED, ROLES, role};

    #[test]
    fn the_table_has_every_named_role_once() {
        assert_eq!(ROLES.len(), 26);
        for guid in NAMED {
            assert_eq!(ROLES.iter().filter(|role| role.guid == *guid).count(), 1, "{guid}");
        }
        assert_eq!(role(&NAMED[0].to_uppercase()).unwrap().name, "Owner");
    }

    #[test]
    fn the_table_agrees_with_the_reference_copy() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../shared/data/spec-examples/acr-builtin-roles.json");
        let Ok(bytes) = std::fs::read(&path) else {
            println!("skipped: {} is not there", path.display());
            return;
        };
        let reference: Vec<serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(reference.len(), 21);
        for row in &reference {
            let ours = role(row["name"].as_str().unwrap()).unwrap();
            let [block] = ours.permissions.as_slice() else {
                panic!("{} has one block", ours.name)
            };
            let theirs = &row["permissions"][0];
            assert_eq!(ours.name, row["roleName"].as_str().unwrap());
            for (patterns, field) in [
                (&block.actions, "actions"),
                (&block.not_actions, "notActions"),
                (&block.data_actions, "dataActions"),
                (&block.not_data_actions, "notDataActions"),
            ] {
                let list: Vec<&str> = patterns.iter().map(PermissionPattern::as_str).collect();
                assert_eq!(serde_json::json!(list), theirs[field], "{} {field}", ours.name);
            }
        }
    }
}
