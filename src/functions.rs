//! The function app: what the Functions host calls.
//!
//! ```text
//!  host ─► POST /{FunctionName} ─► runtime (decode, deadline, panic guard, span) ─► queue (complete | reschedule | quarantine | abandon) ─► handler
//!  host ─► POST /api/webhooks/acr ─► receive_webhook ─► broker, or spool
//! ```
//! A handler is a plain `async fn` in a file named after its function.
//! Source of the protocol: the host's own code, as recorded; the answers that hang it are never given.

mod allow_list;
mod event;
mod message_error;
mod occupancy;
pub mod protocol;
mod quarantine;
mod queue;
mod receive_webhook;
mod refresh_registry;
mod refresh_repository;
pub mod runtime;
mod schedule_refresh;
mod service;

#[doc(hidden)]
pub mod wire;

use std::sync::Arc;

pub use service::Service;

/// The runtime with the four functions of this app.
pub fn runtime(service: Arc<Service>) -> runtime::Runtime {
    let limits = (service.app.config.limits.soft, service.app.config.limits.hard);
    let (timer, registry, repository, webhook) = (
        Arc::clone(&service),
        Arc::clone(&service),
        Arc::clone(&service),
        Arc::clone(&service),
    );
    runtime::Runtime::new(limits.0, limits.1)
        .within(service.app.surroundings().cloned())
        .function("schedule-refresh", move |event| {
            let service = Arc::clone(&timer);
            async move { schedule_refresh::handle(&service, event).await }
        })
        .function("refresh-registry", move |event| {
            let service = Arc::clone(&registry);
            async move { queue::run(&service, event, refresh_registry::decode, refresh_registry::handle).await }
        })
        .function("refresh-repository", move |event| {
            let service = Arc::clone(&repository);
            async move { queue::run(&service, event, refresh_repository::decode, refresh_repository::handle).await }
        })
        .http("receive-webhook", "/api/webhooks/acr", move |event| {
            let service = Arc::clone(&webhook);
            async move { receive_webhook::handle(&service, event).await }
        })
}
