//! `If-Match` and `If-None-Match` as blob storage judges them.

use axum::http::StatusCode;

use super::reply::{blob_not_found, condition_not_met, error};
use super::{Blobs, CreateConflict};
use crate::wire::{SimReply, SimRequest};

/// The refusal of a write (Put Blob, Put Block List), if a condition does not hold.
pub(super) fn check_write(blobs: &Blobs, container: &str, name: &str, request: &SimRequest) -> Option<SimReply> {
    let now = blobs.clock.now();
    let etag = blobs.etag_of(container, name);
    if let Some(wanted) = request.header("if-match") {
        // A blob that is not there fails every If-Match, `*` included.
        if !etag.as_deref().is_some_and(|etag| matches(wanted, etag)) {
            return Some(condition_not_met(now));
        }
    }
    let (unwanted, etag) = (request.header("if-none-match")?, etag?);
    if !matches(unwanted, &etag) {
        return None;
    }
    if unwanted == "*" && blobs.create_conflict == CreateConflict::BlobAlreadyExists {
        return Some(error(
            StatusCode::CONFLICT,
            "BlobAlreadyExists",
            "The specified blob already exists.",
            now,
        ));
    }
    Some(condition_not_met(now))
}

/// The refusal of a read or delete: 404 before conditions, 304 for a read whose `If-None-Match` matches.
pub(super) fn check_existing(
    blobs: &Blobs,
    container: &str,
    name: &str,
    request: &SimRequest,
    matched: StatusCode,
) -> Option<SimReply> {
    let now = blobs.clock.now();
    let Some(etag) = blobs.etag_of(container, name) else {
        return Some(blob_not_found(now));
    };
    if let Some(wanted) = request.header("if-match")
        && !matches(wanted, &etag)
    {
        return Some(condition_not_met(now));
    }
    let unwanted = request.header("if-none-match")?;
    if !matches(unwanted, &etag) {
        return None;
    }
    if matched == StatusCode::NOT_MODIFIED {
        let not_modified = SimReply::status(matched).with("x-ms-error-code", "ConditionNotMet");
        return Some(not_modified.with("etag", &etag));
    }
    Some(condition_not_met(now))
}

/// True if a condition names the ETag; an unquoted one (as listings give it) is taken too.
fn matches(condition: &str, etag: &str) -> bool {
    let plain = |text: &str| text.trim().trim_matches('"').to_owned();
    condition.trim() == "*" || condition.split(',').any(|candidate| plain(candidate) == plain(etag))
}
