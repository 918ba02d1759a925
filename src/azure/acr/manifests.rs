//! The manifest list of a repository, in the order of digests, and the children of a multi-platform index.

use std::borrow::Cow;

use serde::Deserialize;

use super::auth::Access;
use super::client::RegistryClient;
use super::error::object;
use super::page::{Page, Parsed, in_order};
use super::tags::{Attributes, check_owner, text};
use crate::azure::Failure;
use crate::inventory::repository::{ManifestRecord, Platform};
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
    ) -> Result<Page<ListedManifest>, Failure> {
        let path = format!("/acr/v1/{repository}/_manifests");
        let parse = |body: &[u8]| parse_manifests(body, repository, last);
        self.list_page(access, Some(repository), &path, last, parse, |(manifest, _)| {
            manifest.digest.as_str()
        })
        .await
    }

    /// The children of a multi-platform index: one request, made once per index, when it is new.
    pub async fn platforms(
        &self,
        access: &Access,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Vec<Platform>, Failure> {
        let path = format!("/acr/v1/{repository}/_manifests/{digest}");
        let reply = self.get_repository(access, &path, || None).await?;
        parse_platforms(&reply.body, repository, digest)
            .map_err(|detail| Failure::invalid(format!("GET {}{path}", self.login_server), "malformed", detail))
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
    let answer: Answer = object(body).map_err(|detail| ("malformed", detail))?;
    check_owner(answer.image_name.as_deref(), repository)?;
    in_order(
        answer.manifests.unwrap_or_default(),
        last,
        |manifest| &manifest.digest,
        record,
        "invalid-manifest",
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
