//! The tag list of a repository, in the order of names.

use std::borrow::Cow;

use serde::Deserialize;

use super::auth::Access;
use super::client::RegistryClient;
use super::items::{NamedBy, read_list};
use super::page::{Page, Parsed, in_order, named};
use crate::azure::Failure;
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::repository::{ChangeableAttributes, TagRecord};
use crate::names::{Digest, RepositoryName, Tag};

/// Longest free text that is recorded (media types, platforms, times), bytes.
const TEXT_CAP: usize = 512;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTag<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    digest: Cow<'a, str>,
    #[serde(borrow)]
    created_time: Option<Cow<'a, str>>,
    #[serde(borrow)]
    last_update_time: Option<Cow<'a, str>>,
    signed: Option<bool>,
    #[serde(borrow)]
    quarantine_state: Option<Cow<'a, str>>,
    #[serde(borrow)]
    changeable_attributes: Option<Attributes<'a>>,
}

/// `changeableAttributes` of a repository, manifest or tag.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attributes<'a> {
    delete_enabled: Option<bool>,
    write_enabled: Option<bool>,
    read_enabled: Option<bool>,
    list_enabled: Option<bool>,
    #[serde(borrow)]
    quarantine_state: Option<Cow<'a, str>>,
}

impl Attributes<'_> {
    pub(super) fn record(self) -> Result<ChangeableAttributes, String> {
        Ok(ChangeableAttributes {
            delete_enabled: self.delete_enabled,
            write_enabled: self.write_enabled,
            read_enabled: self.read_enabled,
            list_enabled: self.list_enabled,
            quarantine_state: text(self.quarantine_state)?,
        })
    }
}

impl RegistryClient {
    /// The page of `repository`'s tags after the name `last` (exclusive).
    pub async fn tag_page(
        &self,
        access: &Access,
        repository: &RepositoryName,
        last: Option<&str>,
    ) -> Result<Page<TagRecord>, Failure> {
        let path = format!("/acr/v1/{repository}/_tags");
        let parse = |body: &[u8]| parse_tags(body, repository, last);
        self.list_page(access, Some(repository), &path, last, parse, |tag| tag.name.as_str())
            .await
    }
}

/// Reads a page of tags.
pub fn parse_tags(body: &[u8], repository: &RepositoryName, last: Option<&str>) -> Parsed<TagRecord> {
    let list = read_list::<WireTag<'_>>(body, "tags", NamedBy::Name)?;
    check_owner(list.owner.as_deref(), repository)?;
    let record = |tag: WireTag<'_>| {
        let shown = tag.name.clone();
        let name = Tag::parse(&shown).map_err(|error| error.to_string())?;
        record(tag, name).map_err(|detail| named(&shown, &detail))
    };
    in_order(
        list.items,
        last,
        |tag| tag.name.as_str(),
        record,
        ProblemCode::InvalidTag,
    )
}

fn record(tag: WireTag<'_>, name: Tag) -> Result<TagRecord, String> {
    let mut attributes = tag
        .changeable_attributes
        .map(Attributes::record)
        .transpose()?
        .unwrap_or_default();
    if attributes.quarantine_state.is_none() {
        attributes.quarantine_state = text(tag.quarantine_state)?;
    }
    Ok(TagRecord {
        name,
        digest: Digest::parse(&tag.digest).map_err(|error| format!("digest: {error}"))?,
        created_time: text(tag.created_time)?,
        last_update_time: text(tag.last_update_time)?,
        signed: tag.signed,
        changeable_attributes: attributes,
    })
}

/// A free text of the service, refused when it is longer than any real one.
pub(super) fn text(value: Option<Cow<'_, str>>) -> Result<Option<String>, String> {
    match value {
        Some(value) if value.len() > TEXT_CAP => Err(format!("a text is longer than {TEXT_CAP} bytes")),
        value => Ok(value.map(Cow::into_owned)),
    }
}

/// A page has to be about the repository that was asked for.
pub(super) fn check_owner(image_name: Option<&str>, repository: &RepositoryName) -> Result<(), (ProblemCode, String)> {
    match image_name {
        Some(name) if name != repository.as_str() => Err((
            ProblemCode::ForeignAnswer,
            format!("the answer is about {:?}", name.chars().take(64).collect::<String>()),
        )),
        _ => Ok(()),
    }
}
