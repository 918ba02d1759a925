//! What a registry says of a repository as a whole.

use std::borrow::Cow;

use serde::Deserialize;

use super::auth::Access;
use super::client::RegistryClient;
use super::error::object;
use super::tags::{Attributes as WireAttributes, check_owner, text};
use crate::azure::Failure;
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::repository::Attributes;
use crate::names::RepositoryName;

impl RegistryClient {
    /// The repository's own attributes and counts.
    pub async fn attributes(&self, access: &Access, repository: &RepositoryName) -> Result<Attributes, Failure> {
        let path = format!("/acr/v1/{repository}");
        let reply = self.get_repository(access, &path, || None).await?;
        parse_attributes(&reply.body, repository).map_err(|detail| {
            Failure::invalid(
                format!("GET {}{path}", self.login_server),
                ProblemCode::Malformed,
                detail,
            )
        })
    }
}

/// Reads the answer to `GET /acr/v1/{repository}`.
pub fn parse_attributes(body: &[u8], repository: &RepositoryName) -> Result<Attributes, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        // There in every answer: without it nothing was said of the repository, which is not that it is empty.
        #[serde(borrow)]
        image_name: Cow<'a, str>,
        #[serde(borrow)]
        created_time: Option<Cow<'a, str>>,
        #[serde(borrow)]
        last_update_time: Option<Cow<'a, str>>,
        // Absent while the repository is empty.
        manifest_count: Option<u64>,
        tag_count: Option<u64>,
        #[serde(borrow)]
        changeable_attributes: Option<WireAttributes<'a>>,
    }
    let answer: Answer = object(body)?;
    check_owner(Some(&answer.image_name), repository).map_err(|(_, detail)| detail)?;
    Ok(Attributes {
        created_time: text(answer.created_time)?,
        last_update_time: text(answer.last_update_time)?,
        manifest_count: answer.manifest_count.unwrap_or(0),
        tag_count: answer.tag_count.unwrap_or(0),
        changeable_attributes: answer
            .changeable_attributes
            .map(WireAttributes::record)
            .transpose()?
            .unwrap_or_default(),
    })
}
