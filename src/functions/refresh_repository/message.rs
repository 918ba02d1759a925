//! What arrives on the queue: our own message, or an Event Grid event in the CloudEvents schema.

use serde::Deserialize;

use crate::chain::chain;
use crate::collect::CollectError;
use crate::functions::event::EventData;
use crate::functions::service::Service;
use crate::functions::settle::Unsettled;
use crate::hash::uuid_of;
use crate::inventory::message::{EventEffect, RefreshRepository, decode_message};
use crate::inventory::problem::sanitize;
use crate::names::{LoginServer, RegistryId};

#[derive(Deserialize)]
struct CloudEvent {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    data: Option<EventData>,
}

/// What a body says before anything is looked up.
#[derive(Debug)]
pub(in crate::functions) enum Arrived {
    /// A message, or an event that says all that a message does.
    Message(RefreshRepository),
    /// Chart events do not carry the host: the registry's ARM id does.
    OfRegistry(RegistryId, EventEffect, EventData),
    /// An event about nothing we keep.
    Other(String),
}

/// Reads a message; none for an event that is about nothing we keep.
pub(super) async fn read(service: &Service, body: &[u8]) -> Result<Option<RefreshRepository>, Unsettled> {
    match decode(body).map_err(permanent)? {
        Arrived::Message(message) => Ok(Some(message)),
        Arrived::OfRegistry(id, effect, data) => {
            let login_server = by_id(service, &id).await?;
            data.message(login_server, effect, uuid_of(body))
                .map(Some)
                .map_err(permanent)
        }
        Arrived::Other(kind) => {
            tracing::info!(kind = %sanitize(&kind), "an event of another kind is left alone");
            Ok(None)
        }
    }
}

/// Reads a body; the reason if it is nothing that could ever be worked on.
pub(in crate::functions) fn decode(body: &[u8]) -> Result<Arrived, String> {
    let Ok(event) = serde_json::from_slice::<CloudEvent>(body) else {
        let message = decode_message(body).map(Arrived::Message);
        return message.map_err(|error| format!("neither our message nor a CloudEvent: {error}"));
    };
    let effect = match event.kind.as_str() {
        "Microsoft.ContainerRegistry.ImagePushed" | "Microsoft.ContainerRegistry.ChartPushed" => EventEffect::Pushed,
        "Microsoft.ContainerRegistry.ImageDeleted" | "Microsoft.ContainerRegistry.ChartDeleted" => EventEffect::Deleted,
        _ => return Ok(Arrived::Other(event.kind)),
    };
    let data = event.data.ok_or("the event has no data")?;
    match data.login_server().map_err(|error| error.to_string())? {
        Some(login_server) => {
            // The same whenever the event is given out again.
            let message = data.message(login_server, effect, uuid_of(body));
            message.map(Arrived::Message).map_err(|error| error.to_string())
        }
        None => {
            let id = RegistryId::parse(&event.source).map_err(|error| error.to_string())?;
            Ok(Arrived::OfRegistry(id, effect, data))
        }
    }
}

async fn by_id(service: &Service, id: &RegistryId) -> Result<LoginServer, Unsettled> {
    let found = match service.known.login_server_of(&service.app.store, id).await {
        // The host would give it out again at once, ten times, and nothing would have been mended by then.
        Err(error @ CollectError::Document { .. }) => return Err(permanent(chain(&error))),
        found => found.map_err(|error| Unsettled::Host(chain(&error)))?,
    };
    found.ok_or_else(|| permanent(format!("the event comes from a registry that is not known: {id}")))
}

fn permanent(reason: impl std::fmt::Display) -> Unsettled {
    Unsettled::Permanent(reason.to_string())
}

#[cfg(test)]
#[allow(clippy::panic, reason = "a panic is how a test fails")]
mod tests {
    use super::{Arrived, decode};

    fn id(event: &str) -> uuid::Uuid {
        let body = format!(
            r#"{{"type": "Microsoft.ContainerRegistry.ImagePushed", "id": "{event}", "data":
                {{"target": {{"repository": "app"}}, "request": {{"host": "contoso.azurecr.io"}}}}}}"#
        );
        match decode(body.as_bytes()) {
            Ok(Arrived::Message(message)) => message.id,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_event_has_an_id_of_its_own_and_keeps_it() {
        assert_eq!(id("1"), id("1"));
        assert_ne!(id("1"), id("2"));
    }
}
