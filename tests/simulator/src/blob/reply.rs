//! Answers of blob storage: the headers that every answer has, XML errors, dates and escapes.

use axum::http::StatusCode;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::wire::SimReply;

/// An error with its code in the header and, unless the request was a HEAD, in an XML body.
pub(super) fn error(status: StatusCode, code: &str, message: &str, now: OffsetDateTime) -> SimReply {
    let mut reply = SimReply::status(status)
        .with("x-ms-error-code", code)
        .with("content-type", "application/xml");
    reply.body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{}\nRequestId:{}\nTime:{}</Message></Error>",
        escape(message),
        crate::random::uuid(),
        now.format(&Rfc3339).unwrap_or_default(),
    )
    .into();
    reply
}

/// 412, the answer to a condition that does not hold.
pub(super) fn condition_not_met(now: OffsetDateTime) -> SimReply {
    error(
        StatusCode::PRECONDITION_FAILED,
        "ConditionNotMet",
        "The condition specified using HTTP conditional header(s) is not met.",
        now,
    )
}

/// 404 for a blob.
pub(super) fn blob_not_found(now: OffsetDateTime) -> SimReply {
    error(
        StatusCode::NOT_FOUND,
        "BlobNotFound",
        "The specified blob does not exist.",
        now,
    )
}

/// Text for an XML element or attribute.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
