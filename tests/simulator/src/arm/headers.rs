//! The headers that Resource Manager and Resource Graph put on every answer.

use axum::http::StatusCode;

use crate::wire::{SimReply, SimRequest};

/// Headers of every answer on `management.azure.com`.
pub(crate) fn common(reply: SimReply) -> SimReply {
    // The monitor's answers, which IIS serves, are never compressed.
    let compressible = reply
        .headers
        .get("server")
        .is_none_or(|server| server != "Microsoft-IIS/10.0");
    let found = reply.status == StatusCode::OK && compressible;
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
    let path = request.path.to_ascii_lowercase();
    // The last provider of a path answers: locks and role assignments of a registry are not the registry's.
    let provider = path.rsplit_once("/providers/").map_or("", |(_, rest)| rest);
    if provider.starts_with("microsoft.insights/") && reply.status == StatusCode::OK {
        return reply.with("server", "Microsoft-IIS/10.0");
    }
    let asked = provider.starts_with("microsoft.containerregistry/");
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
