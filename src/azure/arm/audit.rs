//! What an audit reads of a registry and around it. Bodies are handed on as they came: rules judge what ARM said.

use azure_core::http::{Method, Request};
use serde::Deserialize;
use serde_json::Value;

use super::registries::REGISTRY_API_VERSION;
use super::{Arm, registries};
use crate::azure::Failure;
use crate::inventory::problem_code::ProblemCode;
use crate::names::RegistryId;

/// Shows the registry's preview properties; it is also the only family of versions that has transfer pipelines.
pub const PREVIEW_API_VERSION: &str = "2026-09-01-preview";
/// Role assignments, role definitions and deny assignments.
pub const AUTHORIZATION_API_VERSION: &str = "2022-04-01";

/// A list below a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Replications,
    Webhooks,
    /// Values of passwords are never in it.
    Tokens,
    ScopeMaps,
    CacheRules,
    CredentialSets,
    ConnectedRegistries,
    PrivateEndpointConnections,
    /// `listUsages`, which is a GET.
    Usages,
    ImportPipelines,
    ExportPipelines,
    Tasks,
    DiagnosticSettings,
    /// Of the registry and of what is in it.
    Locks,
    /// At, above and below the registry.
    RoleAssignments,
    /// At, above and below the registry.
    DenyAssignments,
    /// Of roles that can be assigned at the registry.
    RoleDefinitions,
}

impl Part {
    /// Below the registry's resource id.
    fn path(self) -> &'static str {
        match self {
            Self::Replications => "replications",
            Self::Webhooks => "webhooks",
            Self::Tokens => "tokens",
            Self::ScopeMaps => "scopeMaps",
            Self::CacheRules => "cacheRules",
            Self::CredentialSets => "credentialSets",
            Self::ConnectedRegistries => "connectedRegistries",
            Self::PrivateEndpointConnections => "privateEndpointConnections",
            Self::Usages => "listUsages",
            Self::ImportPipelines => "importPipelines",
            Self::ExportPipelines => "exportPipelines",
            Self::Tasks => "tasks",
            Self::DiagnosticSettings => "providers/Microsoft.Insights/diagnosticSettings",
            Self::Locks => Around::Locks.path(),
            Self::RoleAssignments => Around::RoleAssignments.path(),
            Self::DenyAssignments => Around::DenyAssignments.path(),
            Self::RoleDefinitions => Around::RoleDefinitions.path(),
        }
    }

    /// The version it is read with.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::ImportPipelines | Self::ExportPipelines => PREVIEW_API_VERSION,
            // Tasks have stayed on it.
            Self::Tasks => "2019-06-01-preview",
            Self::DiagnosticSettings => "2021-05-01-preview",
            Self::Locks => Around::Locks.api_version(),
            Self::RoleAssignments | Self::DenyAssignments | Self::RoleDefinitions => AUTHORIZATION_API_VERSION,
            _ => REGISTRY_API_VERSION,
        }
    }
}

/// A list of a subscription. Without a filter these answer with what is at, above and below it, so that one of each
/// serves every registry of the subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    RoleAssignments,
    DenyAssignments,
    /// Built-in roles and custom ones, also those that can be assigned in some resource group only.
    RoleDefinitions,
    Locks,
}

impl Around {
    /// Below the subscription.
    fn path(self) -> &'static str {
        match self {
            Self::RoleAssignments => "providers/Microsoft.Authorization/roleAssignments",
            Self::DenyAssignments => "providers/Microsoft.Authorization/denyAssignments",
            Self::RoleDefinitions => "providers/Microsoft.Authorization/roleDefinitions",
            Self::Locks => "providers/Microsoft.Authorization/locks",
        }
    }

    /// The version it is read with.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::Locks => "2020-05-01",
            _ => AUTHORIZATION_API_VERSION,
        }
    }
}

/// Where a webhook sends its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The webhook's name.
    pub webhook: String,
    /// The address, user information and query taken away: either may be a password.
    pub service_uri: String,
}

impl Arm {
    /// The version that [`Arm::defender`] asks with.
    pub const PRICING_API_VERSION: &str = "2024-01-01";

    /// One list of a registry, all pages.
    pub async fn part(&self, registry: &RegistryId, part: Part) -> Result<Vec<Value>, Failure> {
        self.list(&format!("{registry}/{}", part.path()), part.api_version())
            .await
    }

    /// One list of a subscription, all pages.
    pub async fn around(&self, subscription: &str, around: Around) -> Result<Vec<Value>, Failure> {
        let path = format!("/subscriptions/{subscription}/{}", around.path());
        let mut url = self.url(&path, around.api_version());
        if around == Around::RoleDefinitions {
            url.query_pairs_mut().append_pair("$filter", "atScopeAndBelow()");
        }
        self.list_at(url, format!("GET {path}")).await
    }

    /// The plan Containers of Defender for Cloud in a subscription.
    pub async fn defender(&self, subscription: &str) -> Result<Value, Failure> {
        let path = format!("/subscriptions/{subscription}/providers/Microsoft.Security/pricings/Containers");
        let url = self.url(&path, Self::PRICING_API_VERSION);
        self.sdk.get(url, &format!("GET {path}")).await
    }

    /// The registry with its preview properties.
    pub async fn registry_preview(&self, id: &RegistryId) -> Result<Value, Failure> {
        let found = self.registry_with(id, PREVIEW_API_VERSION).await?;
        Ok(found.body)
    }

    /// Where a webhook of the registry sends to. The answer holds secrets (headers): they are dropped here.
    pub async fn callback(&self, registry: &RegistryId, webhook: &str) -> Result<Callback, Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Config {
            service_uri: String,
        }
        let target = format!("POST {registry}/webhooks/{webhook}/getCallbackConfig");
        // A name from an answer becomes a part of an address.
        if webhook.is_empty() || !webhook.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Failure::Refused {
                target,
                detail: "a webhook has letters and digits in its name".to_owned(),
            });
        }
        let path = format!("{registry}/webhooks/{webhook}/getCallbackConfig");
        let mut request = Request::new(self.url(&path, registries::REGISTRY_API_VERSION), Method::Post);
        request.insert_header("accept", "application/json");
        request.insert_header("content-length", "0");
        let response = self.sdk.send(request, &target).await?;
        // Serde's messages quote what they stumble over, which may be a header.
        let config: Config = serde_json::from_slice(response.body())
            .map_err(|_| Failure::invalid(&target, ProblemCode::Malformed, "the answer has no serviceUri"))?;
        let mut address = url::Url::parse(&config.service_uri)
            .map_err(|_| Failure::invalid(&target, ProblemCode::Malformed, "serviceUri is not an address"))?;
        address.set_query(None);
        address.set_fragment(None);
        // Addresses that cannot have user information have none to take away.
        let _ = address.set_username("").and_then(|()| address.set_password(None));
        Ok(Callback {
            webhook: webhook.to_owned(),
            service_uri: address.into(),
        })
    }
}
