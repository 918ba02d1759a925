//! What a fault does to the answer of one request.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

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
        }
    }

    /// Whether nothing of the real answer is left, so that no further rule can matter.
    pub(super) fn replaces(&self) -> bool {
        !matches!(
            self,
            Self::Delay(_) | Self::Body { .. } | Self::Header { .. } | Self::SlowBody(_)
        )
    }

    /// The answer to send without asking the service, if this effect is of that sort.
    pub(in crate::simulator) fn instead(&self) -> Option<Response<Body>> {
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

    /// The answer after this effect; `body` is the whole real body.
    pub(in crate::simulator) fn shape(&self, mut response: Response<Body>, body: &Bytes) -> Response<Body> {
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
