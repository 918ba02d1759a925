//! Azure Resource Graph: all registries that the identity sees, in a few requests.

use azure_core::http::{Method, Request};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use url::Url;

use super::arm::{ArmRegistry, UnusableRow, parse_registry, read_rows};
use super::{Failure, Sdk};
use crate::inventory::problem_code::ProblemCode;

const API_VERSION: &str = "2022-10-01";
const QUERY: &str = "Resources | where type =~ 'microsoft.containerregistry/registries' \
                     | project id, name, type, location, sku, tags, properties";
/// Rows per page: the most that the service gives.
const TOP: u32 = 1_000;
const PAGE_LIMIT: usize = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    data: Vec<Box<RawValue>>,
    #[serde(default)]
    result_truncated: Option<Value>,
    #[serde(rename = "$skipToken")]
    skip_token: Option<String>,
}

/// The registries in these subscriptions, or in all that the identity sees. The answer may lag behind Resource Manager
/// by minutes. Rows that cannot be used stand beside the others.
pub async fn registries(
    endpoint: &Url,
    sdk: &Sdk,
    subscriptions: &[String],
) -> Result<(Vec<ArmRegistry>, Vec<UnusableRow>), Failure> {
    const TARGET: &str = "POST Resource Graph";
    let mut url = endpoint.clone();
    url.set_path("/providers/Microsoft.ResourceGraph/resources");
    url.query_pairs_mut().append_pair("api-version", API_VERSION);
    let (mut found, mut unusable) = (Vec::new(), Vec::new());
    let mut skip_token: Option<String> = None;
    for _ in 0..PAGE_LIMIT {
        let body = query(subscriptions, skip_token.as_deref());
        let mut request = Request::new(url.clone(), Method::Post);
        request.insert_header("content-type", "application/json");
        request.insert_header("accept", "application/json");
        request.set_body(body.to_string());
        let response = sdk.send(request, TARGET).await?;
        let malformed = |detail: &dyn std::fmt::Display| Failure::invalid(TARGET, ProblemCode::Malformed, detail);
        let page: Page = serde_json::from_slice(response.body()).map_err(|error| malformed(&error))?;
        let (registries, rows) = read_rows(TARGET, &page.data, parse_registry);
        found.extend(registries);
        unusable.extend(rows);
        match page.skip_token.filter(|token| !token.is_empty()) {
            None if is_true(page.result_truncated.as_ref()) => {
                return Err(Failure::invalid(
                    TARGET,
                    ProblemCode::Truncated,
                    "the result is truncated and has no next page",
                ));
            }
            None => return Ok((found, unusable)),
            Some(token) if skip_token.as_ref() == Some(&token) => {
                return Err(Failure::invalid(
                    TARGET,
                    ProblemCode::CursorNotAdvancing,
                    "the skip token does not advance",
                ));
            }
            next => skip_token = next,
        }
    }
    Err(Failure::invalid(
        TARGET,
        ProblemCode::TooManyPages,
        format!("more than {PAGE_LIMIT} pages"),
    ))
}

/// The request's body; no list of subscriptions means all that the identity sees.
fn query(subscriptions: &[String], skip_token: Option<&str>) -> Value {
    let mut options = json!({ "$top": TOP, "resultFormat": "objectArray" });
    if let (Some(token), Some(options)) = (skip_token, options.as_object_mut()) {
        options.insert("$skipToken".to_owned(), json!(token));
    }
    match subscriptions {
        [] => json!({ "query": QUERY, "options": options }),
        subscriptions => json!({ "query": QUERY, "options": options, "subscriptions": subscriptions }),
    }
}

/// `resultTruncated` is the text "true" or "false"; a boolean is taken too.
fn is_true(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value.as_bool() == Some(true) || value.as_str() == Some("true"))
}
