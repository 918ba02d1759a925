//! Subscriptions and registries.

use serde::Deserialize;
use serde_json::Value;

use super::Arm;
use crate::azure::Failure;
use crate::inventory::problem::Problem;
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
    /// Ids of the subscriptions that the identity sees and that are in use, and a problem for each row that has none.
    pub async fn subscriptions(&self) -> Result<(Vec<String>, Vec<Problem>), Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Subscription {
            subscription_id: String,
            #[serde(default)]
            state: Option<String>,
        }
        const PATH: &str = "/subscriptions";
        let rows: Vec<Value> = self.list(PATH, SUBSCRIPTION_API_VERSION).await?;
        let (found, problems) = each(rows, |row| {
            Subscription::deserialize(row).map_err(|error| unusable(PATH, row, error))
        });
        let in_use = |state: &Option<String>| {
            state
                .as_deref()
                .is_none_or(|state| !matches!(state, "Disabled" | "Deleted"))
        };
        let in_use = found.into_iter().filter(|found| in_use(&found.state));
        Ok((in_use.map(|found| found.subscription_id).collect(), problems))
    }

    /// The registries of one subscription, and a problem for each row that is none or has no login server.
    pub async fn registries(&self, subscription: &str) -> Result<(Vec<ArmRegistry>, Vec<Problem>), Failure> {
        let path = format!("/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/registries");
        let rows: Vec<Value> = self.list(&path, REGISTRY_API_VERSION).await?;
        let parse = |row: &Value| {
            let registry = parse_registry(row.clone());
            registry.ok_or_else(|| unusable(&path, row, "it is not a registry with a login server"))
        };
        Ok(each(rows, parse))
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

/// Reads rows one by one, so that one that cannot be used costs itself alone.
fn each<T>(rows: Vec<Value>, read: impl Fn(&Value) -> Result<T, Problem>) -> (Vec<T>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for row in &rows {
        match read(row) {
            Ok(row) => found.push(row),
            Err(problem) => problems.push(problem),
        }
    }
    (found, problems)
}

fn unusable(path: &str, row: &Value, why: impl std::fmt::Display) -> Problem {
    let id = row.get("id").and_then(Value::as_str).unwrap_or("a row without id");
    Failure::invalid(format!("GET {path}"), ProblemCode::Malformed, format!("{id}: {why}")).problem()
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
