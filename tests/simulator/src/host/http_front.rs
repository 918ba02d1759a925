//! The public HTTP side: routes, function keys, and proxying to the handler with the path unchanged.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method};
use bytes::Bytes;
use subtle::ConstantTimeEq as _;

use super::Host;
use super::encoding::HOST_VERSION;
use super::manifest::{Function, Trigger};

/// How long the proxy waits for the handler.
const ACTIVITY_TIMEOUT: Duration = Duration::from_secs(240);

/// What the caller gets.
#[derive(Debug, Clone)]
pub struct HttpReply {
    pub status: u16,
    pub body: Bytes,
}

impl HttpReply {
    fn empty(status: u16) -> Self {
        Self {
            status,
            body: Bytes::new(),
        }
    }
}

impl Host {
    /// A request from outside to `path_and_query`, e.g. `/api/webhooks/acr?code=…`.
    ///
    /// 404 when no function has the route and method, 401 for a missing or wrong key, 502 when the handler gives no
    /// answer; else the handler's answer as it is.
    pub async fn call_http(
        &self,
        method: Method,
        path_and_query: &str,
        headers: HeaderMap,
        body: impl Into<Bytes>,
    ) -> HttpReply {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        if !self.is_routed(&method, path) {
            return HttpReply::empty(404);
        }
        if !self.is_allowed(&headers, query) {
            return HttpReply::empty(401);
        }
        match self.proxy(method, path_and_query, headers, body.into()).await {
            Ok(reply) => reply,
            Err(_) => HttpReply::empty(502),
        }
    }

    async fn proxy(
        &self,
        method: Method,
        path_and_query: &str,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> anyhow::Result<HttpReply> {
        let port = self.supervisor.port().await?;
        let id = HeaderValue::from_str(&crate::random::uuid().to_string())?;
        headers.insert("x-azure-functions-hostversion", HeaderValue::from_static(HOST_VERSION));
        headers.insert("x-azure-functions-invocationid", id.clone());
        headers.insert("x-ms-invocation-id", id);
        let request = self
            .client
            .request(method, format!("http://127.0.0.1:{port}{path_and_query}"))
            .headers(headers)
            .timeout(ACTIVITY_TIMEOUT)
            .body(body);
        let response = request.send().await?;
        Ok(HttpReply {
            status: response.status().as_u16(),
            body: response.bytes().await?,
        })
    }

    /// Whether a function has the route and the method.
    fn is_routed(&self, method: &Method, path: &str) -> bool {
        let host = &self.package.host;
        let is_it = |function: &Function| match &function.trigger {
            Trigger::Http { route, methods } => {
                let route = format!("{}/{route}", host.route_prefix);
                methods.iter().any(|known| known == method.as_str())
                    && path.trim_matches('/').eq_ignore_ascii_case(&route)
            }
            _ => false,
        };
        host.proxies_http && self.package.functions.iter().any(is_it)
    }

    /// The key comes in `x-functions-key` or in `?code=`.
    fn is_allowed(&self, headers: &HeaderMap, query: &str) -> bool {
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
