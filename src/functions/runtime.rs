//! The custom handler: an HTTP server on loopback that knows the protocol and nothing of what the functions do.

mod body;

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tracing::Instrument as _;

use self::body::read_body;
use super::protocol::{FromInvocation, HttpRequest, Invocation, success};
use crate::chain::chain;
use crate::deadline::Deadline;
use crate::surroundings::{Surroundings, within};

/// Largest invocation, bytes: a message of 256 KiB in base64 with its metadata, several times over.
const INVOCATION_CAP: usize = 4 << 20;
/// Largest webhook body, bytes.
const WEBHOOK_CAP: usize = 256 << 10;
/// Header that every call of the host carries.
const INVOCATION_ID: &str = "x-azure-functions-invocationid";

/// What a handler gets.
#[derive(Debug)]
pub struct Event<T> {
    pub payload: T,
    pub invocation_id: String,
    pub function: &'static str,
    pub deadline: Deadline,
}

/// A failed invocation: the host counts it, and for a queue gives the message out again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HandlerError(pub String);

/// The answer to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    pub status: u16,
    pub body: Value,
}

type Handler = Box<dyn Fn(Invocation, Context) -> BoxFuture<'static, Result<Value, HandlerError>> + Send + Sync>;
type HttpHandler = Arc<dyn Fn(Event<HttpRequest>) -> BoxFuture<'static, HttpAnswer> + Send + Sync>;

struct Context {
    invocation_id: String,
    deadline: Deadline,
}

/// Functions by name.
pub struct Runtime {
    handlers: HashMap<&'static str, Handler>,
    http: Vec<(&'static str, &'static str, HttpHandler)>,
    soft: Duration,
    hard: Duration,
    surroundings: Option<Surroundings>,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime")
            .field("functions", &self.handlers.keys())
            .finish_non_exhaustive()
    }
}

impl Runtime {
    /// A runtime without functions; every invocation has these limits.
    pub fn new(soft: Duration, hard: Duration) -> Self {
        Self {
            handlers: HashMap::new(),
            http: Vec::new(),
            soft,
            hard,
            surroundings: None,
        }
    }

    /// Every invocation runs within these.
    pub fn within(self, surroundings: Option<Surroundings>) -> Self {
        Self { surroundings, ..self }
    }

    /// Registers a function by the name of its folder.
    pub fn function<T, F, R>(mut self, name: &'static str, handler: F) -> Self
    where
        T: FromInvocation,
        F: Fn(Event<T>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Value, HandlerError>> + Send + 'static,
    {
        let handler = Box::new(move |invocation, context: Context| {
            let payload = T::from_invocation(invocation);
            let work = payload.map(|payload| {
                let Context {
                    invocation_id,
                    deadline,
                } = context;
                handler(Event {
                    payload,
                    invocation_id,
                    function: name,
                    deadline,
                })
            });
            async move {
                match work {
                    Ok(work) => work.await,
                    Err(error) => Err(HandlerError(error.to_string())),
                }
            }
            .boxed()
        });
        self.handlers.insert(name, handler);
        self
    }

    /// Registers an HTTP function: under its route, as a proxying host calls it, and under its name.
    pub fn http<F, R>(mut self, name: &'static str, route: &'static str, handler: F) -> Self
    where
        F: Fn(Event<HttpRequest>) -> R + Send + Sync + 'static,
        R: Future<Output = HttpAnswer> + Send + 'static,
    {
        let handler: HttpHandler = Arc::new(move |event| handler(event).boxed());
        let wrapped = Arc::clone(&handler);
        self.http.push((name, route, handler));
        self.function(name, move |event: Event<HttpRequest>| {
            let answer = wrapped(event);
            async move {
                let answer = answer.await;
                Ok(super::protocol::http_output(answer.status, &answer.body))
            }
        })
    }

    /// The routes: `GET /` for readiness, one POST per function.
    pub fn into_router(self) -> Router {
        Router::new()
            .route("/", get(async || Json(json!({}))))
            .route("/{function}", post(invoke))
            .fallback(proxied)
            .with_state(Arc::new(self))
    }

    async fn call_http(&self, name: &'static str, request: Request<Body>) -> Response {
        let Some((_, _, handler)) = self.http.iter().find(|(known, _, _)| *known == name) else {
            return refuse(StatusCode::NOT_FOUND, "no such function");
        };
        let (parts, body) = request.into_parts();
        let Some(invocation_id) = invocation_id(&parts.headers) else {
            return refuse(StatusCode::BAD_REQUEST, "only a Functions host may call");
        };
        let body = match read_body(body, WEBHOOK_CAP).await {
            Ok(body) => body,
            Err(refused) => return refuse(refused.status(), "the body is larger than 256 KiB, or cut off"),
        };
        let payload = HttpRequest {
            headers: parts.headers,
            body: body.to_vec(),
        };
        let deadline = Deadline::after(self.soft, self.hard);
        let span = span(name, &invocation_id, &payload.headers);
        let work = handler(Event {
            payload,
            invocation_id,
            function: name,
            deadline,
        });
        match self.guarded(deadline, work).instrument(span).await {
            Ok(answer) => {
                let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, Json(answer.body)).into_response()
            }
            Err(Cut::Panicked) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
            Err(Cut::OutOfTime) => refuse(StatusCode::SERVICE_UNAVAILABLE, "out of time"),
        }
    }

    /// Runs a handler until its hard limit, and keeps its panic from the others. Where the panic was, the process says on
    /// stderr.
    async fn guarded<T>(&self, deadline: Deadline, work: impl Future<Output = T>) -> Result<T, Cut> {
        let started = tokio::time::Instant::now();
        let outcome = tokio::time::timeout_at(deadline.hard, AssertUnwindSafe(work).catch_unwind());
        let outcome = within(self.surroundings.as_ref(), outcome).await;
        let (cut, outcome) = match outcome {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(_panic)) => (Cut::Panicked, "panicked"),
            Err(_) => (Cut::OutOfTime, "out of time"),
        };
        tracing::error!(
            elapsed_ms = milliseconds(started.elapsed()),
            outcome,
            "invocation ended"
        );
        Err(cut)
    }
}

/// An invocation that did not come to its own end; it stands in the log already.
enum Cut {
    Panicked,
    OutOfTime,
}

fn milliseconds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// A request that the host passes on. It matches routes without regard to case and to a slash at the end, and passes the
/// path on as it was sent.
async fn proxied(State(runtime): State<Arc<Runtime>>, request: Request<Body>) -> Response {
    let path = request.uri().path().trim_end_matches('/');
    let mut routes = runtime.http.iter();
    let Some((name, _, _)) = routes.find(|(_, route, _)| route.eq_ignore_ascii_case(path)) else {
        return refuse(StatusCode::NOT_FOUND, "no such function");
    };
    if request.method() != Method::POST {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "only POST");
    }
    runtime.call_http(name, request).await
}

async fn invoke(
    State(runtime): State<Arc<Runtime>>,
    Path(function): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some((name, handler)) = runtime.handlers.get_key_value(function.as_str()) else {
        return refuse(StatusCode::NOT_FOUND, "no such function");
    };
    let Some(invocation_id) = invocation_id(&headers) else {
        return refuse(StatusCode::BAD_REQUEST, "only a Functions host may call");
    };
    let span = span(name, &invocation_id, &headers);
    run(&runtime, handler, invocation_id, body).instrument(span).await
}

async fn run(runtime: &Runtime, handler: &Handler, invocation_id: String, body: Body) -> Response {
    let body = match read_body(body, INVOCATION_CAP).await {
        Ok(body) => body,
        Err(refused) => {
            tracing::error!(?refused, "an invocation of at most {INVOCATION_CAP} bytes is taken");
            return refuse(refused.status(), "the invocation is too large, or cut off");
        }
    };
    let started = tokio::time::Instant::now();
    let deadline = Deadline::after(runtime.soft, runtime.hard);
    let work = async {
        let invocation = Invocation::decode(&body).map_err(|error| HandlerError(error.to_string()))?;
        handler(
            invocation,
            Context {
                invocation_id,
                deadline,
            },
        )
        .await
    };
    let outcome = runtime.guarded(deadline, work).await;
    let elapsed_ms = milliseconds(started.elapsed());
    match outcome {
        Ok(Ok(value)) => {
            tracing::info!(elapsed_ms, outcome = "succeeded", "invocation ended");
            Json(value_or_empty(value)).into_response()
        }
        Ok(Err(error)) => {
            tracing::error!(elapsed_ms, outcome = "failed", error = %chain(&error), "invocation ended");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "failed")
        }
        Err(Cut::Panicked) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
        Err(Cut::OutOfTime) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "out of time"),
    }
}

/// Never `null`: see [`success`].
fn value_or_empty(value: Value) -> Value {
    if value.is_object() { value } else { success(value) }
}

/// Every log line of an invocation carries these.
fn span(function: &str, invocation_id: &str, headers: &HeaderMap) -> tracing::Span {
    let traceparent = headers
        .get("traceparent")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    tracing::info_span!("invocation", function, invocation_id, traceparent)
}

fn invocation_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(INVOCATION_ID)?.to_str().ok()?;
    (!text.is_empty() && text.len() <= 64).then(|| text.to_owned())
}

/// A fixed text: nothing from outside is ever echoed.
fn refuse(status: StatusCode, why: &'static str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}

/// Serves until the listener fails; never returns otherwise. The caller owns the socket.
pub async fn serve(listener: tokio::net::TcpListener, router: Router) -> std::io::Result<()> {
    axum::serve(listener, router).await
}
