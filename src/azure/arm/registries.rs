//! Subscriptions and registries.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Arm;
use super::rows::{UnusableRow, Why, read_rows};
use crate::azure::Failure;
use crate::inventory::problem_code::ProblemCode;
use crate::names::RegistryId;

/// API version registries are read with: the newest stable one.
pub const REGISTRY_API_VERSION: &str = "2025-11-01";
const SUBSCRIPTION_API_VERSION: &str = "2022-12-01";

/// A registry as ARM describes it, with the parts the collector decides by.
#[derive(Debug, Clone)]
pub struct ArmRegistry {
    pub id: RegistryId,
    /// The service's own name for the host; never derived from the registry's name.
    pub login_server: String,
    pub sku: Option<String>,
    /// The whole resource.
    pub body: Value,
}

impl Arm {
    /// Ids of the subscriptions that the identity sees and that are in use, and the rows that have none.
    pub async fn subscriptions(&self) -> Result<(Vec<String>, Vec<UnusableRow>), Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Subscription {
            subscription_id: String,
            #[serde(default)]
            state: Option<String>,
        }
        const PATH: &str = "/subscriptions";
        let rows: Vec<Box<RawValue>> = self.list(PATH, SUBSCRIPTION_API_VERSION).await?;
        let (found, unusable) = read_rows(&format!("GET {PATH}"), &rows, |row| {
            Subscription::deserialize(row).map_err(|error| (ProblemCode::Malformed, error.to_string()))
        });
        let in_use = |state: &Option<String>| {
            state
                .as_deref()
                .is_none_or(|state| !matches!(state, "Disabled" | "Deleted"))
        };
        let in_use = found.into_iter().filter(|found| in_use(&found.state));
        Ok((in_use.map(|found| found.subscription_id).collect(), unusable))
    }

    /// The registries of one subscription, and the rows that are none or have no login server.
    pub async fn registries(&self, subscription: &str) -> Result<(Vec<ArmRegistry>, Vec<UnusableRow>), Failure> {
        let path = format!("/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/registries");
        let rows: Vec<Box<RawValue>> = self.list(&path, REGISTRY_API_VERSION).await?;
        Ok(read_rows(&format!("GET {path}"), &rows, parse_registry))
    }

    /// One registry.
    pub async fn registry(&self, id: &RegistryId) -> Result<ArmRegistry, Failure> {
        self.registry_with(id, REGISTRY_API_VERSION).await
    }

    /// One registry in another version.
    pub(super) async fn registry_with(&self, id: &RegistryId, api_version: &str) -> Result<ArmRegistry, Failure> {
        let target = format!("GET {id}");
        let body: Value = self.sdk.get(self.url(id.as_str(), api_version), &target).await?;
        parse_registry(body).map_err(|(code, why)| Failure::invalid(target, code, why))
    }
}

/// Reads a registry resource.
pub fn parse_registry(body: Value) -> Result<ArmRegistry, Why> {
    let id = body.get("id").and_then(Value::as_str);
    let id = id.and_then(|id| RegistryId::parse(id).ok());
    let id = id.ok_or_else(|| {
        (
            ProblemCode::Malformed,
            "it is not the resource of a registry".to_owned(),
        )
    })?;
    let property = |name: &str| body.get("properties")?.get(name)?.as_str();
    let login_server = property("loginServer").filter(|server| !server.is_empty());
    let login_server = login_server.ok_or_else(|| {
        let state = property("provisioningState");
        let state = state.map(|state| format!(" (its provisioning state is {state})"));
        let why = format!("it has no login server{}", state.unwrap_or_default());
        (ProblemCode::NoLoginServer, why)
    })?;
    let login_server = login_server.to_ascii_lowercase();
    let sku = body
        .get("sku")
        .and_then(|sku| sku.get("name"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(ArmRegistry {
        id,
        login_server,
        sku,
        body,
    })
}
