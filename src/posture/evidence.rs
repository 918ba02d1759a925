//! What was read of one registry before it is judged: ARM's JSON as it came, or why it is not there.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::source::Source;

/// How one read ended. Rules see the difference: only `Known` can ever lead to a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Read<T> {
    /// It was read to its end.
    Known {
        value: T,
        /// The `api-version` that was asked with; it decides which properties can be there at all.
        api_version: String,
    },
    /// 401 or 403.
    Refused {
        /// The ARM action, or the Graph permission, that the identity lacks.
        permission: String,
    },
    /// The call was made and came to nothing: time-out, throttling, server error, unreadable answer.
    Failed {
        reason: String,
        /// The same call may come to something later, without anybody changing anything.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        passing: bool,
    },
    /// The call was not made.
    NotAsked { why: String },
}

/// Why a read has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing<'a> {
    /// This permission was missing.
    Refused(&'a str),
    /// For this reason.
    Failed(&'a str),
    /// For this reason.
    NotAsked(&'a str),
}

impl<T> Read<T> {
    /// Why there is no value; none when there is.
    pub fn missing(&self) -> Option<Missing<'_>> {
        match self {
            Self::Known { .. } => None,
            Self::Refused { permission } => Some(Missing::Refused(permission)),
            Self::Failed { reason, .. } => Some(Missing::Failed(reason)),
            Self::NotAsked { why } => Some(Missing::NotAsked(why)),
        }
    }

    /// The same outcome with another value.
    pub fn map<U>(&self, to: impl FnOnce(&T) -> U) -> Read<U> {
        match self {
            Self::Known { value, api_version } => Read::Known {
                value: to(value),
                api_version: api_version.clone(),
            },
            Self::Refused { permission } => Read::Refused {
                permission: permission.clone(),
            },
            Self::Failed { reason, passing } => Read::Failed {
                reason: reason.clone(),
                passing: *passing,
            },
            Self::NotAsked { why } => Read::NotAsked { why: why.clone() },
        }
    }

    /// The reason of a failure that may be over soon.
    pub fn passing_failure(&self) -> Option<&str> {
        match self {
            Self::Failed { reason, passing: true } => Some(reason),
            _ => None,
        }
    }
}

impl<T> Default for Read<T> {
    fn default() -> Self {
        Self::NotAsked {
            why: "it was not part of this run".to_owned(),
        }
    }
}

/// Everything ARM said of one registry. Lists are the items of all pages, in ARM's order.
///
/// Architecture invariant: there are no secrets in here. Nothing calls `listCredentials` or `generateCredentials`, and
/// `webhook_configs` is filled on request only, without the custom headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Evidence {
    /// ARM id, as ARM spells it.
    pub registry_id: String,
    pub login_server: String,
    pub name: String,
    pub resource_group: String,
    /// Subscription id.
    pub subscription: String,
    pub location: String,
    /// From the list of registries; the registry itself goes above it when it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The registry resource.
    pub registry: Read<Value>,
    /// The same resource read with a preview version, when that was asked for; preview properties are looked up here first.
    pub registry_preview: Read<Value>,
    pub replications: Read<Vec<Value>>,
    pub webhooks: Read<Vec<Value>>,
    /// One `{"name", "serviceUri"}` for each webhook, from `getCallbackConfig`; `customHeaders` is dropped by the reader.
    pub webhook_configs: Read<Vec<Value>>,
    pub tokens: Read<Vec<Value>>,
    pub scope_maps: Read<Vec<Value>>,
    pub cache_rules: Read<Vec<Value>>,
    pub credential_sets: Read<Vec<Value>>,
    pub connected_registries: Read<Vec<Value>>,
    /// When it was not read, the copy inside the registry resource decides.
    pub private_endpoint_connections: Read<Vec<Value>>,
    pub usages: Read<Vec<Value>>,
    pub import_pipelines: Read<Vec<Value>>,
    pub export_pipelines: Read<Vec<Value>>,
    pub tasks: Read<Vec<Value>>,
    /// Locks of the subscription, of the resource group and of the registry.
    pub locks: Read<Vec<Value>>,
    pub diagnostic_settings: Read<Vec<Value>>,
    /// `Microsoft.Security/pricings/Containers` of the subscription.
    pub defender_pricing: Read<Value>,
}

impl Evidence {
    /// The list that a source stands for; none for sources that are no lists of ARM resources.
    pub(super) fn list(&self, source: Source) -> Option<&Read<Vec<Value>>> {
        Some(match source {
            Source::Replications => &self.replications,
            Source::Webhooks => &self.webhooks,
            Source::WebhookConfigs => &self.webhook_configs,
            Source::Tokens => &self.tokens,
            Source::ScopeMaps => &self.scope_maps,
            Source::CacheRules => &self.cache_rules,
            Source::CredentialSets => &self.credential_sets,
            Source::ConnectedRegistries => &self.connected_registries,
            Source::PrivateEndpointConnections => &self.private_endpoint_connections,
            Source::Usages => &self.usages,
            Source::ImportPipelines => &self.import_pipelines,
            Source::ExportPipelines => &self.export_pipelines,
            Source::Tasks => &self.tasks,
            Source::Locks => &self.locks,
            Source::DiagnosticSettings => &self.diagnostic_settings,
            Source::Registry
            | Source::RegistryPreview
            | Source::DefenderPricing
            | Source::Access
            | Source::Inventory => return None,
        })
    }

    /// The same, to be filled in.
    pub(crate) fn list_mut(&mut self, source: Source) -> Option<&mut Read<Vec<Value>>> {
        Some(match source {
            Source::Replications => &mut self.replications,
            Source::Webhooks => &mut self.webhooks,
            Source::WebhookConfigs => &mut self.webhook_configs,
            Source::Tokens => &mut self.tokens,
            Source::ScopeMaps => &mut self.scope_maps,
            Source::CacheRules => &mut self.cache_rules,
            Source::CredentialSets => &mut self.credential_sets,
            Source::ConnectedRegistries => &mut self.connected_registries,
            Source::PrivateEndpointConnections => &mut self.private_endpoint_connections,
            Source::Usages => &mut self.usages,
            Source::ImportPipelines => &mut self.import_pipelines,
            Source::ExportPipelines => &mut self.export_pipelines,
            Source::Tasks => &mut self.tasks,
            Source::Locks => &mut self.locks,
            Source::DiagnosticSettings => &mut self.diagnostic_settings,
            Source::Registry
            | Source::RegistryPreview
            | Source::DefenderPricing
            | Source::Access
            | Source::Inventory => return None,
        })
    }

    /// The first failure that may be over soon.
    pub fn passing_failure(&self) -> Option<&str> {
        let lists = Source::ALL.iter().filter_map(|source| self.list(*source));
        self.registry
            .passing_failure()
            .or_else(|| self.registry_preview.passing_failure())
            .or_else(|| self.defender_pricing.passing_failure())
            .or_else(|| lists.filter_map(Read::passing_failure).next())
    }

    /// Why a read has no value; none when it has, and for sources that are no reads of ARM.
    pub fn missing(&self, source: Source) -> Option<Missing<'_>> {
        match source {
            Source::Registry => self.registry.missing(),
            Source::RegistryPreview => self.registry_preview.missing(),
            Source::DefenderPricing => self.defender_pricing.missing(),
            source => self.list(source)?.missing(),
        }
    }
}
