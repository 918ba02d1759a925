//! The headers that Resource Manager and Resource Graph put on every answer.

use axum::http::StatusCode;

use crate::simulator::wire::{SimReply, SimRequest};

/// Headers of every answer on `management.azure.com`.
pub(in crate::simulator) fn common(reply: SimReply) -> SimReply {
    let found = reply.status == StatusCode::OK;
    let reply = reply
        .with("cache-control", "no-cache")
        .with("expires", "-1")
        .with("pragma", "no-cache")
        .with("strict-transport-security", "max-age=31536000; includeSubDomains")
        .with("x-content-type-options", "nosniff");
    match found {
        true => reply.with("vary", "Accept-Encoding"),
        false => reply,
    }
}

/// What the registry provider adds to the answers that are its own and not the gateway's.
pub(super) fn provider(reply: SimReply, request: &SimRequest) -> SimReply {
    let asked = request
        .path
        .to_ascii_lowercase()
        .contains("/providers/microsoft.containerregistry/");
    if !asked || reply.headers.contains_key("x-ms-failure-cause") {
        return reply;
    }
    let reply = reply.with("server", "Microsoft-HTTPAPI/2.0");
    match (reply.status, request.query("api-version")) {
        // Since 2022 it names the version that was asked for, and no other.
        (StatusCode::OK, Some(version)) => reply.with("api-supported-versions", version),
        _ => reply,
    }
}
