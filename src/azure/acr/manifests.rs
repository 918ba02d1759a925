//! The manifest list of a repository, in the order of digests, and the children of a multi-platform index.

use std::borrow::Cow;

use serde::Deserialize;

use super::auth::Access;
use super::catalog::Parsed;
use super::client::RegistryClient;
use super::error::object;
use super::page::next_cursor;
use super::tags::{Attributes, check_owner, text};
use crate::azure::Failure;
use crate::inventory::problem::Problem;
use crate::inventory::repository::{ManifestRecord, Platform};
use crate::names::{Digest, RepositoryName, Tag};

/// One page of manifests.
#[derive(Debug)]
pub struct ManifestPage {
    /// Each manifest with the tags that this list says point to it (it may leave some out).
    pub manifests: Vec<(ManifestRecord, Vec<Tag>)>,
    /// Manifests that cannot be recorded, as problems.
    pub problems: Vec<Problem>,
    pub next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    #[serde(borrow)]
    digest: Cow<'a, str>,
    image_size: Option<u64>,
    #[serde(borrow)]
    created_time: Option<Cow<'a, str>>,
    #[serde(borrow)]
    last_update_time: Option<Cow<'a, str>>,
    #[serde(borrow)]
    architecture: Option<Cow<'a, str>>,
    #[serde(borrow)]
    os: Option<Cow<'a, str>>,
    #[serde(borrow)]
    media_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    config_media_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    tags: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    changeable_attributes: Option<Attributes<'a>>,
    #[serde(borrow)]
    references: Option<Vec<Reference<'a>>>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    digest: Cow<'a, str>,
    #[serde(borrow)]
    architecture: Option<Cow<'a, str>>,
    #[serde(borrow)]
    os: Option<Cow<'a, str>>,
}

impl RegistryClient {
    /// The page of `repository`'s manifests after the digest `last` (exclusive).
    pub async fn manifest_page(
        &self,
        access: &Access,
        repository: &RepositoryName,
        last: Option<&str>,
    ) -> Result<ManifestPage, Failure> {
        let path = format!("/acr/v1/{repository}/_manifests");
        let n = self.page_size().to_string();
        let mut query = vec![("n", n.as_str())];
        query.extend(last.map(|last| ("last", last)));
        let reply = self.get_repository(access, repository, &path, &query).await?;
        let (manifests, problems) = parse_manifests(&reply.body, repository, last)
            .map_err(|(code, detail)| Failure::invalid(format!("GET {}{path}", self.login_server), code, detail))?;
        let next = next_cursor(&self.login_server, &path, &reply.headers, last)?;
        Ok(ManifestPage {
            manifests,
            problems,
            next,
        })
    }

    /// The children of a multi-platform index: one request, made once per index, when it is new.
    pub async fn platforms(
        &self,
        access: &Access,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Vec<Platform>, Failure> {
        let path = format!("/acr/v1/{repository}/_manifests/{digest}");
        let reply = self.get_repository(access, repository, &path, &[]).await?;
        parse_platforms(&reply.body, repository, digest)
            .map_err(|detail| Failure::invalid(format!("GET {}{path}", self.login_server), "malformed", detail))
    }
}

/// Reads a page of manifests; every digest has to come after the one before, and after `last`.
pub fn parse_manifests(
    body: &[u8],
    repository: &RepositoryName,
    last: Option<&str>,
) -> Parsed<(ManifestRecord, Vec<Tag>)> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Page<'a> {
        #[serde(borrow)]
        image_name: Option<Cow<'a, str>>,
        #[serde(borrow, default)]
        manifests: Option<Vec<Manifest<'a>>>,
    }
    let page: Page = object(body).map_err(|detail| ("malformed", detail))?;
    check_owner(page.image_name.as_deref(), repository)?;
    let mut previous: Option<String> = last.map(str::to_owned);
    let (mut manifests, mut problems) = (Vec::new(), Vec::new());
    for manifest in page.manifests.unwrap_or_default() {
        let digest = manifest.digest.clone().into_owned();
        if previous.as_ref().is_some_and(|previous| digest <= *previous) {
            return Err((
                "out-of-order",
                format!(
                    "{:?} does not come after the digest before it",
                    super::catalog::cut(&digest)
                ),
            ));
        }
        previous = Some(digest);
        match record(manifest) {
            Ok(manifest) => manifests.push(manifest),
            Err(detail) => problems.push(Problem::new("invalid-manifest", detail).of(repository)),
        }
    }
    Ok((manifests, problems))
}

fn record(manifest: Manifest<'_>) -> Result<(ManifestRecord, Vec<Tag>), String> {
    let digest = Digest::parse(&manifest.digest).map_err(|error| error.to_string())?;
    let tags = manifest.tags.unwrap_or_default();
    let tags: Result<Vec<Tag>, _> = tags.iter().map(|tag| Tag::parse(tag)).collect();
    let record = ManifestRecord {
        digest,
        media_type: text(manifest.media_type)?,
        config_media_type: text(manifest.config_media_type)?,
        image_size: manifest.image_size.unwrap_or(0),
        created_time: text(manifest.created_time)?.unwrap_or_default(),
        last_update_time: text(manifest.last_update_time)?.unwrap_or_default(),
        architecture: text(manifest.architecture)?,
        os: text(manifest.os)?,
        changeable_attributes: manifest
            .changeable_attributes
            .map(Attributes::record)
            .transpose()?
            .unwrap_or_default(),
        platforms: None,
    };
    Ok((record, tags.map_err(|error| error.to_string())?))
}

/// Reads the single-manifest answer: the children it refers to.
pub fn parse_platforms(body: &[u8], repository: &RepositoryName, digest: &Digest) -> Result<Vec<Platform>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        #[serde(borrow)]
        image_name: Option<Cow<'a, str>>,
        #[serde(borrow)]
        manifest: Manifest<'a>,
    }
    let answer: Answer = object(body)?;
    check_owner(answer.image_name.as_deref(), repository).map_err(|(_, detail)| detail)?;
    if answer.manifest.digest != digest.as_str() {
        return Err("the answer is about another manifest".to_owned());
    }
    let platform = |reference: Reference<'_>| {
        Ok(Platform {
            digest: Digest::parse(&reference.digest).map_err(|error| error.to_string())?,
            architecture: text(reference.architecture)?,
            os: text(reference.os)?,
        })
    };
    answer
        .manifest
        .references
        .unwrap_or_default()
        .into_iter()
        .map(platform)
        .collect()
}
