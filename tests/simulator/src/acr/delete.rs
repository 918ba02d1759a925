//! Deleting repositories, tags and manifests.

use axum::http::StatusCode;
use serde::Serialize;
use time::OffsetDateTime;

use super::attributes::switches;
use super::challenge::{error, headers, manifest_unknown, name_unknown, tag_unknown};
use super::path::Item;
use crate::wire::{SimReply, SimRequest, ViewResult};
use crate::world::Registry;
use crate::world::change::Change;

/// What went with a repository.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deleted<'a> {
    manifests_deleted: Vec<&'a str>,
    tags_deleted: Vec<&'a str>,
}

/// `DELETE /acr/v1/{name}` and `DELETE /acr/v1/{name}/_tags/{tag}`
pub(super) fn attributes(
    registry: &mut Registry,
    request: &SimRequest,
    name: &str,
    item: &Item,
    now: OffsetDateTime,
) -> ViewResult {
    request.only_query(&["api-version"])?;
    let found = switches(registry, name, item);
    let reply = match item {
        _ if found.is_some_and(|found| !found.delete_enabled) => locked(),
        Item::Tag(tag) if found.is_some() => {
            let digest = registry.repositories[name].tags[tag].digest.clone();
            let (repository, tag) = (name.to_owned(), tag.clone());
            registry.change(
                Change::DeleteTag {
                    repository,
                    tag,
                    at: now,
                },
                now,
            );
            headers(SimReply::status(StatusCode::ACCEPTED)).with("x-ms-int-docker-content-digest", &digest)
        }
        Item::Tag(_) => tag_unknown(),
        _ => match registry.repositories.get(name) {
            None => name_unknown(name),
            Some(repository) => {
                let deleted = Deleted {
                    manifests_deleted: repository.manifests.keys().map(String::as_str).collect(),
                    tags_deleted: repository.tags.keys().map(String::as_str).collect(),
                };
                let reply = headers(SimReply::json(StatusCode::ACCEPTED, &deleted));
                let repository = name.to_owned();
                registry.change(Change::DeleteRepository { repository }, now);
                reply
            }
        },
    };
    Ok(limited(reply))
}

/// `DELETE /v2/{name}/manifests/{digest}`
pub(super) fn manifest(
    registry: &mut Registry,
    request: &SimRequest,
    name: &str,
    digest: &str,
    now: OffsetDateTime,
) -> ViewResult {
    request.only_query(&["api-version"])?;
    let reply = match switches(registry, name, &Item::Manifest(digest.to_owned())) {
        None => manifest_unknown(&format!("manifest {digest} is not found")),
        Some(found) if !found.delete_enabled => locked(),
        Some(_) => {
            let (repository, digest) = (name.to_owned(), digest.to_owned());
            registry.change(
                Change::DeleteManifest {
                    repository,
                    digest,
                    at: now,
                },
                now,
            );
            headers(SimReply::status(StatusCode::ACCEPTED))
        }
    };
    Ok(limited(reply))
}

/// Not recorded: what the service says about a locked item.
fn locked() -> SimReply {
    let text = "The operation is disallowed on this registry, repository or image. View troubleshooting steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation";
    error(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", text, None)
}

fn limited(reply: SimReply) -> SimReply {
    reply.with("x-ms-ratelimit-remaining-calls-per-second", "8.000000")
}
