//! Manifests themselves: reading one, and pushing one.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::challenge::{error, headers, manifest_unknown, name_unknown};
use crate::clock::timestamp;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::world::change::Change;
use crate::world::generated::Window;
use crate::world::mutate::sha256_digest;
use crate::world::{Manifest, Reference, Registry};

/// `GET /v2/{name}/manifests/{tag or digest}`. A pushed manifest comes back byte for byte; a seeded one is made up
/// from its metadata, so its bytes do not hash to its digest.
pub(super) fn get(registry: &Registry, request: &SimRequest, name: &str, reference: &str) -> ViewResult {
    request.only_query(&["api-version"])?;
    let Some(repository) = registry.repositories.get(name) else {
        return Ok(name_unknown(name));
    };
    let repository = repository.window(Window::Item(reference));
    let digest = repository
        .tags
        .get(reference)
        .map_or(reference, |tag| tag.digest.as_str());
    let Some(manifest) = repository.manifests.get(digest) else {
        return Ok(manifest_unknown(&format!(
            "manifest tagged by \"{reference}\" is not found"
        )));
    };
    let accept = request
        .headers
        .get_all("accept")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let accepts = accept.flat_map(|value| value.split(',')).any(|kind| {
        let kind = kind.split(';').next().unwrap_or("").trim();
        kind == "*/*" || kind == manifest.media_type
    });
    if !accepts {
        let text = format!("{} found, but accept header does not support it", manifest.media_type);
        return Ok(manifest_unknown(&text));
    }
    let mut reply = SimReply::status(StatusCode::OK)
        .with("content-type", &manifest.media_type)
        .with("docker-content-digest", digest)
        .with("etag", &format!("\"{digest}\""));
    reply.body = match &manifest.content {
        Some(content) => content.clone(),
        None => made_up(manifest).to_string().into(),
    };
    if request.method == Method::HEAD {
        let length = reply.body.len().to_string();
        reply = reply.with("content-length", &length);
        reply.body = bytes::Bytes::new();
    }
    Ok(headers(reply))
}

fn made_up(manifest: &Manifest) -> Value {
    if manifest.references.is_empty() {
        let config = manifest
            .config_media_type
            .as_deref()
            .unwrap_or("application/vnd.oci.empty.v1+json");
        let empty = sha256_digest(b"{}");
        return json!({
            "schemaVersion": 2, "mediaType": manifest.media_type,
            "config": {"mediaType": config, "size": 2, "digest": empty}, "layers": [],
        });
    }
    let children = manifest.references.iter().map(|child| {
        let platform = json!({"architecture": child.architecture, "os": child.os});
        json!({"mediaType": super::super::world::seed::OCI_MANIFEST, "digest": child.digest, "size": 1_480, "platform": platform})
    });
    json!({"schemaVersion": 2, "mediaType": manifest.media_type, "manifests": children.collect::<Vec<_>>()})
}

/// `PUT /v2/{name}/manifests/{tag or digest}`
pub(super) fn put(
    registry: &mut Registry,
    request: &SimRequest,
    name: &str,
    reference: &str,
    now: OffsetDateTime,
) -> ViewResult {
    request.only_query(&["api-version"])?;
    let media_type = request
        .header("content-type")
        .ok_or_else(|| Refusal("missing header content-type".to_owned()))?;
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return Ok(error(
            StatusCode::BAD_REQUEST,
            "MANIFEST_INVALID",
            "manifest invalid",
            None,
        ));
    };
    let digest = sha256_digest(&request.body);
    let tag = (!reference.contains(':')).then(|| reference.to_owned());
    if tag.is_none() && reference != digest {
        let text = "provided digest did not match uploaded content";
        return Ok(error(StatusCode::BAD_REQUEST, "DIGEST_INVALID", text, None));
    }
    let manifest = Manifest {
        content: Some(request.body.clone()),
        ..pushed(&body, media_type, &timestamp(now))
    };
    let change = Change::Push {
        repository: name.to_owned(),
        manifests: vec![(digest.clone(), manifest)],
        tag,
        digest: digest.clone(),
        at: now,
    };
    registry.change(change, now);
    let reply = SimReply::status(StatusCode::CREATED)
        .with("docker-content-digest", &digest)
        .with("location", &format!("/v2/{name}/manifests/{digest}"));
    Ok(headers(reply))
}

/// Metadata of a pushed manifest. Blobs are not simulated, so the platform of an image is taken as linux/amd64.
fn pushed(body: &Value, media_type: &str, at: &str) -> Manifest {
    let sizes = |items: &Value| -> u64 {
        let items = items.as_array().into_iter().flatten();
        items.filter_map(|item| item["size"].as_u64()).sum()
    };
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let children = body["manifests"].as_array().into_iter().flatten();
    let references: Vec<Reference> = children
        .map(|child| Reference {
            digest: text(&child["digest"]),
            architecture: text(&child["platform"]["architecture"]),
            os: text(&child["platform"]["os"]),
        })
        .collect();
    let config = body["config"]["mediaType"].as_str().map(str::to_owned);
    let image = config.as_deref().is_some_and(|config| config.contains("image"));
    Manifest {
        media_type: media_type.to_owned(),
        config_media_type: config,
        architecture: image.then(|| "amd64".to_owned()),
        os: image.then(|| "linux".to_owned()),
        image_size: sizes(&body["layers"]) + sizes(&body["manifests"]),
        created: at.to_owned(),
        last_update: at.to_owned(),
        references,
        ..Manifest::default()
    }
}
