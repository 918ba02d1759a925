//! The manifest list of a repository, in the order of digests.

use std::borrow::Cow;

use serde::Deserialize;

use super::auth::Access;
use super::client::RegistryClient;
use super::items::{NamedBy, read_list};
use super::page::{Page, Parsed, in_order, named};
use super::tags::{Attributes, check_owner, text};
use crate::azure::Failure;
use crate::inventory::problem::{Problem, Problems};
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
        self.list_page(access, Some(repository), &path, last, parse, digest_of)
            .await
    }
}

/// Reads a page of manifests.
pub fn parse_manifests(body: &[u8], repository: &RepositoryName, last: Option<&str>) -> Parsed<ListedManifest> {
    let list = read_list::<Manifest<'_>>(body, "manifests", NamedBy::Digest)?;
    check_owner(list.owner.as_deref(), repository)?;
    let mut tag_problems = Problems::default();
    let record = |manifest: Manifest<'_>| {
        let shown = manifest.digest.clone();
        let digest = Digest::parse(&shown).map_err(|error| error.to_string())?;
        record(manifest, digest, &mut tag_problems).map_err(|detail| named(&shown, &detail))
    };
    let (manifests, mut problems) = in_order(list.items, last, digest_of, record, ProblemCode::InvalidManifest)?;
    problems.append(tag_problems);
    Ok((manifests, problems))
}

fn digest_of((manifest, _): &ListedManifest) -> &str {
    manifest.digest.as_str()
}

/// A name that breaks the grammar is no tag of the manifest, and no fault of it.
fn record(manifest: Manifest<'_>, digest: Digest, tag_problems: &mut Problems) -> Result<ListedManifest, String> {
    let mut tags = Vec::new();
    for tag in manifest.tags.unwrap_or_default() {
        match Tag::parse(&tag) {
            Ok(tag) => tags.push(tag),
            Err(error) => tag_problems.push(Problem::new(
                ProblemCode::InvalidManifest,
                named(digest.as_str(), &format!("tags: {error}")),
            )),
        }
    }
    let record = ManifestRecord {
        digest,
        media_type: text(manifest.media_type)?,
        config_media_type: text(manifest.config_media_type)?,
        image_size: manifest.image_size,
        created_time: text(manifest.created_time)?,
        last_update_time: text(manifest.last_update_time)?,
        architecture: text(manifest.architecture)?,
        os: text(manifest.os)?,
        changeable_attributes: manifest
            .changeable_attributes
            .map(Attributes::record)
            .transpose()?
            .unwrap_or_default(),
    };
    Ok((record, tags))
}
