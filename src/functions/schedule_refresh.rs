//! `schedule-refresh`: finds the registries, opens a run, sends one message per registry.

use std::time::Duration;

use serde_json::{Value, json};

use super::protocol::Timer;
use super::runtime::{Event, HandlerError};
use super::service::Service;
use crate::chain::chain;
use crate::collect::discover::discover;
use crate::collect::retention;
use crate::collect::run::{Wanted, open_run};
use crate::inventory::message::{RefreshRegistry, RefreshRepository, Tries, decode_message};
use crate::inventory::{DocumentError, SCHEMA_VERSION};
use crate::store::{BlobKey, StoreError};

/// Spooled events sent per timer at most; the rest waits for the next.
const SPOOL_BATCH: usize = 1_000;

pub(super) async fn handle(service: &Service, event: Event<Timer>) -> Result<Value, HandlerError> {
    let app = &service.app;
    let failed = |what: &str, error: &dyn std::error::Error| HandlerError(format!("{what}: {}", chain(error)));
    let found = discover(app.directory(), &app.config.selection, &event.deadline).await;
    let (registries, discovery) = found.map_err(|error| failed("finding the registries", &error))?;
    let count = registries.len();
    for problem in &discovery.problems.first {
        tracing::warn!(code = problem.code.as_str(), "{}", problem.message);
    }
    let wanted = Wanted {
        selection: app.config.selection.id(),
        registries,
        discovery,
    };
    let opened = open_run(&app.store, &wanted)
        .await
        .map_err(|error| failed("opening the run", &error))?;
    let generation = &opened.run.generation;
    let messages: Vec<RefreshRegistry> = opened
        .open
        .iter()
        .map(|registry| RefreshRegistry {
            schema_version: SCHEMA_VERSION,
            login_server: registry.login_server.clone(),
            registry_id: registry.registry_id.clone(),
            generation: generation.clone(),
            id: crate::random::uuid(),
            tries: Tries::default(),
        })
        .collect();
    let sent = service.send_registries(&messages, Duration::ZERO).await;
    sent.map_err(|error| failed("sending one message per registry", &error))?;
    tracing::info!(
        %generation, joined = opened.joined, registries = count, sent = messages.len(),
        past_due = event.payload.is_past_due, "run opened"
    );
    let unspooled = drain_spool(service).await?;
    if opened.is_first_of_day
        && let Some(keep) = app.config.keep.unless_said()
    {
        retention::run_daily(&app.store, &keep, &opened.run, event.deadline.soft).await;
    }
    Ok(json!({ "generation": generation, "joined": opened.joined, "sent": messages.len(), "unspooled": unspooled }))
}

/// Sends the events that the broker did not take when they came. Deleted only after they are sent: twice is harmless.
async fn drain_spool(service: &Service) -> Result<usize, HandlerError> {
    let store = &service.app.store;
    let failed = |error: &dyn std::error::Error| HandlerError(format!("draining the spool: {}", chain(error)));
    let names = store
        .list(BlobKey::spool_prefix())
        .await
        .map_err(|error| failed(&error))?;
    let mut drained = 0;
    for key in names.iter().filter_map(|name| BlobKey::spooled(name)).take(SPOOL_BATCH) {
        let read = match store.read(&key).await {
            Err(StoreError::TooLarge { cap, .. }) => Err(DocumentError::TooLarge(cap)),
            read => Ok(read.map_err(|error| failed(&error))?),
        };
        let read = read.and_then(|found| {
            let message = found.map(|(bytes, etag)| Ok((decode_message(&bytes)?, etag)));
            message.transpose()
        });
        let (message, etag): (RefreshRepository, _) = match read {
            Ok(Some(message)) => message,
            Ok(None) => continue,
            Err(error) => {
                // It stays where it is, for a person to look at.
                tracing::error!(spooled = %key, error = %error, "a spooled event cannot be read");
                continue;
            }
        };
        service
            .send_repositories(&[message], Duration::ZERO)
            .await
            .map_err(|error| failed(&error))?;
        store.delete(&key, etag).await.map_err(|error| failed(&error))?;
        drained += 1;
    }
    Ok(drained)
}
