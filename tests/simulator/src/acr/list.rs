//! The lists: catalog, tags, manifests.

use std::collections::HashMap;

use axum::http::StatusCode;
use serde::Serialize;

use super::challenge::{headers, name_unknown};
use super::document::{Manifest, Manifests, Tag, Tags};
use super::page::{Page, Unusable, encode};
use crate::wire::{SimReply, SimRequest, ViewResult};
use crate::world::Registry;
use crate::world::generated::{List, Window};
use crate::world::settings::PageLimits;

#[derive(Serialize)]
struct Catalog<'a> {
    repositories: Vec<&'a str>,
}

/// `GET /v2/{name}/tags/list`
#[derive(Serialize)]
struct TagNames<'a> {
    name: &'a str,
    tags: Vec<&'a str>,
}

pub(super) fn catalog(registry: &Registry, request: &SimRequest, v2: bool, limits: PageLimits) -> ViewResult {
    let page = match Page::of(request, limits) {
        Ok(page) => page,
        Err(unusable) => return unusable.into(),
    };
    let listed = |repository: &crate::world::Repository| repository.attributes.list_enabled;
    let (items, more) = page.take(&registry.repositories, listed, |repository| &repository.last_update);
    let repositories: Vec<&str> = items.iter().map(|(name, _)| *name).collect();
    let last = repositories.last().copied().filter(|_| more);
    let path = if v2 { "/v2/_catalog" } else { "/acr/v1/_catalog" };
    Ok(reply(
        &page,
        path,
        last,
        &Catalog {
            repositories: repositories.clone(),
        },
    ))
}

pub(super) fn tags(registry: &Registry, request: &SimRequest, name: &str, v2: bool, limits: PageLimits) -> ViewResult {
    let Some(repository) = registry.repositories.get(name) else {
        return Ok(name_unknown(name));
    };
    let page = match Page::of(request, limits) {
        Ok(page) => page,
        Err(unusable) => return unusable.into(),
    };
    let digest = request.query("digest").filter(|_| !v2);
    let repository = repository.window(digest.map_or_else(|| page.window(List::Tags), Window::Item));
    let (items, more) = page.take(
        &repository.tags,
        |tag| tag.attributes.list_enabled && digest.is_none_or(|digest| digest == tag.digest),
        |tag| &tag.last_update,
    );
    let last = items.last().map(|(name, _)| *name).filter(|_| more);
    Ok(if v2 {
        let tags = items.iter().map(|(name, _)| *name).collect();
        let path = format!("/v2/{}/tags/list", encode(name));
        reply(&page, &path, last, &TagNames { name, tags })
    } else {
        let tags = items.iter().map(|(name, tag)| Tag::new(name, tag)).collect();
        let (registry, image_name) = (registry.login_server.as_str(), name);
        let path = format!("/acr/v1/{}/_tags", encode(name));
        reply(
            &page,
            &path,
            last,
            &Tags {
                registry,
                image_name,
                tags,
            },
        )
    })
}

pub(super) fn manifests(registry: &Registry, request: &SimRequest, name: &str, limits: PageLimits) -> ViewResult {
    let Some(repository) = registry.repositories.get(name) else {
        return Ok(name_unknown(name));
    };
    let page = match Page::of(request, limits) {
        Ok(page) => page,
        Err(unusable) => return unusable.into(),
    };
    let repository = repository.window(page.window(List::Manifests));
    let (items, more) = page.take(
        &repository.manifests,
        |manifest| manifest.attributes.list_enabled,
        |manifest| &manifest.last_update,
    );
    let mut tags: HashMap<&str, Vec<&str>> = items.iter().map(|(digest, _)| (*digest, Vec::new())).collect();
    for (tag, target) in &repository.tags {
        if let Some(tags) = tags.get_mut(target.digest.as_str()) {
            tags.push(tag);
        }
    }
    let last = items.last().map(|(digest, _)| *digest).filter(|_| more);
    let manifests = items
        .iter()
        .map(|(digest, manifest)| Manifest::new(digest, manifest, tags.remove(digest).unwrap_or_default()));
    let body = Manifests {
        registry: &registry.login_server,
        image_name: name,
        manifests: manifests.collect(),
    };
    Ok(reply(
        &page,
        &format!("/acr/v1/{}/_manifests", encode(name)),
        last,
        &body,
    ))
}

fn reply(page: &Page<'_>, path: &str, last: Option<&str>, body: &impl Serialize) -> SimReply {
    let reply = headers(SimReply::json(StatusCode::OK, body));
    match last {
        Some(last) => page.link(reply, path, last),
        None => reply,
    }
}

impl From<Unusable> for ViewResult {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Refusal(refusal) => Err(refusal),
            Unusable::Answer(reply) => Ok(*reply),
        }
    }
}
