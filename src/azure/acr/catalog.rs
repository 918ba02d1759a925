//! The catalog: names of repositories, in byte order.

use super::auth::Access;
use super::client::RegistryClient;
use super::items::{NamedBy, read_list};
use super::page::{Page, Parsed, in_order};
use crate::azure::Failure;
use crate::inventory::problem_code::ProblemCode;
use crate::names::RepositoryName;

impl RegistryClient {
    /// The page after `last` (exclusive); from the beginning without it.
    pub async fn catalog_page(&self, access: &Access, last: Option<&str>) -> Result<Page<RepositoryName>, Failure> {
        let parse = |body: &[u8]| parse_catalog(body, last);
        let path = "/acr/v1/_catalog";
        self.list_page(access, None, path, last, parse, RepositoryName::as_str)
            .await
    }
}

/// Reads a page of the catalog; a name outside the grammar is a repository that cannot be read.
pub fn parse_catalog(body: &[u8], last: Option<&str>) -> Parsed<RepositoryName> {
    let list = read_list(body, "repositories", NamedBy::Itself)?;
    let record = |name: String| RepositoryName::parse(&name).map_err(|error| error.to_string());
    in_order(
        list.items,
        last,
        RepositoryName::as_str,
        record,
        ProblemCode::InvalidName,
    )
}
