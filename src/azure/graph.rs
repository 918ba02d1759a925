//! Microsoft Graph: who the principals are that role assignments name by id. Asked only when somebody wants names.
//!
//! One call, `directoryObjects/getByIds` of v1.0. It takes `Directory.Read.All`, which no Azure role brings. Objects of a
//! kind that the identity may not read come with their id alone; ids that the directory does not have are left out.
//! <https://learn.microsoft.com/graph/api/directoryobject-getbyids>

use azure_core::http::{Method, Request};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{Failure, Sdk};
use crate::inventory::problem_code::ProblemCode;

/// Ids of one request. The service takes 1,000; a service principal can be tens of kilobytes, and a page is capped.
const BATCH: usize = 100;
/// Ids of one run at most.
const MOST: usize = 20_000;

/// Graph of one cloud.
#[derive(Debug, Clone)]
pub struct Graph {
    endpoint: Url,
    sdk: Sdk,
}

/// What the directory says of an object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryObject {
    /// Object id, as the service writes it.
    pub id: String,
    /// Absent where the identity may not read objects of this kind.
    pub display_name: Option<String>,
    /// E.g. `Application` or `ManagedIdentity`, of service principals.
    pub service_principal_type: Option<String>,
    /// Of a managed identity, one of them is the resource id of the identity or of what has it.
    #[serde(default, deserialize_with = "or_empty")]
    pub alternative_names: Vec<String>,
    /// Of a service principal: its own secrets, without their values. Those of its application are not here.
    #[serde(default, deserialize_with = "or_empty")]
    pub password_credentials: Vec<Password>,
}

/// A secret of a service principal; nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Password {}

fn or_empty<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl DirectoryObject {
    /// The resource id of a managed identity, or of what has it.
    pub fn resource_id(&self) -> Option<&str> {
        let mut names = self.alternative_names.iter();
        let is_resource = |name: &&String| {
            name.get(..15)
                .is_some_and(|start| start.eq_ignore_ascii_case("/subscriptions/"))
        };
        names.find(is_resource).map(String::as_str)
    }
}

impl Graph {
    /// What [`Graph::objects`] takes.
    pub const PERMISSION: &str = "Directory.Read.All";
    /// The version that is asked.
    pub const VERSION: &str = "v1.0";

    /// `sdk` authorizes for this endpoint.
    pub fn new(endpoint: Url, sdk: Sdk) -> Self {
        Self { endpoint, sdk }
    }

    /// The objects of these ids, as far as the directory has them.
    pub async fn objects(&self, ids: &[String]) -> Result<Vec<DirectoryObject>, Failure> {
        #[derive(Deserialize)]
        struct Answer {
            value: Vec<DirectoryObject>,
            #[serde(rename = "@odata.nextLink")]
            next_link: Option<String>,
        }
        const TARGET: &str = "POST Microsoft Graph directoryObjects/getByIds";
        if ids.len() > MOST {
            let detail = format!("{} principals are more than {MOST}", ids.len());
            return Err(Failure::invalid(TARGET, ProblemCode::TooManyRows, detail));
        }
        let mut url = self.endpoint.clone();
        url.set_path(&format!("/{}/directoryObjects/getByIds", Self::VERSION));
        let mut found = Vec::new();
        for batch in ids.chunks(BATCH) {
            let mut request = Request::new(url.clone(), Method::Post);
            request.insert_header("content-type", "application/json");
            request.insert_header("accept", "application/json");
            request.set_body(json!({ "ids": batch }).to_string());
            let response = self.sdk.send(request, TARGET).await?;
            let answer: Answer = serde_json::from_slice(response.body())
                .map_err(|error| Failure::invalid(TARGET, ProblemCode::Malformed, error))?;
            // An object that is left out counts as gone, so an answer has to be whole.
            if answer.next_link.is_some() {
                return Err(Failure::invalid(
                    TARGET,
                    ProblemCode::Truncated,
                    "the answer has more pages",
                ));
            }
            found.extend(answer.value);
        }
        Ok(found)
    }
}
