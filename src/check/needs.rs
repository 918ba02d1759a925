//! Which roles the identity needs, where, and for what: the one list behind the fixes of `check`, the deployment's role
//! assignments (a test compares them) and the tests that take away one role at a time.

use serde::Serialize;

use super::report::Check;
use crate::access::action::Mode;
use crate::access::builtin;

/// What a role is assigned at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ScopeKind {
    /// Every registry; or a subscription, for all registries in it.
    Registry,
    /// The blob container of the inventory.
    Container,
    /// Each of the two queues.
    Queue,
}

/// A role that the identity needs.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Need {
    /// Its English name.
    pub role: &'static str,
    /// Its id, the same in every tenant.
    pub guid: &'static str,
    pub scope: ScopeKind,
    /// The role assignment mode of registries that it is for; none: whatever the mode, or no registry.
    pub mode: Option<Mode>,
    /// What of the role is needed.
    pub permissions: &'static [&'static str],
    /// A wider role that does as well in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<Wider>,
    /// What fails without it.
    pub checks: &'static [Check],
}

/// A role that brings what several needs take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Wider {
    /// Its English name.
    pub role: &'static str,
    /// Its id, the same in every tenant.
    pub guid: &'static str,
}

/// What the deployment assigns by default: the platform scales by the length of a queue only for an identity that may
/// manage it.
const QUEUE_OWNER: Wider = Wider {
    role: "Azure Service Bus Data Owner",
    guid: "090c5cfd-751d-490a-894a-3ce6f1109419",
};

/// All of them.
pub const NEEDS: &[Need] = &[
    Need {
        role: "Reader",
        guid: builtin::READER,
        scope: ScopeKind::Registry,
        mode: None,
        permissions: &[
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.Authorization/roleAssignments/read",
        ],
        instead: None,
        checks: &[
            Check::ListRegistries,
            Check::ReadConfiguration,
            Check::ReadRoleAssignments,
        ],
    },
    Need {
        role: "AcrPull",
        guid: builtin::ACR_PULL,
        scope: ScopeKind::Registry,
        mode: Some(Mode::Legacy),
        permissions: &["Microsoft.ContainerRegistry/registries/pull/read"],
        instead: None,
        checks: &[
            Check::Token,
            Check::ListRepositories,
            Check::ListTags,
            Check::ListManifests,
        ],
    },
    Need {
        role: "Container Registry Repository Reader",
        guid: builtin::REPOSITORY_READER,
        scope: ScopeKind::Registry,
        mode: Some(Mode::Abac),
        permissions: &["Microsoft.ContainerRegistry/registries/repositories/metadata/read"],
        instead: None,
        checks: &[Check::Token, Check::ListTags, Check::ListManifests],
    },
    Need {
        role: "Container Registry Repository Catalog Lister",
        guid: builtin::CATALOG_LISTER,
        scope: ScopeKind::Registry,
        mode: Some(Mode::Abac),
        permissions: &["Microsoft.ContainerRegistry/registries/catalog/read"],
        instead: None,
        checks: &[Check::Token, Check::ListRepositories],
    },
    Need {
        role: "Storage Blob Data Contributor",
        guid: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        scope: ScopeKind::Container,
        mode: None,
        permissions: &[
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
        ],
        instead: None,
        checks: &[
            Check::CreateDocument,
            Check::ReplaceDocument,
            Check::ReadDocument,
            Check::ListDocuments,
            Check::DeleteDocument,
        ],
    },
    Need {
        role: "Azure Service Bus Data Sender",
        guid: "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39",
        scope: ScopeKind::Queue,
        mode: None,
        permissions: &["Microsoft.ServiceBus/namespaces/messages/send/action"],
        instead: Some(QUEUE_OWNER),
        checks: &[Check::SendMessage],
    },
    Need {
        role: "Azure Service Bus Data Receiver",
        guid: "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0",
        scope: ScopeKind::Queue,
        mode: None,
        permissions: &["Microsoft.ServiceBus/namespaces/messages/receive/action"],
        instead: Some(QUEUE_OWNER),
        checks: &[Check::ReceiveMessage],
    },
];

impl Need {
    /// The role, and the one that does as well.
    pub fn roles(&self) -> impl Iterator<Item = Wider> {
        let own = Wider {
            role: self.role,
            guid: self.guid,
        };
        std::iter::once(own).chain(self.instead)
    }

    /// Where it is assigned, in words.
    pub fn place(&self) -> &'static str {
        match (self.scope, self.mode) {
            (ScopeKind::Registry, None) => "registry, or subscription",
            (ScopeKind::Registry, Some(Mode::Legacy)) => "registry in legacy mode",
            (ScopeKind::Registry, Some(Mode::Abac)) => "registry in ABAC mode",
            (ScopeKind::Container, _) => "container of the inventory",
            (ScopeKind::Queue, _) => "both queues",
        }
    }

    /// Which permission of the role a check takes.
    pub(super) fn permission(&self, check: Check) -> &'static str {
        let wanted = match check {
            Check::ReadRoleAssignments => "roleAssignments/read",
            Check::ReadDocument | Check::ListDocuments => "blobs/read",
            Check::DeleteDocument => "blobs/delete",
            _ => "",
        };
        let mut permissions = self.permissions.iter();
        let found = permissions.find(|permission| permission.ends_with(wanted));
        found.copied().unwrap_or_default()
    }
}

/// The needs behind a check, on a registry in this mode; of both modes where it is not known.
pub(super) fn of(check: Check, mode: Option<Mode>) -> impl Iterator<Item = &'static Need> {
    NEEDS.iter().filter(move |need| {
        let in_mode = need.mode.is_none() || mode.is_none() || need.mode == mode;
        in_mode && need.checks.contains(&check)
    })
}

#[cfg(test)]
mod tests {
    use super::{NEEDS, ScopeKind};
    use crate::access::builtin;

    #[test]
    fn roles_of_registries_are_those_of_the_table_and_bring_what_is_needed() {
        for need in NEEDS.iter().filter(|need| need.scope == ScopeKind::Registry) {
            let role = builtin::role(need.guid).unwrap();
            assert_eq!(role.name, need.role);
            for permission in need.permissions {
                let block = &role.permissions[0];
                let patterns = || block.actions.iter().chain(&block.data_actions);
                let brings = patterns().any(|pattern| {
                    pattern.as_str() == *permission || pattern.as_str() == "*/read" && permission.ends_with("/read")
                });
                assert!(brings, "{}: {permission}", need.role);
            }
        }
    }

    #[test]
    fn every_check_of_a_need_names_one_of_its_permissions() {
        for need in NEEDS {
            for check in need.checks {
                assert!(
                    need.permissions.contains(&need.permission(*check)),
                    "{} {check:?}",
                    need.role
                );
            }
        }
    }
}
