//! The catalog: names of repositories, in byte order.

use serde::Deserialize;

use super::auth::Access;
use super::client::RegistryClient;
use super::error::object;
use super::page::next_cursor;
use crate::azure::Failure;
use crate::inventory::problem::Problem;
use crate::names::RepositoryName;

const PATH: &str = "/acr/v1/_catalog";

/// One page of the catalog.
#[derive(Debug)]
pub struct CatalogPage {
    pub repositories: Vec<RepositoryName>,
    /// Names that break the grammar, as problems; each is a repository that cannot be read.
    pub problems: Vec<Problem>,
    /// Cursor of the next page; none on the last page.
    pub next: Option<String>,
}

impl RegistryClient {
    /// The page after `last` (exclusive); from the beginning without it.
    pub async fn catalog_page(&self, access: &Access, last: Option<&str>) -> Result<CatalogPage, Failure> {
        let n = self.page_size().to_string();
        let mut query = vec![("n", n.as_str())];
        query.extend(last.map(|last| ("last", last)));
        let reply = self.get(access, PATH, &query).await?;
        let (repositories, problems) = parse_catalog(&reply.body, last)
            .map_err(|(code, detail)| Failure::invalid(format!("GET {}{PATH}", self.login_server), code, detail))?;
        let next = next_cursor(&self.login_server, PATH, &reply.headers, last)?;
        Ok(CatalogPage {
            repositories,
            problems,
            next,
        })
    }
}

/// What can be read of a page, with a problem per item that cannot; or a code and what is wrong with the whole page.
pub type Parsed<T> = Result<(Vec<T>, Vec<Problem>), (&'static str, String)>;

/// Reads a catalog page; every name has to come after the one before, and after `last`. The names and, for each name
/// outside the grammar, a problem; or a code and what is wrong with the whole page.
pub fn parse_catalog(body: &[u8], last: Option<&str>) -> Parsed<RepositoryName> {
    #[derive(Deserialize)]
    struct Page {
        // Seen as null on a registry without repositories.
        #[serde(default)]
        repositories: Option<Vec<String>>,
    }
    let page: Page = object(body).map_err(|detail| ("malformed", detail))?;
    let mut previous = last.map(str::to_owned);
    let (mut repositories, mut problems) = (Vec::new(), Vec::new());
    for name in page.repositories.unwrap_or_default() {
        if previous.as_ref().is_some_and(|previous| name <= *previous) {
            return Err((
                "out-of-order",
                format!("{:?} does not come after the name before it", cut(&name)),
            ));
        }
        match RepositoryName::parse(&name) {
            Ok(repository) => repositories.push(repository),
            Err(error) => problems.push(Problem::new("invalid-name", error)),
        }
        previous = Some(name);
    }
    Ok((repositories, problems))
}

/// The beginning of a text from outside, for a message.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}
