//! The one place that decides what becomes of a queue message: completed, sent again, kept in quarantine, abandoned.
//!
//! ```text
//!  decode ─► given out too often? ─► a place in the process? ─► handler ─► completed
//!     │               └► reschedule          └► put back           └► MessageError: quarantine | reschedule | abandon
//!     └► quarantine
//! ```
//! Invariant: a message is abandoned only when the queue cannot be sent to. An abandoned message comes back at once and
//! is a dead letter after ten deliveries, within seconds.

use std::future::Future;
use std::time::Duration;

use serde_json::Value;

use super::message_error::{MessageError, Retry, about, backoff};
use super::occupancy::{BREATH, PUT_BACK};
use super::protocol::{QueueMessage, success};
use super::quarantine::quarantine;
use super::refresh_registry;
use super::runtime::{Event, HandlerError};
use super::service::Service;
use crate::chain::chain;
use crate::collect::registry::MAX_ATTEMPTS;
use crate::deadline::Deadline;
use crate::inventory::message::{Check, RefreshRegistry, Tries, decode_message};
use crate::inventory::problem::sanitize;

/// A message that is delivered so often was in the hands of a process that ended, four times. It is sent again while there
/// are deliveries left: the queue gives a message up after ten.
const DELIVERIES: u32 = 5;
/// The same for a message that was sent again for that reason before.
const SUSPECT_DELIVERIES: u32 = 2;
/// A message that was sent again so often for being delivered too often runs alone: the first time it may only have been
/// beside the one that ended the process.
const ALONE_FROM: u32 = 2;
/// What can be neither worked on nor kept comes again after this.
const KEEP_AGAIN: Duration = Duration::from_secs(300);

/// A message as the host gave it out.
struct Delivered {
    function: &'static str,
    invocation_id: String,
    body: Vec<u8>,
    deadline: Deadline,
}

/// Runs a handler over a queue message. `decode` gives none for a message that asks for nothing.
pub(super) async fn run<'a, M, F, R>(
    service: &'a Service,
    event: Event<QueueMessage>,
    decode: fn(&[u8]) -> Result<Option<M>, String>,
    handler: F,
) -> Result<Value, HandlerError>
where
    M: Clone + Into<Retry>,
    F: FnOnce(&'a Service, M, Deadline) -> R,
    R: Future<Output = Result<Value, MessageError>>,
{
    let QueueMessage { body, delivery_count } = event.payload;
    let delivered = Delivered {
        function: event.function,
        invocation_id: event.invocation_id,
        body,
        deadline: event.deadline,
    };
    let message = match decode(&delivered.body) {
        Ok(Some(message)) => message,
        Ok(None) => return Ok(success(Value::Null)),
        Err(_) if decode_message::<Check>(&delivered.body).is_ok() => {
            tracing::info!("a check has come through; it asks for nothing");
            return Ok(success(Value::Null));
        }
        Err(reason) => return give_up(service, &delivered, &reason).await,
    };
    let mut retry: Retry = message.clone().into();
    let tries = *retry.tries();
    if delivery_count >= deliveries(tries) {
        retry.tries().crashes += 1;
        let reason = format!(
            "it was given out {delivery_count} times and was not finished: it may end the process that works on it"
        );
        return reschedule(service, &delivered, &reason, retry).await;
    }
    let occupancy = &service.occupancy;
    let place = match tries.crashes >= ALONE_FROM {
        true => occupancy.enter_alone(),
        false => occupancy.enter(),
    };
    let Some(_place) = place else {
        return put_back(service, retry).await;
    };
    let handled = handler(service, message, event.deadline);
    match tokio::time::timeout_at(event.deadline.message_end(), handled).await {
        Ok(Ok(value)) => Ok(success(value)),
        Ok(Err(MessageError::Permanent(reason))) => give_up(service, &delivered, &reason).await,
        Ok(Err(MessageError::Transient { reason, retry })) => reschedule(service, &delivered, &reason, retry).await,
        Ok(Err(MessageError::Broken(reason))) => Err(HandlerError(reason)),
        // Whatever it waited for: it may be interrupted anywhere, as by the end of the process.
        Err(_) => reschedule(service, &delivered, "it came to the end of its time", retry).await,
    }
}

/// Deliveries of a message with this history at which it is sent again before any work.
fn deliveries(tries: Tries) -> u32 {
    match tries.crashes {
        0 => DELIVERIES,
        _ => SUSPECT_DELIVERIES,
    }
}

/// Sends the message again after a delay that doubles, and completes it; at the end of its attempts it is given up.
async fn reschedule(
    service: &Service,
    delivered: &Delivered,
    reason: &str,
    mut retry: Retry,
) -> Result<Value, HandlerError> {
    let tries = retry.tries();
    tries.attempt += 1;
    let Tries { attempt, crashes, .. } = *tries;
    if attempt > MAX_ATTEMPTS {
        let reason = format!("given up after {MAX_ATTEMPTS} attempts: {reason}");
        if let Retry::Registry(message) = &retry {
            abandon(service, message, &reason, delivered.deadline).await;
        }
        return give_up(service, delivered, &reason).await;
    }
    let wait = backoff(attempt);
    let sent = service.send(&retry, wait).await;
    sent.map_err(|failure| HandlerError(format!("{reason}; and sending it again failed: {failure}")))?;
    tracing::warn!(attempt, crashes, delay_seconds = wait.as_secs(), reason = %sanitize(reason), "message rescheduled");
    Ok(success(Value::Null))
}

/// Records in the registry's document that nobody brought its refresh to the end. The message in quarantine says so too.
async fn abandon(service: &Service, message: &RefreshRegistry, reason: &str, deadline: Deadline) {
    let recorded = refresh_registry::abandon(service, message, reason, deadline);
    let why_not = match tokio::time::timeout_at(deadline.requests_end(), recorded).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => chain(&error),
        Err(_) => "storage does not answer".to_owned(),
    };
    tracing::error!(login_server = %message.login_server, error = %sanitize(&why_not), "the end of a refresh is not recorded");
}

/// Sends the message again after a short delay, and completes it: no attempt was made.
async fn put_back(service: &Service, mut retry: Retry) -> Result<Value, HandlerError> {
    retry.tries().waits += 1;
    let wait = about(PUT_BACK);
    tokio::time::sleep(BREATH).await;
    let sent = service.send(&retry, wait).await;
    sent.map_err(|failure| HandlerError(format!("putting a message back: {failure}")))?;
    tracing::info!(
        waits = retry.tries().waits,
        delay_seconds = wait.as_secs(),
        "message put back: something has to run alone in this process"
    );
    Ok(success(Value::Null))
}

/// Into quarantine. What cannot be kept there comes again as it is: storage that refuses everybody is no reason for a
/// dead letter.
async fn give_up(service: &Service, delivered: &Delivered, reason: &str) -> Result<Value, HandlerError> {
    let Delivered {
        function,
        invocation_id,
        body,
        deadline,
    } = delivered;
    let kept = quarantine(&service.app.store, function, body, reason);
    let why_not = match tokio::time::timeout_at(deadline.message_end(), kept).await {
        Ok(Ok(())) => return Ok(success(Value::Null)),
        Ok(Err(error)) => chain(&error),
        Err(_) => "storage does not answer".to_owned(),
    };
    let reason = format!("{reason}; and it could not be put into quarantine: {why_not}");
    let sent = service.send_raw(function, body, invocation_id, about(KEEP_AGAIN)).await;
    sent.map_err(|failure| HandlerError(format!("{reason}; and sending it again failed: {failure}")))?;
    tracing::error!(reason = %sanitize(&reason), "message sent again as it is");
    Ok(success(Value::Null))
}
