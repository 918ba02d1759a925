//! Azure Resource Manager: one file per kind of question, and the client under them.
//!
//! Architecture invariant: nothing here asks for a secret. `listCredentials` and `generateCredentials` have no function,
//! and of `getCallbackConfig`, which answers with headers, the address alone is kept.

mod audit;
mod budget;
mod list;
mod registries;
mod rows;

use url::Url;

use super::Sdk;
pub use audit::{AUTHORIZATION_API_VERSION, Around, Callback, PREVIEW_API_VERSION, Part};
pub use budget::{ArmBudget, Closed};
pub use registries::{ArmRegistry, REGISTRY_API_VERSION, parse_registry};
pub use rows::UnusableRow;
pub(in crate::azure) use rows::read_rows;

/// Resource Manager of one cloud.
#[derive(Debug, Clone)]
pub struct Arm {
    endpoint: Url,
    sdk: Sdk,
}

impl Arm {
    /// `sdk` authorizes for this endpoint.
    pub fn new(endpoint: Url, sdk: Sdk) -> Self {
        Self { endpoint, sdk }
    }

    fn url(&self, path: &str, api_version: &str) -> Url {
        let mut url = self.endpoint.clone();
        url.set_path(path);
        url.query_pairs_mut().append_pair("api-version", api_version);
        url
    }
}
