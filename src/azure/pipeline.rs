//! The SDK's pipeline over our client: capped bodies, capped waiting, one connection pool.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::error::{ErrorKind, ErrorResponse};
use azure_core::http::policies::{Policy, PolicyResult, RetryHeaders, RetryPolicy};
use azure_core::http::{
    AsyncRawResponse, ClientOptions, Context, HttpClient, Method, Pipeline, RawResponse, Request, RetryOptions,
    StatusCode, Transport,
};
use azure_core::time::Duration as AzureDuration;
use futures_util::TryStreamExt as _;

use super::arm::{ArmBudget, Closed};
use super::http::Http;
use super::{Failure, xml};
use crate::chain::chain;
use crate::inventory::problem::Code;
use crate::inventory::problem_code::ProblemCode;

/// Options for an SDK client: our transport (bodies capped at `cap` bytes if given) and our retries.
pub fn client_options(http: &Http, cap: Option<usize>) -> ClientOptions {
    ClientOptions {
        transport: Some(Transport::new(Arc::new(SdkTransport {
            http: http.clone(),
            cap,
        }))),
        retry: RetryOptions::custom(Arc::new(ShortRetries)),
        ..Default::default()
    }
}

/// Options for the SDK's storage client, with the authorization in them: the client gets no credential of its own.
pub fn storage_options(http: &Http, credential: Arc<dyn TokenCredential>) -> ClientOptions {
    const SCOPE: &str = "https://storage.azure.com/.default";
    // Downloads are ranged and documents capped by their readers; a transport cap would count whole streams.
    let mut options = client_options(http, None);
    options
        .per_try_policies
        .push(Arc::new(Authorize::new(credential, SCOPE)));
    options
}

/// Authorizes every try with a token of the credential, which has a cache.
///
/// The SDK's own policy keeps a second cache behind a lock whose waiting readers wake each other for as long as a
/// writer holds it: a core is busy with nothing until the token comes.
#[derive(Debug)]
struct Authorize {
    credential: Arc<dyn TokenCredential>,
    scope: String,
}

impl Authorize {
    fn new(credential: Arc<dyn TokenCredential>, scope: &str) -> Self {
        Self {
            credential,
            scope: scope.to_owned(),
        }
    }
}

#[async_trait::async_trait]
impl Policy for Authorize {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let token = self.credential.get_token(&[&self.scope], None).await?;
        request.insert_header("authorization", format!("Bearer {}", token.token.secret()));
        match next.split_first() {
            Some((first, rest)) => first.send(context, request, rest).await,
            None => Err(azure_core::Error::with_message(
                ErrorKind::Other,
                "the pipeline ends before its transport",
            )),
        }
    }
}

/// A REST service that takes bearer tokens: Resource Manager, Resource Graph, Service Bus.
#[derive(Debug, Clone)]
pub struct Sdk {
    pipeline: Pipeline,
}

impl Sdk {
    /// A pipeline that authorizes with `scope`.
    pub fn new(http: &Http, cap: usize, credential: Arc<dyn TokenCredential>, scope: &str) -> Self {
        Self::with_policies(http, cap, credential, scope, Vec::new())
    }

    /// A pipeline of Resource Manager: every try passes `budget`.
    pub fn resource_manager(
        http: &Http,
        cap: usize,
        credential: Arc<dyn TokenCredential>,
        scope: &str,
        budget: ArmBudget,
    ) -> Self {
        Self::with_policies(http, cap, credential, scope, vec![Arc::new(budget)])
    }

    /// `per_try` come before the authorization, so that whoever waits in one gets a token that is still good.
    fn with_policies(
        http: &Http,
        cap: usize,
        credential: Arc<dyn TokenCredential>,
        scope: &str,
        mut per_try: Vec<Arc<dyn Policy>>,
    ) -> Self {
        let authorization: Arc<dyn Policy> = Arc::new(Authorize::new(credential, scope));
        per_try.push(authorization);
        let pipeline = Pipeline::new(
            Some(env!("CARGO_PKG_NAME")),
            Some(env!("CARGO_PKG_VERSION")),
            client_options(http, Some(cap)),
            Vec::new(),
            per_try,
            None,
        );
        Self { pipeline }
    }

    /// Sends a request with its retries; `target` names it in errors.
    pub async fn send(&self, mut request: Request, target: &str) -> Result<RawResponse, Failure> {
        let sent = self.pipeline.send(&Context::new(), &mut request, None).await;
        sent.map_err(|error| failure(target, error))
    }

    /// GET of a JSON document.
    pub async fn get<T: serde::de::DeserializeOwned>(&self, url: url::Url, target: &str) -> Result<T, Failure> {
        let mut request = Request::new(url, Method::Get);
        request.insert_header("accept", "application/json");
        let response = self.send(request, target).await?;
        serde_json::from_slice(response.body()).map_err(|error| Failure::invalid(target, ProblemCode::Malformed, error))
    }
}

/// Status and error of a REST service to our error: the one place for all services behind the pipeline.
fn failure(target: &str, error: azure_core::Error) -> Failure {
    let target = target.to_owned();
    if let Some(Closed(retry_after)) = cause(&error) {
        let retry_after = *retry_after;
        return Failure::Throttled { target, retry_after };
    }
    let Some(status) = error.http_status() else {
        return match error.kind() {
            ErrorKind::Credential => credential_failure(&target, &error),
            _ => Failure::Unavailable {
                target,
                detail: chain(&error),
            },
        };
    };
    let retry_after = retry_after(&error);
    // Service Bus answers in XML, with ids of the request behind what it says.
    let detail = xml::element(&error, "Detail").unwrap_or_default();
    let detail = detail.split("TrackingId:").next().unwrap_or_default().trim();
    // The kind's own code is lost when the message contains an escape; the body parsed again has it.
    let (mut code, mut message) = (u16::from(status).to_string(), detail.to_owned());
    if let ErrorKind::HttpResponse {
        error_code: Some(given),
        ..
    } = error.kind()
    {
        code.clone_from(given);
    }
    if let Ok(response) = ErrorResponse::try_from(error)
        && let Some(detail) = response.error
    {
        code = detail.code.unwrap_or(code);
        message = detail.message.unwrap_or_default();
    }
    match status {
        StatusCode::Unauthorized | StatusCode::Forbidden => Failure::Denied {
            target,
            code: Code::of_service(code),
            message,
        },
        StatusCode::NotFound => Failure::NotFound { target, code },
        StatusCode::TooManyRequests => Failure::Throttled { target, retry_after },
        status if status.is_server_error() || status == StatusCode::RequestTimeout => Failure::Unavailable {
            target,
            detail: format!("{code} {message}"),
        },
        _ => Failure::Invalid {
            target,
            code: ProblemCode::Rejected,
            detail: format!("{code} {message}"),
        },
    }
}

/// No token: a refusal when whoever gives tokens said so, or when there is nobody to ask; a passing fault when it
/// could not be reached or is in trouble itself.
pub(super) fn credential_failure(target: &str, error: &azure_core::Error) -> Failure {
    let (target, detail) = (target.to_owned(), chain(error));
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(cause) = cause.downcast_ref::<azure_core::Error>() {
            let passing = match cause.http_status() {
                Some(status) => status.is_server_error() || status == StatusCode::TooManyRequests,
                // An answer that is no token and no error either (a gateway's page) says nothing of the identity.
                None => matches!(
                    cause.kind(),
                    ErrorKind::Connection | ErrorKind::Io | ErrorKind::DataConversion
                ),
            };
            if passing {
                return Failure::Unavailable { target, detail };
            }
        }
        source = cause.source();
    }
    Failure::Denied {
        target,
        code: ProblemCode::Credential.into(),
        message: detail,
    }
}

/// The first cause of this type.
fn cause<T: std::error::Error + 'static>(error: &azure_core::Error) -> Option<&T> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if let Some(found) = found.downcast_ref() {
            return Some(found);
        }
        cause = found.source();
    }
    None
}

fn retry_after(error: &azure_core::Error) -> Duration {
    let ErrorKind::HttpResponse {
        raw_response: Some(response),
        ..
    } = error.kind()
    else {
        return Duration::from_secs(30);
    };
    let given = response.headers().get_optional_str(&"retry-after".into());
    super::retry_after::retry_after(given, Duration::from_secs(30))
}

/// Few and short: whatever takes longer is the queue's scheduled time to wait for. (The default policy sleeps a
/// `Retry-After` in full, an hour if the service says so.)
#[derive(Debug)]
struct ShortRetries;

impl ShortRetries {
    const RETRIES: u32 = 3;
    const LONGEST_WAIT: AzureDuration = AzureDuration::seconds(5);
}

#[async_trait::async_trait]
impl RetryPolicy for ShortRetries {
    fn is_expired(&self, since_start: AzureDuration, retries: u32) -> bool {
        retries >= Self::RETRIES || since_start >= AzureDuration::seconds(30)
    }

    fn retry_headers(&self) -> Option<&RetryHeaders> {
        None
    }

    fn retry_status_codes(&self) -> &[StatusCode] {
        &[]
    }

    fn sleep_duration(&self, retries: u32) -> AzureDuration {
        (AzureDuration::milliseconds(200) * 2_i32.saturating_pow(retries.min(8))).min(Self::LONGEST_WAIT)
    }
}

/// Our client as the SDK's transport.
#[derive(Debug)]
struct SdkTransport {
    http: Http,
    cap: Option<usize>,
}

#[async_trait::async_trait]
impl HttpClient for SdkTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let response = self.http.execute(request).await?;
        let Some(cap) = self.cap else {
            return Ok(response);
        };
        let (status, headers, body) = response.deconstruct();
        let mut read = 0_usize;
        let capped = body.and_then(move |chunk| {
            read += chunk.len();
            std::future::ready(match read > cap {
                true => Err(azure_core::Error::with_message(
                    ErrorKind::Other,
                    format!("the answer is larger than {cap} bytes"),
                )),
                false => Ok(chunk),
            })
        });
        Ok(AsyncRawResponse::new(status, headers, Box::pin(capped)))
    }
}
