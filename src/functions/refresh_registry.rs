//! `refresh-registry`: one invocation's part of a registry's refresh.

use std::time::Duration;

use serde_json::{Value, json};

use super::message_error::{MessageError, Retry, backoff};
use super::service::Service;
use crate::azure::acr::Purpose;
use crate::collect::CollectError;
use crate::collect::registry::{self, Mover, Progress, RegistryWork, refresh_registry};
use crate::deadline::Deadline;
use crate::inventory::message::{RefreshRegistry, Tries, decode_message};
use crate::inventory::refresh::{Phase, RefreshDocument};
use crate::store::BlobKey;

/// The messages of a run find the refresh of an older one still going on: whoever saved its checkpoint within this time
/// carries it on, with messages of their own.
const ALIVE_WITHIN: Duration = Duration::from_secs(600);

/// Reads a message.
pub(super) fn decode(body: &[u8]) -> Result<Option<RefreshRegistry>, String> {
    decode_message(body)
        .map(Some)
        .map_err(|error| format!("the message does not ask for a registry: {error}"))
}

pub(super) async fn handle(
    service: &Service,
    message: RefreshRegistry,
    deadline: Deadline,
) -> Result<Value, MessageError> {
    let app = &service.app;
    // A host that is stopped gives out again what was finished: that costs this one read.
    let over = over(service, &message).await;
    if let Some(document) = over.map_err(|error| MessageError::undecided(&error, message.clone()))? {
        if document.generation == message.generation {
            return Ok(ended(&document));
        }
        tracing::info!(
            login_server = %message.login_server, generation = %message.generation, newer = %document.generation,
            "a newer refresh is over"
        );
        return Ok(Value::Null);
    }
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
    let retry = || {
        Retry::Registry(RefreshRegistry {
            id: id(),
            ..message.clone()
        })
    };
    // Whoever sent the message: a host that nobody named or found gets no request, and no token.
    let allowed = service.allow_list.allows_now(&app.store, &message.login_server).await;
    if !allowed.map_err(|error| MessageError::undecided(&error, retry()))? {
        return Err(MessageError::Permanent(format!(
            "{} is not a known registry",
            message.login_server
        )));
    }
    let work = work(service, &message, &mover, deadline);
    let client_for = |sku: Option<&str>| app.registry_client(&message.login_server, sku, Purpose::Walk, deadline);
    let progress = refresh_registry(&work, &message.generation, client_for, &|_| {}).await;
    match progress.map_err(|error| MessageError::from_collect(&error, retry()))? {
        Progress::Superseded => {
            tracing::info!(login_server = %message.login_server, "somebody else carries on with this refresh");
            Ok(Value::Null)
        }
        Progress::Finished(document) => Ok(ended(&document)),
        Progress::Continue {
            generation,
            pause,
            progressed,
            reason,
        } => {
            let attempt = if progressed { 0 } else { message.tries.attempt + 1 };
            // A pause that brought nothing doubles; whatever the registry asks for is kept.
            let wait = if progressed { pause } else { pause.max(backoff(attempt)) };
            let tries = if progressed { Tries::default() } else { message.tries };
            let next = RefreshRegistry {
                generation,
                id: if progressed { crate::random::uuid() } else { id() },
                tries: Tries { attempt, ..tries },
                ..message.clone()
            };
            let sent = service.send_registries(&[next], wait).await;
            sent.map_err(|failure| MessageError::from_send(&failure))?;
            tracing::info!(
                login_server = %message.login_server, attempt, wait_seconds = wait.as_secs(), reason,
                "refresh goes on in another invocation"
            );
            Ok(Value::Null)
        }
    }
}

/// Records that the message was given up.
pub(super) async fn abandon(
    service: &Service,
    message: &RefreshRegistry,
    reason: &str,
    deadline: Deadline,
) -> Result<(), CollectError> {
    let mover = Mover::new(message.id);
    let work = work(service, message, &mover, deadline);
    registry::abandon(&work, &message.generation, reason).await
}

fn work<'a>(
    service: &'a Service,
    message: &'a RefreshRegistry,
    mover: &'a Mover,
    deadline: Deadline,
) -> RegistryWork<'a> {
    let app = &service.app;
    let registry = (&message.login_server, message.registry_id.as_ref());
    RegistryWork {
        keep: app.config.keep.unless_said(),
        attempt: message.tries.attempt,
        alive_within: ALIVE_WITHIN,
        ..app.registry_work(registry, mover, deadline)
    }
}

/// The checkpoint, if the refresh that the message asks for or a newer one is over. One that cannot be read is for the
/// collector to report.
async fn over(service: &Service, message: &RefreshRegistry) -> Result<Option<RefreshDocument>, CollectError> {
    let key = BlobKey::Refresh(message.login_server.clone());
    let read = match service.app.store.read(&key).await.map_err(CollectError::from) {
        Err(CollectError::Document { .. }) => None,
        read => read?,
    };
    let document = read.and_then(|(bytes, _)| crate::inventory::decode::<RefreshDocument>(&bytes).ok());
    Ok(document.filter(|document| {
        document.phase == Phase::Done && document.generation.number() >= message.generation.number()
    }))
}

/// How the refresh ended; the log has it since the close.
fn ended(document: &RefreshDocument) -> Value {
    let outcome = document.outcome.map(|outcome| outcome.as_str());
    json!({ "loginServer": document.login_server, "outcome": outcome })
}
