//! Metadata of one repository, tag or manifest: reading it, and setting its switches.

use axum::http::StatusCode;
use serde::Deserialize;
use time::OffsetDateTime;

use super::challenge::{headers, manifest_unknown, name_unknown, tag_unknown};
use super::document::{Manifest, OneManifest, OneTag, Repository, RepositorySwitches, Switches, Tag};
use super::path::Item;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::world::change::Change;
use crate::world::generated::Window;
use crate::world::{Attributes, Registry};

pub(super) fn get(registry: &Registry, request: &SimRequest, name: &str, item: &Item) -> ViewResult {
    request.only_query(&["api-version"])?;
    Ok(show(registry, name, item))
}

/// A switch that is absent stays as it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patch {
    delete_enabled: Option<bool>,
    write_enabled: Option<bool>,
    read_enabled: Option<bool>,
    list_enabled: Option<bool>,
}

pub(super) fn patch(
    registry: &mut Registry,
    request: &SimRequest,
    name: &str,
    item: &Item,
    now: OffsetDateTime,
) -> ViewResult {
    request.only_query(&["api-version"])?;
    let Some(known) = switches(registry, name, item) else {
        return Ok(show(registry, name, item));
    };
    let patch: Patch = serde_json::from_slice(&request.body)
        .map_err(|error| Refusal(format!("body of an attribute update: {error}")))?;
    let change = Change::Attributes {
        repository: name.to_owned(),
        item: match item {
            Item::Repository => None,
            Item::Tag(text) | Item::Manifest(text) => Some(text.clone()),
        },
        attributes: Attributes {
            delete_enabled: patch.delete_enabled.unwrap_or(known.delete_enabled),
            write_enabled: patch.write_enabled.unwrap_or(known.write_enabled),
            read_enabled: patch.read_enabled.unwrap_or(known.read_enabled),
            list_enabled: patch.list_enabled.unwrap_or(known.list_enabled),
        },
    };
    registry.change(change, now);
    Ok(show(registry, name, item))
}

/// The switches of an item; none when it does not exist.
pub(super) fn switches(registry: &Registry, name: &str, item: &Item) -> Option<Attributes> {
    let repository = registry.repositories.get(name)?;
    match item {
        Item::Repository => Some(repository.attributes),
        Item::Tag(tag) => repository.tags.get(tag).map(|tag| tag.attributes),
        Item::Manifest(digest) => repository.manifests.get(digest).map(|manifest| manifest.attributes),
    }
}

fn show(registry: &Registry, name: &str, item: &Item) -> SimReply {
    let (login_server, image_name) = (registry.login_server.as_str(), name);
    let repository = registry.repositories.get(name);
    let window = match item {
        Item::Repository => None,
        Item::Tag(key) | Item::Manifest(key) => repository.map(|repository| repository.window(Window::Item(key))),
    };
    let window = window.as_deref();
    match item {
        Item::Repository => match repository {
            None => name_unknown(name),
            Some(repository) => ok(&Repository {
                registry: login_server,
                image_name,
                created_time: &repository.created,
                last_update_time: &repository.last_update,
                // Hidden items are counted.
                manifest_count: repository.manifest_count(),
                tag_count: repository.tag_count(),
                changeable_attributes: RepositorySwitches {
                    switches: Switches::from(repository.attributes),
                    teleport_enabled: false,
                },
            }),
        },
        Item::Tag(tag) => match window.and_then(|repository| repository.tags.get_key_value(tag)) {
            None => tag_unknown(),
            Some((tag, found)) => {
                let tag = Tag::new(tag, found);
                ok(&OneTag {
                    registry: login_server,
                    image_name,
                    tag,
                })
            }
        },
        Item::Manifest(digest) => {
            let found = window.and_then(|found| found.manifests.get_key_value(digest).map(|pair| (found, pair)));
            let Some((repository, (digest, manifest))) = found else {
                return manifest_unknown("manifest unknown");
            };
            let tags = repository.tags.iter().filter(|(_, tag)| tag.digest == *digest);
            let tags = tags.map(|(name, _)| name.as_str()).collect();
            let manifest = Manifest::new(digest, manifest, tags).with_references(manifest);
            ok(&OneManifest {
                registry: login_server,
                image_name,
                manifest,
            })
        }
    }
}

fn ok(body: &impl serde::Serialize) -> SimReply {
    headers(SimReply::json(StatusCode::OK, body))
}
