//! The reads that rules stand on, and the permission each of them takes.

use serde::{Deserialize, Serialize};

/// One read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    Registry,
    RegistryPreview,
    Replications,
    Webhooks,
    WebhookConfigs,
    Tokens,
    ScopeMaps,
    CacheRules,
    CredentialSets,
    ConnectedRegistries,
    PrivateEndpointConnections,
    Usages,
    ImportPipelines,
    ExportPipelines,
    Tasks,
    Locks,
    DiagnosticSettings,
    DefenderPricing,
    /// Role assignments and definitions, evaluated.
    Access,
    /// The inventory of repositories, summed up.
    Inventory,
}

impl Source {
    /// All of them, in the order of [`Source`].
    pub const ALL: [Self; 20] = [
        Self::Registry,
        Self::RegistryPreview,
        Self::Replications,
        Self::Webhooks,
        Self::WebhookConfigs,
        Self::Tokens,
        Self::ScopeMaps,
        Self::CacheRules,
        Self::CredentialSets,
        Self::ConnectedRegistries,
        Self::PrivateEndpointConnections,
        Self::Usages,
        Self::ImportPipelines,
        Self::ExportPipelines,
        Self::Tasks,
        Self::Locks,
        Self::DiagnosticSettings,
        Self::DefenderPricing,
        Self::Access,
        Self::Inventory,
    ];

    /// What it is called in sentences.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registry => "the registry",
            Self::RegistryPreview => "the registry's preview properties",
            Self::Replications => "the replications",
            Self::Webhooks => "the webhooks",
            Self::WebhookConfigs => "the webhooks' callback addresses",
            Self::Tokens => "the tokens",
            Self::ScopeMaps => "the scope maps",
            Self::CacheRules => "the cache rules",
            Self::CredentialSets => "the credential sets",
            Self::ConnectedRegistries => "the connected registries",
            Self::PrivateEndpointConnections => "the private endpoint connections",
            Self::Usages => "the usages",
            Self::ImportPipelines => "the import pipelines",
            Self::ExportPipelines => "the export pipelines",
            Self::Tasks => "the tasks",
            Self::Locks => "the resource locks",
            Self::DiagnosticSettings => "the diagnostic settings",
            Self::DefenderPricing => "the Defender plan of the subscription",
            Self::Access => "the role assignments",
            Self::Inventory => "the inventory of the registry",
        }
    }

    /// The ARM action that allows it; a refused read names it. Empty when ARM is not asked.
    pub fn permission(self) -> &'static str {
        match self {
            Self::Registry | Self::RegistryPreview => "Microsoft.ContainerRegistry/registries/read",
            Self::Replications => "Microsoft.ContainerRegistry/registries/replications/read",
            Self::Webhooks => "Microsoft.ContainerRegistry/registries/webhooks/read",
            Self::WebhookConfigs => "Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action",
            Self::Tokens => "Microsoft.ContainerRegistry/registries/tokens/read",
            Self::ScopeMaps => "Microsoft.ContainerRegistry/registries/scopeMaps/read",
            Self::CacheRules => "Microsoft.ContainerRegistry/registries/cacheRules/read",
            Self::CredentialSets => "Microsoft.ContainerRegistry/registries/credentialSets/read",
            Self::ConnectedRegistries => "Microsoft.ContainerRegistry/registries/connectedRegistries/read",
            Self::PrivateEndpointConnections => {
                "Microsoft.ContainerRegistry/registries/privateEndpointConnections/read"
            }
            Self::Usages => "Microsoft.ContainerRegistry/registries/listUsages/read",
            Self::ImportPipelines => "Microsoft.ContainerRegistry/registries/importPipelines/read",
            Self::ExportPipelines => "Microsoft.ContainerRegistry/registries/exportPipelines/read",
            Self::Tasks => "Microsoft.ContainerRegistry/registries/tasks/read",
            Self::Locks => "Microsoft.Authorization/locks/read",
            Self::DiagnosticSettings => "Microsoft.Insights/diagnosticSettings/read",
            Self::DefenderPricing => "Microsoft.Security/pricings/read",
            Self::Access => "Microsoft.Authorization/roleAssignments/read",
            Self::Inventory => "",
        }
    }

    /// The built-in role to ask for. Reader reads the whole configuration and no secret, which the role made for reading
    /// the configuration of registries does: that one may call `listCredentials`.
    pub fn role(self) -> &'static str {
        match self {
            Self::WebhookConfigs => "Container Registry Configuration Reader and Data Access Configuration Reader",
            Self::DefenderPricing => "Reader at the subscription",
            Self::Inventory => {
                "AcrPull, or on an ABAC registry Container Registry Repository Reader and Catalog Lister"
            }
            _ => "Reader",
        }
    }

    /// The role that brings a permission; none for permissions that no source names, such as those of Graph.
    pub fn role_with(permission: &str) -> Option<&'static str> {
        let brings = |source: &&Self| source.permission().eq_ignore_ascii_case(permission);
        Self::ALL.iter().find(brings).map(|source| source.role())
    }
}
