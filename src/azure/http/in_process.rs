//! Requests that never leave the process: a campaign answers them itself, under a clock of its own.

use std::sync::{Arc, OnceLock};

use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::request::Body;
use azure_core::http::{AsyncRawResponse, Request};
use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;

use super::{Http, HttpError};

/// Answers one request.
pub type Exchange =
    Arc<dyn Fn(reqwest::Request) -> BoxFuture<'static, Result<reqwest::Response, HttpError>> + Send + Sync>;

impl Http {
    /// A client whose requests go to `exchange`; what may be contacted is checked as ever.
    pub fn in_process(exchange: Exchange) -> Self {
        // Only to build requests with; making a client loads certificates, which takes longer than a whole campaign.
        static BUILDER: OnceLock<reqwest::Client> = OnceLock::new();
        Self {
            client: BUILDER.get_or_init(reqwest::Client::new).clone(),
            resolver: Arc::default(),
            exchange: Some(exchange),
            allow_loopback: false,
            plain: false,
            sent: Arc::default(),
            memory: super::Memory::default(),
        }
    }
}

/// A request of the SDK, sent in the same way.
pub(super) async fn execute(exchange: &Exchange, request: &Request) -> azure_core::Result<AsyncRawResponse> {
    let failed = |kind, error: HttpError| azure_core::Error::with_error(kind, error, "no answer");
    let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes());
    let method = method.map_err(|error| failed(ErrorKind::Other, HttpError::Refused(error.to_string())))?;
    let mut sent = reqwest::Request::new(method, request.url().clone());
    for (name, value) in request.headers().iter() {
        let name = reqwest::header::HeaderName::try_from(name.as_str());
        let value = reqwest::header::HeaderValue::try_from(value.as_str());
        if let (Ok(name), Ok(value)) = (name, value) {
            sent.headers_mut().insert(name, value);
        }
    }
    match request.body() {
        Body::Bytes(bytes) => *sent.body_mut() = Some(bytes.clone().into()),
        Body::SeekableStream(_) => {
            let error = HttpError::Refused("a streamed body cannot be sent within the process".to_owned());
            return Err(failed(ErrorKind::Other, error));
        }
    }
    let response = exchange(sent).await.map_err(|error| match error {
        HttpError::Unreachable(_) => failed(ErrorKind::Connection, error),
        error => failed(ErrorKind::Io, error),
    })?;
    let mut headers = Headers::new();
    for (name, value) in response.headers() {
        if let Ok(value) = value.to_str() {
            let name = HeaderName::from(name.as_str().to_owned());
            headers.insert(name, HeaderValue::from(value.to_owned()));
        }
    }
    let status = response.status().as_u16().into();
    let broken = |error| azure_core::Error::with_error(ErrorKind::Io, error, "the answer broke off");
    let body = Box::pin(response.bytes_stream().map_err(broken));
    Ok(AsyncRawResponse::new(status, headers, body))
}
