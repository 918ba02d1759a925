//! Error answers of the Service Bus REST interface: a small XML document that repeats the status.

use axum::http::StatusCode;
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use crate::wire::SimReply;

/// `<Error><Code>401</Code><Detail>… TrackingId:…</Detail></Error>`, the shape of every REST error of Service Bus.
pub(super) fn error(status: StatusCode, detail: &str, now: OffsetDateTime) -> SimReply {
    let mut reply = SimReply::status(status).with("content-type", "application/xml; charset=utf-8");
    let timestamp = now.format(&Rfc3339).unwrap_or_default();
    reply.body = format!(
        "<Error><Code>{}</Code><Detail>{detail} TrackingId:{}_G0, SystemTracker:NoSystemTracker, Timestamp:{timestamp}</Detail></Error>",
        status.as_u16(),
        crate::random::uuid(),
    )
    .into();
    reply
}

/// Reads an RFC 1123 date; ISO 8601 is taken as well because the service takes it.
pub(super) fn parse_date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc2822)
        .or_else(|_| OffsetDateTime::parse(text, &Rfc3339))
        .ok()
}
