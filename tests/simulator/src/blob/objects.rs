//! Get Blob, Get Blob Properties and Delete Blob.

use axum::http::{HeaderName, HeaderValue, StatusCode};

use super::conditions::check_existing;
use super::ranges::{Range, read_range};
use super::reply::{blob_not_found, error};
use super::{Blob, Blobs};
use crate::clock::http_date;
use crate::wire::{SimReply, SimRequest};

pub(super) fn get(blobs: &mut Blobs, container: &str, name: &str, request: &SimRequest) -> SimReply {
    if let Some(refused) = check_existing(blobs, container, name, request, StatusCode::NOT_MODIFIED) {
        return refused;
    }
    let now = blobs.clock.now();
    let Some(blob) = find(blobs, container, name) else {
        return blob_not_found(now);
    };
    let length = blob.content.len();
    let header = request.header("x-ms-range").or_else(|| request.header("range"));
    let reply = match read_range(header, length) {
        Range::Whole => {
            let mut reply = described(blob, SimReply::status(StatusCode::OK));
            reply.body = blob.content.clone();
            reply
        }
        Range::Part { start, end } => {
            let mut reply = described(blob, SimReply::status(StatusCode::PARTIAL_CONTENT));
            reply.body = blob.content.slice(start..end);
            reply.with("content-range", &format!("bytes {start}-{}/{length}", end - 1))
        }
        Range::Unsatisfiable => {
            let refused = error(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidRange",
                "The range specified is invalid for the current size of the resource.",
                now,
            );
            return refused.with("content-range", &format!("bytes */{length}"));
        }
    };
    blobs.operations.get += 1;
    let length = reply.body.len().to_string();
    reply.with("content-length", &length)
}

pub(super) fn properties(blobs: &mut Blobs, container: &str, name: &str, request: &SimRequest) -> SimReply {
    if let Some(refused) = check_existing(blobs, container, name, request, StatusCode::NOT_MODIFIED) {
        return refused;
    }
    blobs.operations.properties += 1;
    let now = blobs.clock.now();
    match find(blobs, container, name) {
        Some(blob) => {
            described(blob, SimReply::status(StatusCode::OK)).with("content-length", &blob.content.len().to_string())
        }
        None => blob_not_found(now),
    }
}

pub(super) fn delete(blobs: &mut Blobs, container: &str, name: &str, request: &SimRequest) -> SimReply {
    let matched = StatusCode::PRECONDITION_FAILED;
    if let Some(refused) = check_existing(blobs, container, name, request, matched) {
        return refused;
    }
    blobs.remove(container, name);
    blobs.operations.delete += 1;
    SimReply::status(StatusCode::ACCEPTED).with("x-ms-delete-type-permanent", "true")
}

fn find<'a>(blobs: &'a Blobs, container: &str, name: &str) -> Option<&'a Blob> {
    blobs.containers.get(container)?.blobs.get(name)
}

fn described(blob: &Blob, reply: SimReply) -> SimReply {
    let mut reply = reply
        .with("etag", &blob.etag)
        .with("last-modified", &http_date(blob.modified))
        .with("x-ms-creation-time", &http_date(blob.created))
        .with("x-ms-blob-type", "BlockBlob")
        .with("x-ms-lease-state", "available")
        .with("x-ms-lease-status", "unlocked")
        .with("x-ms-server-encrypted", "true")
        .with("accept-ranges", "bytes");
    for (name, value) in &blob.content_headers {
        reply = reply.with(name, value);
    }
    for (key, value) in &blob.metadata {
        let name = format!("x-ms-meta-{key}").parse::<HeaderName>();
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            reply.headers.insert(name, value);
        }
    }
    reply
}
