//! What role assignments give the identity on the data plane of a registry.

use super::permission::within;
use crate::wire::Refusal;
use crate::world::settings::PRINCIPAL_ID;
use crate::world::{DataPlaneAccess, Registry, RoleAssignmentMode, World};

const PULL: &str = "Microsoft.ContainerRegistry/registries/pull/read";
const CATALOG: &str = "Microsoft.ContainerRegistry/registries/catalog/read";
const METADATA: &str = "Microsoft.ContainerRegistry/registries/repositories/metadata/read";

impl World {
    /// The access of the identity: the registry's own setting, or what its role assignments come to. In legacy mode
    /// the permission to pull covers metadata and the catalog; in ABAC mode permissions on data alone count. Whoever
    /// has no role at all gets no token (documented); whoever has one that gives nothing gets a token that covers
    /// nothing (inferred).
    pub fn data_plane(&self, registry: &Registry) -> Result<DataPlaneAccess, Refusal> {
        if registry.access != DataPlaneAccess::Assigned {
            return Ok(registry.access.clone());
        }
        let id = registry.id();
        if self.has_condition(&id) {
            return Err(Refusal(
                "conditions of role assignments are not evaluated here".to_owned(),
            ));
        }
        let nothing = || DataPlaneAccess::Prefixes {
            prefixes: Vec::new(),
            catalog: false,
        };
        Ok(match registry.mode {
            _ if !self.holds_anything(&id) => DataPlaneAccess::Denied,
            RoleAssignmentMode::Legacy if self.may(PULL, &id) => DataPlaneAccess::Full,
            RoleAssignmentMode::Legacy => nothing(),
            RoleAssignmentMode::Abac => DataPlaneAccess::Prefixes {
                prefixes: self.may_data(METADATA, &id).then(String::new).into_iter().collect(),
                catalog: self.may_data(CATALOG, &id),
            },
        })
    }

    fn has_condition(&self, scope: &str) -> bool {
        self.arm.role_assignments.iter().any(|assignment| {
            let properties = &assignment["properties"];
            let at = properties["scope"].as_str().unwrap_or("/");
            properties["principalId"] == PRINCIPAL_ID && properties["condition"].is_string() && within(scope, at)
        })
    }
}
