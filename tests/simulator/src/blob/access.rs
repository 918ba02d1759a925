//! Who may ask: version header, bearer token, role, and headers that the simulator does not implement.

use axum::http::StatusCode;

use super::Blobs;
use super::reply::error;
use crate::tokens;
use crate::wire::{Refusal, SimReply, SimRequest};
use crate::world::TENANT_ID;

/// Audience of a storage token.
const AUDIENCE: &str = "https://storage.azure.com";

/// First service version that takes bearer tokens.
const FIRST_BEARER_VERSION: &str = "2017-11-09";

/// `x-ms-` headers with a meaning here, or without any effect on the answer.
const KNOWN: &[&str] = &[
    "x-ms-version",
    "x-ms-date",
    "x-ms-client-request-id",
    "x-ms-return-client-request-id",
    "x-ms-blob-type",
    "x-ms-blob-cache-control",
    "x-ms-blob-content-disposition",
    "x-ms-blob-content-encoding",
    "x-ms-blob-content-language",
    "x-ms-blob-content-md5",
    "x-ms-blob-content-type",
    "x-ms-range",
    "x-ms-delete-snapshots",
    "x-ms-useragent",
];

/// Refuses headers that change what an operation means and are not simulated.
pub(super) fn check_headers(request: &SimRequest) -> Result<(), Refusal> {
    for name in request.headers.keys() {
        let name = name.as_str();
        let unknown = name.starts_with("x-ms-") && !KNOWN.contains(&name) && !name.starts_with("x-ms-meta-");
        let unsupported = matches!(name, "if-modified-since" | "if-unmodified-since" | "content-md5");
        if unknown || unsupported {
            return Err(Refusal(format!("blob: header {name} is not simulated")));
        }
    }
    Ok(())
}

/// The denial, if the request is not allowed.
pub(super) fn check_access(blobs: &Blobs, request: &SimRequest) -> Option<SimReply> {
    let now = blobs.clock.now();
    let Some(token) = request.bearer() else {
        let denied = error(
            StatusCode::UNAUTHORIZED,
            "NoAuthenticationInformation",
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
            now,
        );
        return Some(denied.with("www-authenticate", &challenge()));
    };
    if request.header("x-ms-version").unwrap_or("") < FIRST_BEARER_VERSION {
        return Some(error(
            StatusCode::FORBIDDEN,
            "AuthenticationFailed",
            "Server failed to authenticate the request. Authentication scheme Bearer is not supported in this version.",
            now,
        ));
    }
    if let Err(reason) = tokens::check(token, AUDIENCE, now) {
        let message = format!("Server failed to authenticate the request: {reason}.");
        let denied = error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationInfo", &message, now);
        return Some(denied.with("www-authenticate", &challenge()));
    }
    blobs.deny.then(|| {
        error(
            StatusCode::FORBIDDEN,
            "AuthorizationPermissionMismatch",
            "This request is not authorized to perform this operation using this permission.",
            now,
        )
    })
}

fn challenge() -> String {
    format!(
        "Bearer authorization_uri=https://login.microsoftonline.com/{TENANT_ID}/oauth2/authorize resource_id={AUDIENCE}"
    )
}
