//! `refresh-repository`: an event said that something changed; read that repository again.

mod message;

pub(super) use message::{Asked, decode};

use std::time::Duration;

use serde_json::{Value, json};

use super::allow_list::Coverage;
use super::message_error::MessageError;
use super::service::Service;
use crate::azure::Failure;
use crate::azure::acr::Purpose;
use crate::collect::CollectError;
use crate::collect::registry::MAX_ATTEMPTS;
use crate::collect::repository::{AfterEvent, EventWork, discard, refresh_after_event};
use crate::deadline::Deadline;
use crate::inventory::message::{RefreshRepository, Tries};

/// A registry may answer late (geo-replicas are consistent only in the end): when it does not show yet what the event
/// said, it is asked again after these.
const RECHECKS: [Duration; 2] = [Duration::from_secs(5 * 60), Duration::from_secs(30 * 60)];

/// Pages that an event cannot read in the time of an invocation: it is given a tenth of the registry's budget, some 250
/// requests a minute for four minutes.
const TOO_LONG: u64 = 1_000;

pub(super) async fn handle(service: &Service, asked: Asked, deadline: Deadline) -> Result<Value, MessageError> {
    let Some(message) = message::resolved(service, asked).await? else {
        return Ok(Value::Null);
    };
    let app = &service.app;
    let coverage = service.allow_list.coverage(&app.store, &message.login_server).await;
    match coverage.map_err(|error| MessageError::undecided(&error, message.clone()))? {
        Coverage::Allowed => {}
        Coverage::NotCovered => {
            tracing::warn!(
                login_server = %message.login_server, repository = %message.repository, "{}", message::NOT_COVERED
            );
            return Ok(Value::Null);
        }
        Coverage::Missed => {
            return Err(MessageError::Permanent(format!(
                "{} is not a known registry",
                message.login_server
            )));
        }
    }
    let client = app.registry_client(&message.login_server, None, Purpose::Event, deadline);
    let work = EventWork {
        client: &client,
        store: &app.store,
        login_server: &message.login_server,
        deadline,
        room: app.room(),
        document_lines: app.config.limits.document_lines,
        has_waited: message.tries.waits > 0,
        is_recheck: message.recheck > 0,
    };
    let outcome = match refresh_after_event(&work, &message.repository, message.hint.as_ref()).await {
        Ok(AfterEvent::Done(outcome)) => *outcome,
        Ok(AfterEvent::InSnapshots(segments)) => {
            discard(&app.store, &message.login_server, &segments).await;
            tracing::info!(
                login_server = %message.login_server, repository = %message.repository,
                "only snapshots hold the lines of the repository; the next refresh of the registry reads it"
            );
            return Ok(Value::Null);
        }
        Ok(AfterEvent::Suspended(observation)) => {
            discard(&app.store, &message.login_server, &observation.segments).await;
            let pages = observation.pages;
            if pages < TOO_LONG && message.tries.attempt < MAX_ATTEMPTS {
                return Err(MessageError::Transient {
                    reason: format!("the time was over when {pages} pages of the repository were read"),
                    retry: message.into(),
                });
            }
            // Reading it again from the beginning ends no better where it is too long at any time.
            tracing::warn!(
                login_server = %message.login_server, repository = %message.repository, pages,
                "the repository is too long for an event; the next refresh of the registry reads it"
            );
            return Ok(Value::Null);
        }
        Err(CollectError::Service(failure @ Failure::Denied { .. })) => {
            // Nothing that the message could be blamed for or that waiting would mend: the next run records it.
            tracing::warn!(
                login_server = %message.login_server, repository = %message.repository, error = %failure,
                "the repository cannot be read"
            );
            return Ok(Value::Null);
        }
        Err(CollectError::TooSoon { wait, .. }) => return postpone(service, message, wait).await,
        Err(CollectError::Service(failure)) if failure.is_transient() && message.tries.attempt >= MAX_ATTEMPTS => {
            // The message is not to blame for it, and the next refresh of the registry reads the repository.
            tracing::warn!(
                login_server = %message.login_server, repository = %message.repository, error = %failure,
                attempts = MAX_ATTEMPTS, "the repository cannot be read for the event; the next refresh reads it"
            );
            return Ok(Value::Null);
        }
        Err(error) => return Err(MessageError::from_collect(&error, message)),
    };
    tracing::info!(
        login_server = %message.login_server, repository = %message.repository, written = outcome.written,
        present = outcome.is_present, completeness = outcome.completeness.as_str(), manifests = outcome.manifests,
        tags = outcome.tags, shows_event = outcome.shows_event, "repository read"
    );
    if !outcome.shows_event
        && let Some(wait) = RECHECKS.get(message.recheck as usize)
    {
        let next = RefreshRepository {
            recheck: message.recheck + 1,
            tries: Tries::default(),
            ..message.clone()
        };
        service
            .send_repositories(&[next], *wait)
            .await
            .map_err(|failure| MessageError::from_send(&failure))?;
    }
    Ok(json!({ "repository": message.repository, "written": outcome.written }))
}

/// Sends the message again for later: its repository is long and was read a moment ago. No attempt was made.
async fn postpone(service: &Service, mut message: RefreshRepository, wait: Duration) -> Result<Value, MessageError> {
    message.tries.waits += 1;
    let sent = service.send_repositories(std::slice::from_ref(&message), wait).await;
    sent.map_err(|failure| MessageError::from_send(&failure))?;
    tracing::info!(
        login_server = %message.login_server, repository = %message.repository, delay_seconds = wait.as_secs(),
        "a long repository is read for events now and then: rescheduled"
    );
    Ok(Value::Null)
}
