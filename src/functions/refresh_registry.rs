//! `refresh-registry`: one invocation's part of a registry's refresh.

use serde_json::{Value, json};

use super::protocol::QueueMessage;
use super::runtime::Event;
use super::service::Service;
use super::settle::{Again, Unsettled, delay};
use crate::azure::acr::Purpose;
use crate::collect::registry::{Mover, Progress, RegistryWork, refresh_registry};
use crate::inventory::message::{RefreshRegistry, decode_message};

pub(super) async fn handle(service: &Service, event: Event<QueueMessage>) -> Result<Value, Unsettled> {
    let message: RefreshRegistry = decode_message(&event.payload.0)
        .map_err(|error| Unsettled::Permanent(format!("the message does not ask for a registry: {error}")))?;
    let app = &service.app;
    let mover = Mover::new(message.id);
    // Of two who handle the same message and send it again, the broker takes one. Whoever moved the checkpoint has
    // work of their own to go on with, which must not be taken for the other's.
    let id = || {
        if mover.has_moved() {
            crate::random::uuid()
        } else {
            message.id
        }
    };
    let again = || {
        Again::Registry(RefreshRegistry {
            id: id(),
            ..message.clone()
        })
    };
    // Whoever sent the message: a host that nobody named or found gets no request, and no token.
    let known = service.known.has_now(&app.store, &message.login_server).await;
    if !known.map_err(|error| Unsettled::undecided(&error, again()))? {
        return Err(Unsettled::Permanent(format!(
            "{} is not a known registry",
            message.login_server
        )));
    }
    let work = RegistryWork {
        store: &app.store,
        arm: app.arm(),
        auditor: app.auditor(),
        login_server: &message.login_server,
        registry_id: message.registry_id.as_ref(),
        concurrency: app.config.limits.concurrency,
        read_attributes: app.config.limits.read_attributes,
        long: app.config.limits.long,
        deadline: event.deadline,
        mover: &mover,
        attempt: message.attempt,
    };
    let client_for = |sku: Option<&str>| app.registry_client(&message.login_server, sku, Purpose::Walk, event.deadline);
    let progress = refresh_registry(&work, &message.generation, client_for, &|_, _| {}).await;
    match progress.map_err(|error| Unsettled::from_collect(&error, again()))? {
        Progress::Superseded => {
            tracing::info!(login_server = %message.login_server, "somebody else carries on with this refresh");
            Ok(Value::Null)
        }
        Progress::Finished(document) => {
            let outcome = document.outcome.map(|outcome| outcome.as_str());
            tracing::info!(
                login_server = %message.login_server, generation = %document.generation, outcome,
                repositories = document.totals.repositories, manifests = document.totals.manifests,
                tags = document.totals.tags, requests = document.requests, problems = document.problems.count,
                "refresh ended"
            );
            Ok(json!({ "loginServer": message.login_server, "outcome": outcome }))
        }
        Progress::Continue {
            generation,
            pause,
            progressed,
            reason,
        } => {
            let attempt = if progressed { 0 } else { message.attempt + 1 };
            // A pause that brought nothing doubles; whatever the registry asks for is kept.
            let wait = if progressed { pause } else { pause.max(delay(attempt)) };
            let next = RefreshRegistry {
                generation,
                id: if progressed { crate::random::uuid() } else { id() },
                attempt,
                ..message.clone()
            };
            let sent = service.send_registries(&[next], wait).await;
            sent.map_err(|failure| Unsettled::from_send(&failure))?;
            tracing::info!(
                login_server = %message.login_server, attempt, wait_seconds = wait.as_secs(), reason,
                "refresh goes on in another invocation"
            );
            Ok(Value::Null)
        }
    }
}
