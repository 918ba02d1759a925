//! Put Blob, and what it shares with Put Block List.

use std::collections::BTreeMap;

use axum::http::StatusCode;

use super::conditions::check_write;
use super::reply::error;
use super::{Blob, Blobs};
use crate::clock::http_date;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};

/// Request header and the response header that it becomes.
const CONTENT_HEADERS: &[(&str, &str)] = &[
    ("x-ms-blob-cache-control", "cache-control"),
    ("x-ms-blob-content-disposition", "content-disposition"),
    ("x-ms-blob-content-encoding", "content-encoding"),
    ("x-ms-blob-content-language", "content-language"),
    ("x-ms-blob-content-md5", "content-md5"),
    ("x-ms-blob-content-type", "content-type"),
];

pub(super) fn put(blobs: &mut Blobs, container: &str, name: &str, request: &SimRequest) -> ViewResult {
    match request.header("x-ms-blob-type") {
        Some("BlockBlob") => {}
        Some(other) => return Err(Refusal(format!("blob: type {other} is not simulated"))),
        None => {
            return Ok(error(
                StatusCode::BAD_REQUEST,
                "MissingRequiredHeader",
                "An HTTP header that's mandatory for this request is not specified: x-ms-blob-type.",
                blobs.clock.now(),
            ));
        }
    }
    if let Some(refused) = check_length(blobs, request) {
        return Ok(refused);
    }
    if let Some(refused) = check_write(blobs, container, name, request) {
        return Ok(refused);
    }
    let blob = new_blob(blobs, request, request.body.clone());
    blobs.operations.put += 1;
    blobs.operations.put_bytes += request.body.len() as u64;
    Ok(store(blobs, container, name, blob))
}

/// 411 when the body came without Content-Length: blob storage takes no chunked uploads.
pub(super) fn check_length(blobs: &Blobs, request: &SimRequest) -> Option<SimReply> {
    let is_chunked = request.header("transfer-encoding").is_some();
    (is_chunked && request.header("content-length").is_none()).then(|| {
        error(
            StatusCode::LENGTH_REQUIRED,
            "MissingContentLengthHeader",
            "Content-Length HTTP header is missing.",
            blobs.clock.now(),
        )
    })
}

/// A blob with the content headers and metadata of the request.
pub(super) fn new_blob(blobs: &mut Blobs, request: &SimRequest, content: bytes::Bytes) -> Blob {
    let mut content_headers: BTreeMap<&'static str, String> = CONTENT_HEADERS
        .iter()
        .filter_map(|(from, to)| Some((*to, request.header(from)?.to_owned())))
        .collect();
    content_headers
        .entry("content-type")
        .or_insert_with(|| "application/octet-stream".to_owned());
    let metadata = request
        .headers
        .iter()
        .filter_map(|(header, value)| {
            let key = header.as_str().strip_prefix("x-ms-meta-")?;
            Some((key.to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect();
    let now = blobs.clock.now();
    Blob {
        content,
        blocks: Vec::new(),
        etag: blobs.etag(),
        created: now,
        modified: now,
        content_headers,
        metadata,
    }
}

/// Stores a blob and answers 201 with its ETag.
pub(super) fn store(blobs: &mut Blobs, container: &str, name: &str, blob: Blob) -> SimReply {
    let reply = SimReply::status(StatusCode::CREATED)
        .with("etag", &blob.etag)
        .with("last-modified", &http_date(blob.modified))
        .with("x-ms-request-server-encrypted", "true");
    if let Some(container) = blobs.containers.get_mut(container) {
        container.store(name, blob);
    }
    reply
}
