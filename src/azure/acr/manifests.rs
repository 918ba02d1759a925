//! The manifest list of a repository, in the order of digests.

use std::borrow::Cow;

use serde::Deserialize;

use super::auth::Access;
use super::client::RegistryClient;
use super::error::object;
use super::page::{Page, Parsed, in_order};
use super::tags::{Attributes, check_owner, text};
use crate::azure::Failure;
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::repository::ManifestRecord;
use crate::names::{Digest, RepositoryName, Tag};

/// A manifest, with the tags that the manifest list says point to it (it may leave some out).
pub type ListedManifest = (ManifestRecord, Vec<Tag>);

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
}

impl RegistryClient {
    /// The page of `repository`'s manifests after the digest `last` (exclusive).
    pub async fn manifest_page(
        &self,
        access: &Access,
        repository: &RepositoryName,
        last: Option<&str>,
    ) -> Result<Page<ListedManifest>, Failure> {
        let path = format!("/acr/v1/{repository}/_manifests");
        let parse = |body: &[u8]| parse_manifests(body, repository, last);
        self.list_page(access, Some(repository), &path, last, parse, |(manifest, _)| {
            manifest.digest.as_str()
        })
        .await
    }
}

/// Reads a page of manifests.
pub fn parse_manifests(body: &[u8], repository: &RepositoryName, last: Option<&str>) -> Parsed<ListedManifest> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        #[serde(borrow)]
        image_name: Option<Cow<'a, str>>,
        #[serde(borrow, default)]
        manifests: Option<Vec<Manifest<'a>>>,
    }
    let answer: Answer = object(body).map_err(|detail| (ProblemCode::Malformed, detail))?;
    check_owner(answer.image_name.as_deref(), repository)?;
    in_order(
        answer.manifests.unwrap_or_default(),
        last,
        |manifest| &manifest.digest,
        record,
        ProblemCode::InvalidManifest,
    )
}

fn record(manifest: Manifest<'_>) -> Result<ListedManifest, String> {
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
    };
    Ok((record, tags.map_err(|error| error.to_string())?))
}
