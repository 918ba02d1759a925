//! The one HTTP handler: decode the request, inject faults, ask the view, log, answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::DATE;
use axum::http::{Response, StatusCode};
use bytes::Bytes;
use serde_json::json;

use super::View;
use super::log::{Log, LoggedRequest};
use super::route::{self, Service};
use crate::clock::{Clock, http_date};
use crate::faults::Faults;
use crate::faults::effect::Effect;
use crate::lock::lock;
use crate::wire::{SimReply, SimRequest, ViewResult};
use crate::world::World;
use crate::{acr, arm, authority, graph, identity, resource_graph};

/// Bytes of a request body at most; the largest real body here is a block of a blob.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// What the handlers of both ports share.
pub(super) struct Shared {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) clock: Arc<Clock>,
    pub(super) faults: Faults,
    pub(super) log: Log,
    pub(super) extra: Vec<(String, View)>,
    pub(super) latency: Duration,
    pub(super) identity_header: String,
}

/// Handler of the TLS port.
pub(super) async fn tls(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    match decode(request).await {
        Ok(request) => {
            let service = route::service(&request);
            answer(&shared, service, request).await
        }
        Err(refused) => refused,
    }
}

/// Handler of the plain HTTP port: the identity endpoint and nothing else.
pub(super) async fn plain(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    match decode(request).await {
        Ok(request) => answer(&shared, Service::Identity, request).await,
        Err(refused) => refused,
    }
}

async fn decode(request: Request) -> Result<SimRequest, Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        response
    })?;
    let host = parts.headers.get("host").and_then(|host| host.to_str().ok());
    let host = host.or_else(|| parts.uri.host()).unwrap_or("");
    let host = host.split(':').next().unwrap_or("").to_ascii_lowercase();
    let query = parts.uri.query().unwrap_or("");
    Ok(SimRequest {
        method: parts.method,
        host,
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts.headers,
        body,
    })
}

pub(super) async fn answer(shared: &Shared, service: Service, request: SimRequest) -> Response<Body> {
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    let effects = shared.faults.inject(service, &request);
    let mut request = request;
    for effect in &effects {
        match effect {
            Effect::Delay(time) => tokio::time::sleep(*time).await,
            Effect::Hang => return std::future::pending().await,
            effect => effect.distort(&mut request),
        }
    }
    if let Some(response) = effects.iter().find_map(Effect::instead) {
        log(shared, service, &request, response.status());
        let headers = effects.iter().filter(|effect| matches!(effect, Effect::Header { .. }));
        return headers.fold(response, |response, effect| {
            effect.shape(response, &Bytes::new(), &request)
        });
    }
    let reply = ask(shared, service, &request);
    log(shared, service, &request, reply.status);
    let mut response = Response::new(Body::from(reply.body.clone()));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    // Of the simulated time: the server of the sockets would put in its own. A view may have a clock of its own.
    if let Ok(date) = http_date(shared.clock.now()).parse() {
        response.headers_mut().entry(DATE).or_insert(date);
    }
    for effect in &effects {
        if matches!(effect, Effect::HangAfter) {
            return std::future::pending().await;
        }
        response = effect.shape(response, &reply.body, &request);
    }
    response
}

/// Asks the view; what it does not know becomes 501 and a violation.
fn ask(shared: &Shared, service: Service, request: &SimRequest) -> SimReply {
    match view(shared, service, request) {
        Ok(reply) => reply,
        Err(refusal) => {
            let text = format!(
                "{} https://{}{}: {}",
                request.method, request.host, request.path, refusal.0
            );
            shared.log.violation(text.clone());
            SimReply::json(
                StatusCode::NOT_IMPLEMENTED,
                &json!({"error": {"code": "SimulatorDoesNotKnow", "message": text}}),
            )
        }
    }
}

fn view(shared: &Shared, service: Service, request: &SimRequest) -> ViewResult {
    // Dispatch point of the views registered from outside (Service Bus, blob storage): longest matching suffix of the
    // host. They keep their own state, so the world is not locked while they run.
    let registered = shared
        .extra
        .iter()
        .filter(|(suffix, _)| service != Service::Identity && request.host.ends_with(suffix.as_str()));
    if let Some((_, view)) = registered.max_by_key(|(suffix, _)| suffix.len()) {
        return view(request);
    }
    let mut world = lock(&shared.world);
    match service {
        Service::Identity => identity::serve(&world, request, &shared.identity_header),
        Service::Authority => authority::serve(&world, request),
        Service::Arm => arm::serve(&world, request),
        Service::ResourceGraph => resource_graph::serve(&world, request),
        Service::Graph => graph::serve(&world, request),
        Service::Registry => match acr::serve(&mut world, request) {
            Some(result) => result,
            None => Ok(unknown_host(shared, request)),
        },
        Service::ServiceBus | Service::Blob | Service::Other => Ok(unknown_host(shared, request)),
    }
}

/// A name that DNS would not have resolved: the nearest answer HTTP has, and a violation.
fn unknown_host(shared: &Shared, request: &SimRequest) -> SimReply {
    shared.log.violation(format!(
        "{} https://{}{}: no such host in the simulated world",
        request.method, request.host, request.path
    ));
    let mut reply = SimReply::status(StatusCode::NOT_FOUND).with("content-type", "text/plain; charset=utf-8");
    reply.body = "no such host\n".into();
    reply
}

fn log(shared: &Shared, service: Service, request: &SimRequest, status: StatusCode) {
    shared.log.record(service, || {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&request.query)
            .finish();
        LoggedRequest {
            at: shared.clock.now(),
            service,
            method: request.method.to_string(),
            host: request.host.clone(),
            path: request.path.clone(),
            query,
            status: status.as_u16(),
            authorization_present: request.headers.contains_key("authorization"),
        }
    });
}
