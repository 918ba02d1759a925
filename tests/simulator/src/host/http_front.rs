//! The public HTTP side: routes, function keys, and proxying to the handler with the path unchanged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method};
use bytes::Bytes;
use futures_util::stream;
use subtle::ConstantTimeEq as _;

use super::Host;
use super::encoding::HOST_VERSION;
use super::manifest::{AuthLevel, Function, Trigger};

/// Largest body that the host takes (`FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`), in bytes.
const MAX_BODY_BYTES: usize = 104_857_600;

/// How long the proxy tries before it says that the handler gives no answer.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(2);

/// What the proxy sends at once.
const CHUNK_BYTES: usize = 64 << 10;

/// How long the proxy waits for the handler.
const ACTIVITY_TIMEOUT: Duration = Duration::from_secs(240);

/// What the caller gets.
#[derive(Debug, Clone)]
pub struct HttpReply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl HttpReply {
    fn empty(status: u16) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }
}

impl Host {
    /// A request from outside to `path_and_query`, e.g. `/api/webhooks/acr?code=…`.
    ///
    /// 404 when no function has the route and method, 401 for a missing or wrong key, 413 for a too large body, 500 after
    /// two seconds when the handler gives no answer; else the handler's answer as it is.
    pub async fn call_http(
        &self,
        method: Method,
        path_and_query: &str,
        headers: HeaderMap,
        body: impl Into<Bytes>,
    ) -> HttpReply {
        let body = body.into();
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let Some(auth_level) = self.route(&method, path) else {
            return HttpReply::empty(404);
        };
        if !self.is_allowed(auth_level, &headers, query) {
            return HttpReply::empty(401);
        }
        if body.len() > MAX_BODY_BYTES {
            return HttpReply::empty(413);
        }
        match self.proxy(method, path_and_query, headers, body).await {
            Ok(reply) => reply,
            Err(_) => {
                tokio::time::sleep(GIVEN_UP_AFTER).await;
                HttpReply::empty(500)
            }
        }
    }

    async fn proxy(
        &self,
        method: Method,
        path_and_query: &str,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> anyhow::Result<HttpReply> {
        let (port, mut run) = self.supervisor.running().await?;
        // The handler sees its own address as the host; who was called, and by whom, stands beside it. What the caller
        // says about that is lost.
        let called = match headers.remove("host") {
            Some(called) => called,
            None => HeaderValue::from_str(&self.public_host)?,
        };
        headers.insert("x-forwarded-host", called);
        headers.insert("x-forwarded-for", HeaderValue::from_static("127.0.0.1"));
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        let id = HeaderValue::from_str(&crate::random::uuid().to_string())?;
        headers.insert("x-azure-functions-hostversion", HeaderValue::from_static(HOST_VERSION));
        headers.insert("x-azure-functions-invocationid", id.clone());
        headers.insert("x-ms-invocation-id", id);
        headers.insert("content-length", HeaderValue::from(body.len()));
        let (body, unsent) = counted(body);
        let request = self
            .proxy
            .request(method, format!("http://127.0.0.1:{port}{path_and_query}"))
            .headers(headers)
            .timeout(ACTIVITY_TIMEOUT)
            .body(body);
        let exchange = async {
            let response = request.send().await?;
            // The connection is closed on the rest of the body, and that is all that the proxy sees.
            let unsent = unsent.load(Ordering::SeqCst);
            anyhow::ensure!(
                unsent == 0,
                "the handler answered with {unsent} bytes of the body to come"
            );
            Ok(HttpReply {
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                body: response.bytes().await?,
            })
        };
        tokio::select! {
            reply = exchange => reply,
            _ = run.changed() => anyhow::bail!("the handler was restarted"),
        }
    }

    fn route(&self, method: &Method, path: &str) -> Option<AuthLevel> {
        if !self.package.host.proxies_http {
            return None;
        }
        self.package
            .functions
            .iter()
            .find_map(|function| match &function.trigger {
                Trigger::Http {
                    route,
                    methods,
                    auth_level,
                } => {
                    let template = self.template(function, route.as_deref());
                    let is_method = methods.is_empty() || methods.iter().any(|known| known == method.as_str());
                    (is_method && matches(&template, path)).then_some(*auth_level)
                }
                _ => None,
            })
    }

    fn template(&self, function: &Function, route: Option<&str>) -> String {
        let prefix = &self.package.host.route_prefix;
        let route = route.unwrap_or(&function.name);
        if prefix.is_empty() {
            route.to_owned()
        } else {
            format!("{prefix}/{route}")
        }
    }

    /// The key comes in `x-functions-key` or in `?code=`.
    fn is_allowed(&self, level: AuthLevel, headers: &HeaderMap, query: &str) -> bool {
        if level == AuthLevel::Anonymous {
            return true;
        }
        let in_header = headers
            .get("x-functions-key")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let in_query = || {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == "code")
                .map(|(_, value)| value.into_owned())
        };
        in_header
            .or_else(in_query)
            .is_some_and(|key| bool::from(key.as_bytes().ct_eq(self.function_key.as_bytes())))
    }
}

/// The body in pieces, and how many bytes of it are still to be sent.
fn counted(body: Bytes) -> (reqwest::Body, Arc<AtomicUsize>) {
    let unsent = Arc::new(AtomicUsize::new(body.len()));
    let left = Arc::clone(&unsent);
    let pieces = stream::unfold(body, move |mut body| {
        let piece = body.split_to(body.len().min(CHUNK_BYTES));
        left.fetch_sub(piece.len(), Ordering::SeqCst);
        std::future::ready((!piece.is_empty()).then_some((Ok::<_, std::io::Error>(piece), body)))
    });
    (reqwest::Body::wrap_stream(pieces), unsent)
}

/// Matches a route template: `{name}` is any one segment, `{*rest}` any tail.
fn matches(template: &str, path: &str) -> bool {
    let mut segments = path.trim_matches('/').split('/');
    for part in template.trim_matches('/').split('/') {
        if part.starts_with("{*") {
            return true;
        }
        let Some(segment) = segments.next() else {
            return false;
        };
        let is_parameter = part.starts_with('{') && part.ends_with('}') && !segment.is_empty();
        if !is_parameter && !part.eq_ignore_ascii_case(segment) {
            return false;
        }
    }
    segments.next().is_none()
}
