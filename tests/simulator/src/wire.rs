//! What a view sees of a request and what it answers: plain values, no sockets.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use bytes::Bytes;
use serde::Serialize;

/// One request as a view sees it: the whole body is in memory, the path is still percent-encoded.
#[derive(Debug, Clone)]
pub struct SimRequest {
    pub method: Method,
    /// Host header in lower case, without the port.
    pub host: String,
    /// Path as sent, percent-encoded, beginning with `/`.
    pub path: String,
    /// Query parameters, decoded, in the order sent.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl SimRequest {
    /// The first query parameter of this name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The bearer token, if there is one.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The fields of a form-encoded body, decoded, in the order sent.
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// Refuses query parameters that the simulated service does not have.
    pub fn only_query(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.query.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((key, _)) => Err(Refusal(format!("unknown query parameter {key}"))),
            None => Ok(()),
        }
    }
}

/// An answer: status, headers, whole body.
#[derive(Debug, Clone)]
pub struct SimReply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl SimReply {
    /// An empty answer.
    pub fn status(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A JSON answer, `application/json; charset=utf-8`, compact.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let mut reply = Self::status(status).with("content-type", "application/json; charset=utf-8");
        reply.body = serde_json::to_vec(body).unwrap_or_default().into();
        reply
    }

    /// Adds a header; repeated names are kept side by side.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(HeaderName::from_static(name), value);
        }
        self
    }
}

/// The simulator does not know this request: answered with 501 and recorded as a violation that fails the test.
#[derive(Debug)]
pub struct Refusal(pub String);

/// What every view returns.
pub type ViewResult = Result<SimReply, Refusal>;
