//! The view: which request is which operation.

use axum::http::{Method, StatusCode};

use super::reply::error;
use super::{Blobs, access, blocks, containers, list, objects, uploads};
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};

/// Answers one request to `{account}.blob.core.windows.net`.
pub fn handle(blobs: &mut Blobs, request: &SimRequest) -> ViewResult {
    access::check_headers(request)?;
    let mut reply = match access::check_access(blobs, request) {
        Some(denied) => denied,
        None => dispatch(blobs, request)?,
    };
    if reply.status.as_u16() >= 400 {
        blobs.operations.errors += 1;
    }
    if request.method == Method::HEAD {
        reply.body = bytes::Bytes::new();
    }
    let version = request.header("x-ms-version").unwrap_or("2026-04-06");
    reply = reply
        .with("x-ms-version", version)
        .with("x-ms-request-id", &crate::random::uuid().to_string())
        .with("server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0");
    if let Some(id) = request.header("x-ms-client-request-id") {
        reply = reply.with("x-ms-client-request-id", id);
    }
    Ok(reply)
}

fn dispatch(blobs: &mut Blobs, request: &SimRequest) -> ViewResult {
    let unknown = || {
        Refusal(format!(
            "blob: unknown operation {} {} restype={:?} comp={:?}",
            request.method,
            request.path,
            request.query("restype"),
            request.query("comp")
        ))
    };
    let (container, name) = split_path(&request.path).ok_or_else(unknown)?;
    let operation = (request.method.clone(), request.query("restype"), request.query("comp"));
    if name.is_empty() {
        return match operation {
            (Method::GET, Some("container"), Some("list")) => list::list(blobs, &container, request),
            (method, Some("container"), None) => {
                request.only_query(&["restype", "timeout"])?;
                containers::answer(blobs, &container, &method).ok_or_else(unknown)
            }
            _ => Err(unknown()),
        };
    }
    if !blobs.containers.contains_key(&container) {
        return Ok(container_not_found(blobs));
    }
    match operation {
        (Method::PUT, None, Some("block")) => {
            request.only_query(&["comp", "blockid", "timeout"])?;
            Ok(blocks::put_block(blobs, &container, &name, request))
        }
        (Method::PUT, None, Some("blocklist")) => {
            request.only_query(&["comp", "timeout"])?;
            Ok(blocks::commit(blobs, &container, &name, request))
        }
        (method, None, None) => {
            request.only_query(&["timeout"])?;
            match method {
                Method::PUT => uploads::put(blobs, &container, &name, request),
                Method::GET => Ok(objects::get(blobs, &container, &name, request)),
                Method::HEAD => Ok(objects::properties(blobs, &container, &name, request)),
                Method::DELETE => Ok(objects::delete(blobs, &container, &name, request)),
                _ => Err(unknown()),
            }
        }
        _ => Err(unknown()),
    }
}

/// 404 for a container.
pub(super) fn container_not_found(blobs: &Blobs) -> SimReply {
    error(
        StatusCode::NOT_FOUND,
        "ContainerNotFound",
        "The specified container does not exist.",
        blobs.clock.now(),
    )
}

/// Container and decoded blob name (empty for the container itself).
fn split_path(path: &str) -> Option<(String, String)> {
    let path = path.strip_prefix('/')?;
    let (container, name) = path.split_once('/').unwrap_or((path, ""));
    if container.is_empty() {
        return None;
    }
    Some((percent_decode(container)?, percent_decode(name)?))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            decoded.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            decoded.push(first);
        }
    }
    String::from_utf8(decoded).ok()
}
