//! Subscriptions and registries.

use serde::Deserialize;
use serde_json::Value;

use super::Arm;
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
    /// Ids of the subscriptions that the identity sees and that are in use.
    pub async fn subscriptions(&self) -> Result<Vec<String>, Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Subscription {
            subscription_id: String,
            #[serde(default)]
            state: Option<String>,
        }
        let found: Vec<Subscription> = self.list("/subscriptions", SUBSCRIPTION_API_VERSION).await?;
        let in_use = |state: &Option<String>| {
            state
                .as_deref()
                .is_none_or(|state| !matches!(state, "Disabled" | "Deleted"))
        };
        Ok(found
            .into_iter()
            .filter(|found| in_use(&found.state))
            .map(|found| found.subscription_id)
            .collect())
    }

    /// The registries of one subscription. Rows that are not registries are left out.
    pub async fn registries(&self, subscription: &str) -> Result<Vec<ArmRegistry>, Failure> {
        let path = format!("/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/registries");
        let rows: Vec<Value> = self.list(&path, REGISTRY_API_VERSION).await?;
        Ok(rows.into_iter().filter_map(parse_registry).collect())
    }

    /// One registry.
    pub async fn registry(&self, id: &RegistryId) -> Result<ArmRegistry, Failure> {
        self.registry_with(id, REGISTRY_API_VERSION).await
    }

    /// One registry in another version.
    pub(super) async fn registry_with(&self, id: &RegistryId, api_version: &str) -> Result<ArmRegistry, Failure> {
        let target = format!("GET {id}");
        let body: Value = self.sdk.get(self.url(id.as_str(), api_version), &target).await?;
        parse_registry(body)
            .ok_or_else(|| Failure::invalid(target, ProblemCode::Malformed, "the answer is not a registry"))
    }
}

/// Reads a registry resource; none if its id is not a registry's or it has no login server.
pub fn parse_registry(body: Value) -> Option<ArmRegistry> {
    let id = RegistryId::parse(body.get("id")?.as_str()?).ok()?;
    let login_server = body
        .get("properties")?
        .get("loginServer")?
        .as_str()?
        .to_ascii_lowercase();
    let sku = body
        .get("sku")
        .and_then(|sku| sku.get("name"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    Some(ArmRegistry {
        id,
        login_server,
        sku,
        body,
    })
}
