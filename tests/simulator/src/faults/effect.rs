//! What a fault does to the answer of one request.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LINK, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::alteration::Alteration;
use crate::wire::SimRequest;

/// What happens instead of, or to, an answer.
#[derive(Debug, Clone)]
pub enum Effect {
    /// The service is not asked; this answer is sent, with `Retry-After` as given.
    Status {
        code: u16,
        retry_after: Option<String>,
        body: String,
    },
    /// The service is asked after this time.
    Delay(Duration),
    /// The connection breaks and nothing has happened.
    ResetBefore,
    /// The request takes effect and the connection breaks before the answer.
    ResetAfter,
    /// Half of the body arrives, then the connection breaks.
    Truncate,
    /// A JSON answer of this many bytes that is never held in memory.
    Oversize(u64),
    /// The body arrives at this many bytes a second.
    SlowBody(u64),
    /// An HTML page with status 200, as a proxy or captive portal sends.
    Garbage,
    /// The service is asked, and this body takes the place of its own; status and other headers stay.
    Body { content_type: String, body: Bytes },
    /// Replaces (or adds) one header of the answer, e.g. a hostile `Link`; also of an answer that a later rule puts in
    /// the service's place.
    Header { name: String, value: String },
    /// The service is not asked and no answer ever comes.
    Hang,
    /// The request takes effect and no answer ever comes.
    HangAfter,
    /// The answer announces one byte more than it has.
    WrongLength,
    /// The request's bearer token is not valid any more.
    VoidToken,
    /// The request's page has this many items at most, whatever was asked for.
    PageSize(usize),
    /// The cursor of the next page, if there is one, is another: the one that was asked with (an empty one on the first page).
    RepeatCursor,
    /// The cursor of the next page, if there is one, lies before everything.
    RewindCursor,
    /// A number in a JSON answer is raised by one, wherever this key occurs.
    Miscount(&'static str),
    /// Something in a JSON answer is another; what is not there to alter stays as it is.
    Alter(Alteration),
    /// The service is not asked; a redirect is sent.
    Redirect { location: String, status: u16 },
}

impl Effect {
    /// The name that [`super::Faults::fired`] counts under.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Delay(_) => "delay",
            Self::ResetBefore => "reset-before",
            Self::ResetAfter => "reset-after",
            Self::Truncate => "truncate",
            Self::Oversize(_) => "oversize",
            Self::SlowBody(_) => "slow-body",
            Self::Garbage => "garbage",
            Self::Body { .. } => "body",
            Self::Header { .. } => "header",
            Self::Redirect { .. } => "redirect",
            Self::Hang => "hang",
            Self::HangAfter => "hang-after",
            Self::WrongLength => "wrong-length",
            Self::VoidToken => "void-token",
            Self::PageSize(_) => "page-size",
            Self::RepeatCursor => "repeat-cursor",
            Self::RewindCursor => "rewind-cursor",
            Self::Miscount(_) => "miscount",
            Self::Alter(_) => "alter",
        }
    }

    /// Whether nothing of the real answer is left, so that no further rule can matter.
    pub(super) fn replaces(&self) -> bool {
        !matches!(
            self,
            Self::Delay(_)
                | Self::Body { .. }
                | Self::Header { .. }
                | Self::SlowBody(_)
                | Self::VoidToken
                | Self::PageSize(_)
                | Self::RepeatCursor
                | Self::RewindCursor
                | Self::Miscount(_)
                | Self::Alter(_)
        )
    }

    /// The answer to send without asking the service, if this effect is of that sort.
    pub(crate) fn instead(&self) -> Option<Response<Body>> {
        match self {
            Self::Status {
                code,
                retry_after,
                body,
            } => {
                let mut response = Response::new(Body::from(body.clone()));
                *response.status_mut() = status(*code);
                let headers = response.headers_mut();
                let kind = if body.starts_with('{') {
                    "application/json; charset=utf-8"
                } else {
                    "text/plain"
                };
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
                if let Some(Ok(value)) = retry_after.as_deref().map(HeaderValue::from_str) {
                    headers.insert(RETRY_AFTER, value);
                }
                Some(response)
            }
            Self::ResetBefore => Some(broken(HeaderMap::new(), StatusCode::OK)),
            Self::Oversize(bytes) => Some(oversize(*bytes)),
            Self::Garbage => {
                let mut response = Response::new(Body::from(
                    "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in to the network.</body></html>",
                ));
                let html = HeaderValue::from_static("text/html; charset=utf-8");
                response.headers_mut().insert(CONTENT_TYPE, html);
                Some(response)
            }
            Self::Redirect { location, status: code } => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = status(*code);
                if let Ok(value) = HeaderValue::from_str(location) {
                    response.headers_mut().insert(LOCATION, value);
                }
                Some(response)
            }
            _ => None,
        }
    }

    /// Changes the request before the service sees it.
    pub(crate) fn distort(&self, request: &mut SimRequest) {
        match self {
            Self::VoidToken if request.headers.contains_key(AUTHORIZATION) => {
                let void = HeaderValue::from_static("Bearer eyJhbGciOiJub25lIn0.e30.");
                request.headers.insert(AUTHORIZATION, void);
            }
            Self::PageSize(size) => {
                for (key, value) in &mut request.query {
                    if key == "n" {
                        *value = size.to_string();
                    }
                }
            }
            _ => {}
        }
    }

    /// The answer after this effect; `body` is the whole real body.
    pub(crate) fn shape(&self, mut response: Response<Body>, body: &Bytes, request: &SimRequest) -> Response<Body> {
        match self {
            Self::Header { name, value } => {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
                    response.headers_mut().insert(name, value);
                }
                response
            }
            Self::Body {
                content_type,
                body: replacement,
            } => {
                let (mut parts, _) = response.into_parts();
                if let Ok(value) = HeaderValue::from_str(content_type) {
                    parts.headers.insert(CONTENT_TYPE, value);
                }
                Response::from_parts(parts, Body::from(replacement.clone()))
            }
            Self::ResetAfter => broken(HeaderMap::new(), StatusCode::OK),
            Self::WrongLength => {
                let (mut parts, _) = response.into_parts();
                parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len() + 1));
                let short = stream::iter([Ok(body.clone()), Err(reset())]);
                Response::from_parts(parts, Body::from_stream(short))
            }
            Self::RepeatCursor => with_cursor(response, request.query("last").unwrap_or_default()),
            Self::RewindCursor => with_cursor(response, "!"),
            Self::Miscount(key) => {
                let (parts, _) = response.into_parts();
                let changed = serde_json::from_slice(body).map(|mut value| {
                    raise(&mut value, key);
                    value.to_string()
                });
                Response::from_parts(parts, changed.map_or_else(|_| Body::from(body.clone()), Body::from))
            }
            Self::Alter(alteration) => {
                let (parts, _) = response.into_parts();
                let altered = alteration.apply(body);
                Response::from_parts(parts, altered.map_or_else(|| Body::from(body.clone()), Body::from))
            }
            Self::Truncate => {
                let half = body.slice(..body.len() / 2);
                let (mut parts, _) = response.into_parts();
                // One more byte than there is, so that an empty body is cut too.
                parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len() + 1));
                let parts_of_body = stream::iter([Ok(half), Err(reset())]);
                // Without a pause hyper may drop what it has buffered together with the connection.
                let paced = parts_of_body.then(|part| async move {
                    if part.is_err() {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    part
                });
                Response::from_parts(parts, Body::from_stream(paced))
            }
            Self::SlowBody(bytes_per_second) => {
                let (mut parts, _) = response.into_parts();
                parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
                Response::from_parts(parts, slow(body.clone(), *bytes_per_second))
            }
            _ => response,
        }
    }
}

/// Puts another cursor into the link to the next page.
fn with_cursor(mut response: Response<Body>, cursor: &str) -> Response<Body> {
    let link = response.headers().get(LINK).and_then(|link| link.to_str().ok());
    let changed = link.and_then(|link| {
        let (before, rest) = link.split_once("last=")?;
        let (_, after) = rest.split_once('&')?;
        HeaderValue::try_from(format!("{before}last={cursor}&{after}")).ok()
    });
    if let Some(link) = changed {
        response.headers_mut().insert(LINK, link);
    }
    response
}

fn raise(value: &mut serde_json::Value, key: &str) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_u64() {
                    Some(number) if name == key => *value = (number + 1).into(),
                    _ => raise(value, key),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| raise(item, key)),
        _ => {}
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn reset() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "simulated reset")
}

/// An answer whose body fails at once: hyper closes the connection before it is complete.
fn broken(mut headers: HeaderMap, status: StatusCode) -> Response<Body> {
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("1"));
    let mut response = Response::new(Body::from_stream(stream::iter([Err::<Bytes, _>(reset())])));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// `{"padding":"xxxx…"}` of exactly `bytes` bytes (21 at least), made as it is read.
fn oversize(bytes: u64) -> Response<Body> {
    const CHUNK: u64 = 64 * 1024;
    let filler = Bytes::from(vec![b'x'; 64 * 1024]);
    let padding = bytes.saturating_sub(14);
    let middle = stream::unfold((padding, filler), |(left, filler)| async move {
        let size = left.min(CHUNK);
        let chunk = filler.slice(..usize::try_from(size).ok()?);
        (size > 0).then_some((Ok::<_, io::Error>(chunk), (left - size, filler)))
    });
    let start = stream::iter([Ok(Bytes::from_static(b"{\"padding\":\""))]);
    let end = stream::iter([Ok(Bytes::from_static(b"\"}"))]);
    let mut response = Response::new(Body::from_stream(start.chain(middle).chain(end)));
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// Ten chunks a second.
fn slow(body: Bytes, bytes_per_second: u64) -> Body {
    let size = usize::try_from(bytes_per_second / 10).unwrap_or(usize::MAX).max(1);
    Body::from_stream(stream::unfold(body, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let chunk = left.split_to(size.min(left.len()));
        Some((Ok::<_, io::Error>(chunk), left))
    }))
}
