//! What arrives on the queue: our own message, or an Event Grid event in the CloudEvents schema.

use serde::Deserialize;
use uuid::Uuid;

use crate::chain::chain;
use crate::collect::CollectError;
use crate::functions::event::EventData;
use crate::functions::service::Service;
use crate::functions::settle::Unsettled;
use crate::hash::sha256;
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
            data.message(login_server, effect, id_of(body))
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
            let message = data.message(login_server, effect, id_of(body));
            message.map(Arrived::Message).map_err(|error| error.to_string())
        }
        None => {
            let id = RegistryId::parse(&event.source).map_err(|error| error.to_string())?;
            Ok(Arrived::OfRegistry(id, effect, data))
        }
    }
}

/// The id of an event: the same whenever it is given out again.
fn id_of(body: &[u8]) -> Uuid {
    let hash = sha256(body);
    let half = hash.get(..32).and_then(|half| Uuid::try_parse(half).ok());
    half.unwrap_or_default()
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
