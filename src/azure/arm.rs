//! Azure Resource Manager: subscriptions and registries.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::{Failure, Sdk};
use crate::names::RegistryId;

/// API version registries are read with: the newest stable one.
pub const REGISTRY_API_VERSION: &str = "2025-11-01";
const SUBSCRIPTION_API_VERSION: &str = "2022-12-01";
/// Pages of one list that are followed at most.
const PAGE_LIMIT: usize = 10_000;

/// Resource Manager of one cloud.
#[derive(Debug, Clone)]
pub struct Arm {
    endpoint: Url,
    sdk: Sdk,
}

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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    #[serde(default = "Vec::new")]
    value: Vec<T>,
    next_link: Option<String>,
}

impl Arm {
    /// `sdk` authorizes for this endpoint.
    pub fn new(endpoint: Url, sdk: Sdk) -> Self {
        Self { endpoint, sdk }
    }

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
        let target = format!("GET {id}");
        let body: Value = self
            .sdk
            .get(self.url(id.as_str(), REGISTRY_API_VERSION), &target)
            .await?;
        parse_registry(body).ok_or_else(|| Failure::invalid(target, "malformed", "the answer is not a registry"))
    }

    fn url(&self, path: &str, api_version: &str) -> Url {
        let mut url = self.endpoint.clone();
        url.set_path(path);
        url.query_pairs_mut().append_pair("api-version", api_version);
        url
    }

    /// Reads a list to its end. `nextLink` is followed only within the endpoint, which the token is for.
    async fn list<T: DeserializeOwned>(&self, path: &str, api_version: &str) -> Result<Vec<T>, Failure> {
        let target = format!("GET {path}");
        let mut url = self.url(path, api_version);
        let mut rows = Vec::new();
        for _ in 0..PAGE_LIMIT {
            let page: Page<T> = self.sdk.get(url.clone(), &target).await?;
            rows.extend(page.value);
            let Some(link) = page.next_link.filter(|link| !link.is_empty()) else {
                return Ok(rows);
            };
            let next = Url::parse(&link).ok().filter(|next| {
                next.origin() == self.endpoint.origin() && next.username().is_empty() && next.password().is_none()
            });
            let next = next.ok_or_else(|| Failure::Refused {
                target: target.clone(),
                detail: "nextLink leaves the endpoint".to_owned(),
            })?;
            if next == url {
                return Err(Failure::invalid(
                    target,
                    "cursor-not-advancing",
                    "nextLink points to its own page",
                ));
            }
            url = next;
        }
        Err(Failure::invalid(
            target,
            "too-many-pages",
            format!("more than {PAGE_LIMIT} pages"),
        ))
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
