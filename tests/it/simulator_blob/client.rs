//! The official blob client over a transport that calls the simulated view.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, HttpClient, Request, RequestContent, RetryOptions, StatusCode, Transport,
};
use azure_storage_blob::{BlobClient, BlobContainerClient, BlobServiceClient, BlobServiceClientOptions};
use bytes::Bytes;
use simulator::blob::{Blobs, handle};
use simulator::clock::Clock;
use simulator::tokens;
use simulator::wire::SimRequest;

#[derive(Debug)]
struct InMemory {
    blobs: Arc<Mutex<Blobs>>,
    refusals: Arc<Mutex<Vec<String>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl HttpClient for InMemory {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let Body::Bytes(body) = request.body() else {
            panic!("a streamed body")
        };
        let mut headers = axum::http::HeaderMap::new();
        for (name, value) in request.headers().iter() {
            let name: axum::http::HeaderName = name.as_str().parse().unwrap();
            headers.insert(name, value.as_str().parse().unwrap());
        }
        let url = request.url();
        let names: Vec<_> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        let line = format!("{} {} {}", request.method(), request.path_and_query(), names.join(","));
        self.seen.lock().unwrap().push(line);
        let request = SimRequest {
            method: request.method().as_str().parse().unwrap(),
            host: url.host_str().unwrap().to_owned(),
            path: url.path().to_owned(),
            query: url
                .query_pairs()
                .map(|(k, v)| (k.into_owned(), v.into_owned()))
                .collect(),
            headers,
            body: body.clone(),
        };
        let reply = handle(&mut self.blobs.lock().unwrap(), &request).map_err(|refusal| {
            self.refusals.lock().unwrap().push(refusal.0.clone());
            azure_core::Error::with_message(azure_core::error::ErrorKind::Other, refusal.0)
        })?;
        let mut headers = Headers::new();
        for (name, value) in &reply.headers {
            headers.insert(name.as_str().to_owned(), value.to_str().unwrap().to_owned());
        }
        let status = StatusCode::from(reply.status.as_u16());
        Ok(AsyncRawResponse::from_bytes(status, headers, reply.body))
    }
}

#[derive(Debug)]
struct Identity(Arc<Clock>);

#[async_trait]
impl TokenCredential for Identity {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let audience = scopes[0].trim_end_matches("/.default");
        let now = self.0.now();
        let token = tokens::entra(audience, "test", now, 3600);
        Ok(AccessToken::new(token, now + time::Duration::hours(1)))
    }
}

/// A container, the client for it and the state behind it.
pub struct World {
    pub blobs: Arc<Mutex<Blobs>>,
    refusals: Arc<Mutex<Vec<String>>>,
    /// Method, path, query and header names of every request.
    pub seen: Arc<Mutex<Vec<String>>>,
    pub container: BlobContainerClient,
}

impl World {
    pub async fn new() -> Self {
        let clock = Arc::new(Clock::default());
        let blobs = Arc::new(Mutex::new(Blobs::new(clock.clone())));
        let refusals = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let transport = InMemory {
            blobs: blobs.clone(),
            refusals: refusals.clone(),
            seen: seen.clone(),
        };
        let options = BlobServiceClientOptions {
            client_options: ClientOptions {
                transport: Some(Transport::new(Arc::new(transport))),
                retry: RetryOptions::none(),
                ..ClientOptions::default()
            },
            ..BlobServiceClientOptions::default()
        };
        let endpoint = "https://contoso.blob.core.windows.net".parse().unwrap();
        let service = BlobServiceClient::new(endpoint, Some(Arc::new(Identity(clock))), Some(options)).unwrap();
        let container = service.blob_container_client("inventory");
        container.create(None).await.unwrap();
        Self {
            blobs,
            refusals,
            seen,
            container,
        }
    }

    pub fn blob(&self, name: &str) -> BlobClient {
        self.container.blob_client(name)
    }

    pub fn assert_no_refusals(&self) {
        assert_eq!(*self.refusals.lock().unwrap(), Vec::<String>::new());
    }
}

pub fn content(bytes: impl Into<Bytes>) -> RequestContent<Bytes, azure_core::http::NoFormat> {
    RequestContent::from(bytes.into().to_vec())
}

/// Status and `x-ms-error-code`.
pub fn code(error: &azure_core::Error) -> (u16, String) {
    match error.kind() {
        azure_core::error::ErrorKind::HttpResponse { status, error_code, .. } => {
            ((*status).into(), error_code.clone().unwrap_or_default())
        }
        other => panic!("{other:?}"),
    }
}
