//! List Blobs: names in byte order, pages with an opaque marker.

use std::fmt::Write as _;
use std::ops::Bound;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::reply::{error, escape};
use super::view::container_not_found;
use super::{Blob, Blobs};
use crate::clock::http_date;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};

/// Most blobs on a page, and how many when the request does not say (List Blobs).
const PAGE: usize = 5000;

/// Begins a marker, so that a name is not taken for one.
const MARKER: &str = "2!";

pub(super) fn list(blobs: &mut Blobs, container: &str, request: &SimRequest) -> ViewResult {
    request.only_query(&[
        "restype",
        "comp",
        "prefix",
        "marker",
        "maxresults",
        "include",
        "timeout",
    ])?;
    let include = request.query("include").unwrap_or("");
    if let Some(other) = include.split(',').find(|what| !["", "metadata"].contains(what)) {
        return Err(Refusal(format!("blob: include={other} is not simulated")));
    }
    let now = blobs.clock.now();
    let bad = |code: &str| {
        Ok(error(
            StatusCode::BAD_REQUEST,
            code,
            "A query parameter specified in the request URI is not valid.",
            now,
        ))
    };
    let limit = match request.query("maxresults").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(limit)) if limit > 0 => limit.min(PAGE),
        Some(_) => return bad("OutOfRangeQueryParameterValue"),
    };
    let after = match request.query("marker").filter(|text| !text.is_empty()) {
        None => None,
        Some(marker) => match read_marker(marker) {
            Some(name) => Some(name),
            None => return bad("InvalidQueryParameterValue"),
        },
    };
    let prefix = request.query("prefix").unwrap_or("").to_owned();
    let Some(found) = blobs.containers.get(container) else {
        return Ok(container_not_found(blobs));
    };
    let start = match &after {
        Some(name) => Bound::Excluded(name.clone()),
        None => Bound::Included(prefix.clone()),
    };
    let mut page: Vec<(&String, &Blob)> = found
        .blobs
        .range((start, Bound::Unbounded))
        .take_while(|(name, _)| name.starts_with(&prefix))
        .take(limit + 1)
        .collect();
    let next = if page.len() > limit {
        page.truncate(limit);
        page.last().map(|(name, _)| write_marker(name))
    } else {
        None
    };
    let body = document(request, container, &page, next.as_deref(), include);
    blobs.operations.list += 1;
    let reply = SimReply::status(StatusCode::OK).with("content-type", "application/xml");
    // Ages of what is listed are told by this clock.
    let mut reply = reply.with("date", &http_date(now));
    reply.body = body.into();
    Ok(reply)
}

fn document(
    request: &SimRequest,
    container: &str,
    page: &[(&String, &Blob)],
    next: Option<&str>,
    include: &str,
) -> String {
    let mut xml = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://{}/\" ContainerName=\"{}\">",
        escape(&request.host),
        escape(container)
    );
    for (element, parameter) in [("Prefix", "prefix"), ("Marker", "marker"), ("MaxResults", "maxresults")] {
        if let Some(value) = request.query(parameter) {
            let _ = write!(xml, "<{element}>{}</{element}>", escape(value));
        }
    }
    xml.push_str("<Blobs>");
    for (name, blob) in page {
        write_blob(&mut xml, name, blob, include.contains("metadata"));
    }
    let _ = write!(
        xml,
        "</Blobs><NextMarker>{}</NextMarker></EnumerationResults>",
        next.unwrap_or("")
    );
    xml
}

fn write_blob(xml: &mut String, name: &str, blob: &Blob, with_metadata: bool) {
    let _ = write!(
        xml,
        "<Blob><Name>{}</Name><Properties><Creation-Time>{}</Creation-Time><Last-Modified>{}</Last-Modified><Etag>{}</Etag><Content-Length>{}</Content-Length>",
        escape(name),
        http_date(blob.created),
        http_date(blob.modified),
        blob.etag.trim_matches('"'),
        blob.content.len()
    );
    let content_type = blob.content_headers.get("content-type");
    let _ = write!(
        xml,
        "<Content-Type>{}</Content-Type><BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>",
        escape(content_type.map_or("application/octet-stream", String::as_str))
    );
    if with_metadata {
        xml.push_str("<Metadata>");
        for (key, value) in &blob.metadata {
            let _ = write!(xml, "<{key}>{}</{key}>", escape(value));
        }
        xml.push_str("</Metadata>");
    }
    xml.push_str("</Blob>");
}

fn write_marker(name: &str) -> String {
    format!("{MARKER}{}", BASE64_STANDARD.encode(name))
}

fn read_marker(marker: &str) -> Option<String> {
    let encoded = marker.strip_prefix(MARKER)?;
    String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()
}
