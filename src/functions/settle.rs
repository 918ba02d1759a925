//! The one place that decides what becomes of a message that could not be worked on.

use std::future::Future;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::protocol::QueueMessage;
use super::runtime::{Event, HandlerError};
use super::service::Service;
use crate::azure::Failure;
use crate::chain::chain;
use crate::collect::{CollectError, timestamp};
use crate::inventory::message::{Check, RefreshRegistry, RefreshRepository, decode_message};
use crate::inventory::problem::sanitize;
use crate::inventory::quarantine::QuarantineDocument;
use crate::inventory::{SCHEMA_VERSION, encode};
use crate::store::{BlobKey, Condition, StoreError};

/// A message that has been put off so often (with doubling delays, about a day) is put into quarantine.
const LAST_ATTEMPT: u32 = 16;
/// The longest delay.
const LONGEST_DELAY: Duration = Duration::from_secs(86_400);

/// Why a message was not worked on.
#[derive(Debug)]
pub(super) enum Unsettled {
    /// It can never succeed: into quarantine, with the reason, and acknowledged.
    Permanent(String),
    /// It may succeed later: sent again with a delay, then acknowledged. (Giving it back would redeliver it at once
    /// and burn its ten deliveries in seconds.)
    Later { reason: String, again: Again },
    /// Not even that was possible: the host gives it out again.
    Host(String),
}

/// The message to send again; its attempt is counted up here.
#[derive(Debug)]
pub(super) enum Again {
    Registry(RefreshRegistry),
    Repository(RefreshRepository),
}

impl Unsettled {
    /// Sorts an error of the collector.
    pub(super) fn from_collect(error: &CollectError, again: Again) -> Self {
        let reason = chain(error);
        // Storage that refuses us is nothing a message can be blamed for: given back, it would be dead-lettered within
        // seconds, and somebody has to mend the storage first. An answer that cannot be used is no fault of the message
        // either: a captive portal goes away.
        if matches!(error, CollectError::Store(_) | CollectError::Service(_)) || error.is_transient() {
            Self::Later { reason, again }
        } else {
            Self::Permanent(reason)
        }
    }

    /// Whether the registry is known cannot be told: whatever the reason, the message is not to blame.
    pub(super) fn undecided(error: &CollectError, again: Again) -> Self {
        let reason = chain(error);
        Self::Later { reason, again }
    }

    /// A failed send: the host gives the message out again.
    pub(super) fn from_send(failure: &Failure) -> Self {
        Self::Host(failure.to_string())
    }
}

/// Runs a handler over a queue message and settles what it could not do.
pub(super) async fn queue<'a, F, R>(
    service: &'a Service,
    event: Event<QueueMessage>,
    handler: F,
) -> Result<Value, HandlerError>
where
    F: FnOnce(&'a Service, Event<QueueMessage>) -> R,
    R: Future<Output = Result<Value, Unsettled>>,
{
    let (function, body) = (event.function, event.payload.0.clone());
    match handler(service, event).await {
        Ok(value) => Ok(super::protocol::success(value)),
        Err(Unsettled::Host(reason)) => Err(HandlerError(reason)),
        Err(Unsettled::Permanent(_)) if decode_message::<Check>(&body).is_ok() => {
            tracing::info!("a check has come through; it asks for nothing");
            Ok(super::protocol::success(Value::Null))
        }
        Err(Unsettled::Permanent(reason)) => quarantine(service, function, &body, &reason).await,
        Err(Unsettled::Later { reason, again }) => put_off(service, function, &body, &reason, again).await,
    }
}

/// 2^attempt seconds, at most a day, a tenth more or less at random.
pub(super) fn delay(attempt: u32) -> Duration {
    let seconds = 2_u64.saturating_pow(attempt.max(1)).min(LONGEST_DELAY.as_secs());
    Duration::from_secs(seconds).mul_f64(0.9 + crate::random::fraction() / 5.0)
}

async fn put_off(
    service: &Service,
    function: &'static str,
    body: &[u8],
    reason: &str,
    again: Again,
) -> Result<Value, HandlerError> {
    let attempt = match &again {
        Again::Registry(message) => message.attempt,
        Again::Repository(message) => message.attempt,
    } + 1;
    if attempt > LAST_ATTEMPT {
        return quarantine(
            service,
            function,
            body,
            &format!("given up after {LAST_ATTEMPT} attempts: {reason}"),
        )
        .await;
    }
    let wait = delay(attempt);
    let sent = match again {
        Again::Registry(message) => {
            service
                .send_registries(&[RefreshRegistry { attempt, ..message }], wait)
                .await
        }
        Again::Repository(message) => {
            service
                .send_repositories(&[RefreshRepository { attempt, ..message }], wait)
                .await
        }
    };
    sent.map_err(|failure| HandlerError(format!("{reason}; and sending it again failed: {failure}")))?;
    tracing::warn!(attempt, delay_seconds = wait.as_secs(), reason = %sanitize(reason), "message put off");
    Ok(super::protocol::success(Value::Null))
}

async fn quarantine(
    service: &Service,
    function: &'static str,
    body: &[u8],
    reason: &str,
) -> Result<Value, HandlerError> {
    const KEPT: usize = 256 << 10;
    let kept = body.get(..KEPT).unwrap_or(body);
    let text = std::str::from_utf8(kept).ok().map(str::to_owned);
    let document = QuarantineDocument {
        schema_version: SCHEMA_VERSION,
        function: function.to_owned(),
        reason: sanitize(reason),
        quarantined_at: timestamp(crate::clock::now()),
        body_base64: text.is_none().then(|| BASE64_STANDARD.encode(kept)),
        body: text,
    };
    let key = BlobKey::Quarantine(crate::store::QuarantineId::of(function, body));
    let store = &service.app.store;
    let written = match store.write(&key, encode(&document), Condition::Create).await {
        // The same message, delivered twice, lies there already: if it does.
        Err(conflict @ StoreError::Conflict { .. }) => match store.open(&key).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(conflict),
            Err(error) => Err(error),
        },
        written => written.map(drop),
    };
    match written {
        Ok(()) => {
            tracing::error!(quarantine = %key, reason = %document.reason, "message put into quarantine");
            Ok(super::protocol::success(Value::Null))
        }
        Err(error) => Err(HandlerError(format!(
            "{reason}; and it could not be put into quarantine: {}",
            chain(&error)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_DELAY, delay};

    #[test]
    fn delays_double_up_to_a_day() {
        assert!(delay(1).as_secs_f64() <= 2.2);
        assert!((14.0..18.0).contains(&delay(4).as_secs_f64()));
        assert!(delay(40) <= LONGEST_DELAY.mul_f64(1.1));
    }
}
