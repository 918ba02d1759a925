//! One HTTP client for the whole process: rustls, no redirects, capped bodies, no loopback unless allowed.

pub mod in_process;
mod memory;
pub mod proxy;
mod resolver;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::{AsyncRawResponse, HttpClient as _};
use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use tokio::time::Instant;

use self::memory::{Drawn, Memory, ORDINARY};
use crate::chain::chain;
use proxy::Proxy;
use resolver::{LocalAddress, Resolver, is_local};

/// Largest token answer or error body, bytes.
pub const TOKEN_CAP: usize = 64 << 10;
/// Largest page of a list, bytes.
pub const PAGE_CAP: usize = 8 << 20;
const USER_INFORMATION: &str = "an address with user information is not contacted";
/// No single request takes longer, whatever is left of the invocation.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Options of [`Http::new`].
#[derive(Debug, Clone, Default)]
pub struct HttpOptions {
    /// File with further certificates (PEM) to trust, beside those of the system.
    pub certificates: Option<PathBuf>,
    /// Connect to loopback and link-local addresses too: simulators only.
    pub allow_loopback: bool,
    /// Every name resolves to this address: simulators only, a loopback address.
    pub resolve_to: Option<SocketAddr>,
    /// What requests go through.
    pub proxy: Option<Proxy>,
}

/// The shared client.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    resolver: Arc<Resolver>,
    /// Where requests go instead of to the network.
    exchange: Option<in_process::Exchange>,
    allow_loopback: bool,
    /// Plain http is allowed, for the identity endpoint of App Service on loopback.
    plain: bool,
    sent: Arc<AtomicU64>,
    memory: Memory,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http")
            .field("plain", &self.plain)
            .finish_non_exhaustive()
    }
}

/// A whole answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// What the body takes of the process's memory, until it has been understood.
    _drawn: Option<Drawn>,
}

/// Why there is no whole answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HttpError {
    /// The address is one that must not be contacted. Never worth a retry.
    #[error("{0}")]
    Refused(String),
    #[error("no connection: {0}")]
    Unreachable(String),
    #[error("the answer broke off: {0}")]
    Interrupted(String),
    #[error("no answer in time")]
    TimedOut,
    #[error("the answer is larger than {cap} bytes")]
    TooLarge { cap: usize },
}

impl Http {
    /// Builds the client; the certificate load makes this the only noticeable cost of a start.
    pub fn new(options: HttpOptions) -> Result<Self, BuildError> {
        let mut builder = reqwest::Client::builder();
        if let Some(file) = &options.certificates {
            let unreadable = |why: String| BuildError::Certificates {
                file: file.display().to_string(),
                why,
            };
            let pem = std::fs::read(file).map_err(|error| unreadable(error.to_string()))?;
            let bundle = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| unreadable(without_url(error)))?;
            builder = builder.tls_certs_merge(bundle);
        }
        // What the client would find of a proxy by itself is never heeded: the settings say.
        builder = builder.no_proxy();
        if let Some(proxy) = &options.proxy {
            builder = builder.proxy(proxy.for_client());
        }
        let allow_loopback = options.allow_loopback;
        let resolver = Arc::new(Resolver(options));
        let client = builder
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(30))
            .user_agent(concat!("acr-inventory/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::clone(&resolver))
            .build()?;
        Ok(Self {
            client,
            resolver,
            exchange: None,
            allow_loopback,
            plain: false,
            sent: Arc::default(),
            memory: Memory::default(),
        })
    }

    /// The same client, speaking plain http too: the identity endpoint of App Service has no TLS.
    pub(super) fn for_identity_endpoint(self) -> Self {
        Self { plain: true, ..self }
    }

    /// Requests sent by this client so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Addresses that a name leads to, where they may be contacted.
    pub async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, HttpError> {
        let found = self.resolver.addresses(name).await;
        let found = found.map_err(|error| match error.is::<LocalAddress>() {
            true => HttpError::Refused(error.to_string()),
            false => HttpError::Unreachable(error.to_string()),
        })?;
        Ok(found.iter().map(SocketAddr::ip).collect())
    }

    /// The proxy that requests to this address go through.
    pub fn proxy_for(&self, url: &url::Url) -> Option<&Proxy> {
        self.resolver.0.proxy.as_ref().filter(|proxy| proxy.serves(url))
    }

    /// Sends a request of the SDK, whose pipeline has its own retries.
    pub(super) async fn execute(&self, request: &azure_core::http::Request) -> azure_core::Result<AsyncRawResponse> {
        let refused = |error| azure_core::Error::with_error(ErrorKind::Other, error, "the request was not sent");
        self.check(request.url()).map_err(refused)?;
        self.sent.fetch_add(1, Ordering::Relaxed);
        if let Some(exchange) = &self.exchange {
            return in_process::execute(exchange, request).await;
        }
        let answer = self.client.execute_request(request).await;
        answer.map_err(|error| match self.proxy_for(request.url()) {
            Some(proxy) => {
                let message = format!("through the proxy {}: {error}", proxy.place());
                azure_core::Error::with_error(error.kind().clone(), error, message)
            }
            None => error,
        })
    }

    /// Starts a request.
    pub fn request(&self, method: reqwest::Method, url: url::Url) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request and reads its whole answer, at most `cap` bytes, until `deadline` at the latest; `heed` hears of
    /// status and headers as soon as they are there.
    pub async fn fetch(
        &self,
        request: reqwest::RequestBuilder,
        cap: usize,
        deadline: Instant,
        heed: impl FnOnce(u16, &HeaderMap),
    ) -> Result<Reply, HttpError> {
        let request = request
            .build()
            .map_err(|error| HttpError::Refused(without_url(error)))?;
        // The builder makes basic authorization of user information, which therefore is no longer in the address.
        let mut authorization = request.headers().get_all(AUTHORIZATION).iter();
        if authorization.any(|value| value.as_bytes().starts_with(b"Basic ")) {
            return Err(HttpError::Refused(USER_INFORMATION.to_owned()));
        }
        self.check(request.url())?;
        self.sent.fetch_add(1, Ordering::Relaxed);
        let limit = deadline.min(Instant::now() + REQUEST_TIMEOUT);
        let exchange = async {
            if let Some(exchange) = &self.exchange {
                return self.read(exchange(request).await?, cap, heed).await;
            }
            let proxy = self.proxy_for(request.url()).map(Proxy::place);
            let sent = self.client.execute(request).await;
            let response = sent.map_err(|error| match (from_reqwest(error), proxy) {
                (HttpError::Unreachable(why), Some(proxy)) => {
                    HttpError::Unreachable(format!("through the proxy {proxy}: {why}"))
                }
                (error, _) => error,
            })?;
            self.read(response, cap, heed).await
        };
        tokio::time::timeout_at(limit, exchange)
            .await
            .map_err(|_| HttpError::TimedOut)?
    }

    async fn read(
        &self,
        mut response: reqwest::Response,
        cap: usize,
        heed: impl FnOnce(u16, &HeaderMap),
    ) -> Result<Reply, HttpError> {
        heed(response.status().as_u16(), response.headers());
        let too_large = HttpError::TooLarge { cap };
        let length = response
            .content_length()
            .map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        if length.is_some_and(|length| length > cap) {
            return Err(too_large);
        }
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut drawn = self.memory.draw(length.unwrap_or(0)).await;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(from_reqwest)? {
            let read = body.len() + chunk.len();
            if read > cap {
                return Err(too_large);
            }
            // It did not say how long it is; now it may be as long as any.
            if drawn.is_none() && read > ORDINARY {
                drawn = self.memory.draw(cap).await;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status,
            headers,
            body: body.freeze(),
            _drawn: drawn,
        })
    }

    /// Refuses addresses that must not be contacted: other schemes than https, literal loopback or link-local
    /// addresses, user information.
    fn check(&self, url: &url::Url) -> Result<(), HttpError> {
        let refused = |why: &str| {
            let host = url.host_str().unwrap_or("");
            Err(HttpError::Refused(format!("{host}: {why}")))
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refused(USER_INFORMATION);
        }
        let address = match url.host() {
            Some(url::Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(url::Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        if !self.allow_loopback && address.is_some_and(is_local) {
            return refused("a loopback or link-local address is not contacted (--allow-loopback)");
        }
        if url.scheme() != "https" && !self.plain {
            return refused("only https is spoken");
        }
        Ok(())
    }
}

/// Text of a transport error with its causes and without its URL (which may carry a query).
fn without_url(error: reqwest::Error) -> String {
    chain(&error.without_url())
}

fn from_reqwest(error: reqwest::Error) -> HttpError {
    if let Some(refused) = find_refusal(&error) {
        return HttpError::Refused(refused);
    }
    if error.is_timeout() {
        HttpError::TimedOut
    } else if error.is_connect() {
        HttpError::Unreachable(without_url(error))
    } else {
        HttpError::Interrupted(without_url(error))
    }
}

fn find_refusal(error: &reqwest::Error) -> Option<String> {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<LocalAddress>() {
            return Some(refused.to_string());
        }
        source = cause.source();
    }
    None
}

/// No client could be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the certificates in {file} cannot be read: {why}")]
    Certificates { file: String, why: String },
    #[error("the HTTP client cannot be built")]
    Client(#[from] reqwest::Error),
}
