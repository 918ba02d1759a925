//! Lists of Resource Manager, page by page.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::Arm;
use crate::azure::Failure;
use crate::inventory::problem_code::ProblemCode;

/// Pages of one list that are followed at most.
const PAGE_LIMIT: usize = 10_000;
/// Rows of one list that are kept at most; a subscription has 4,000 role assignments at most.
const ROW_LIMIT: usize = 200_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: Deserialize<'de>")]
struct Page<T> {
    /// There in every answer, also an empty one (`[]` or `null`): without it nothing was listed, which is not the same as
    /// nothing.
    #[serde(deserialize_with = "or_empty")]
    value: Vec<T>,
    next_link: Option<String>,
}

fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Arm {
    /// Reads a list to its end. `nextLink` is followed only within the endpoint, which the token is for.
    pub(super) async fn list<T: DeserializeOwned>(&self, path: &str, api_version: &str) -> Result<Vec<T>, Failure> {
        self.list_at(self.url(path, api_version), format!("GET {path}")).await
    }

    /// The same from an address with a query of its own; `target` names it in errors.
    pub(super) async fn list_at<T: DeserializeOwned>(&self, first: Url, target: String) -> Result<Vec<T>, Failure> {
        let mut url = first;
        let mut rows = Vec::new();
        for _ in 0..PAGE_LIMIT {
            let page: Page<T> = self.sdk.get(url.clone(), &target).await?;
            rows.extend(page.value);
            if rows.len() > ROW_LIMIT {
                return Err(Failure::invalid(
                    target,
                    ProblemCode::TooManyRows,
                    format!("more than {ROW_LIMIT} rows"),
                ));
            }
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
                    ProblemCode::CursorNotAdvancing,
                    "nextLink points to its own page",
                ));
            }
            url = next;
        }
        Err(Failure::invalid(
            target,
            ProblemCode::TooManyPages,
            format!("more than {PAGE_LIMIT} pages"),
        ))
    }
}
