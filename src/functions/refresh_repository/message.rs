//! What arrives on the queue: our own message, or an event of Event Grid.
//!
//! Event Grid delivers in the CloudEvents schema, as the subscription asks for, and in its own where somebody made one
//! that does not. Whose event it is its source says; the host is the client's word, and decides only where there is no
//! source.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::functions::allow_list::Coverage;
use crate::functions::event::EventData;
use crate::functions::message_error::{MessageError, Retry};
use crate::functions::service::Service;
use crate::hash::uuid_of;
use crate::inventory::message::{EventEffect, Message as _, RefreshRepository, RepositoryEvent, decode_message};
use crate::inventory::problem::sanitize;
use crate::names::{LoginServer, RegistryId};

/// What the log says of an event that is completed without work.
pub(super) const NOT_COVERED: &str = "an event of a registry that is not covered";

/// An event in either schema.
#[derive(Deserialize)]
struct GridEvent {
    #[serde(rename = "type", alias = "eventType")]
    kind: String,
    #[serde(default, alias = "topic")]
    source: Value,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    data_base64: Value,
}

impl GridEvent {
    /// Reads a body; one event in an array is taken, too.
    fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().or_else(|| {
            let [event] = serde_json::from_slice(body).ok()?;
            Some(event)
        })
    }

    /// The data, whichever of the forms that CloudEvents allows it has: an object, JSON in a string, JSON in base64.
    fn data(&self) -> Option<EventData> {
        match (&self.data, self.data_base64.as_str()) {
            (Value::Null, Some(encoded)) => serde_json::from_slice(&BASE64_STANDARD.decode(encoded).ok()?).ok(),
            (Value::String(text), _) => serde_json::from_str(text).ok(),
            (data, _) => EventData::deserialize(data).ok(),
        }
    }
}

/// What a body asks for before anything is looked up.
#[derive(Debug, Clone)]
pub(in crate::functions) enum Asked {
    /// A message, or an event that says all that a message does.
    Repository(RefreshRepository),
    /// An event says whose it is by the registry's ARM id.
    OfRegistry(RepositoryEvent),
}

impl From<Asked> for Retry {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Repository(message) => Self::Repository(message),
            Asked::OfRegistry(event) => Self::Event(event),
        }
    }
}

/// The message with the login server of its registry; none if that registry is not covered.
pub(super) async fn resolved(service: &Service, asked: Asked) -> Result<Option<RefreshRepository>, MessageError> {
    let event = match asked {
        Asked::Repository(message) => return Ok(Some(message)),
        Asked::OfRegistry(event) => event,
    };
    let (app, id) = (&service.app, &event.registry_id);
    let host = event.host.as_ref();
    let found = service.allow_list.login_server_of(&app.store, id, host).await;
    let found = found.map_err(|error| MessageError::undecided(&error, Retry::Event(event.clone())))?;
    if let Some(login_server) = found {
        return Ok(Some(event.at(login_server)));
    }
    // Most login servers follow from the name of the registry. One that does not is left to the run that finds it.
    let likely = match host {
        Some(host) if host.registry_name().eq_ignore_ascii_case(id.name()) => Ok(host.clone()),
        _ => LoginServer::parse(&app.config.cloud.usual_login_server(id.name())),
    };
    if let Ok(likely) = likely {
        let coverage = service.allow_list.coverage(&app.store, &likely).await;
        let coverage = coverage.map_err(|error| MessageError::undecided(&error, Retry::Event(event.clone())))?;
        if coverage == Coverage::Missed {
            let reason = format!("the event comes from a registry that is not known: {id}");
            return Err(MessageError::Permanent(reason));
        }
    }
    tracing::warn!(registry = %id, repository = %event.repository, "{NOT_COVERED}");
    Ok(None)
}

/// Reads a body: none for an event about nothing we keep, the reason for what could never be worked on.
pub(in crate::functions) fn decode(body: &[u8]) -> Result<Option<Asked>, String> {
    let Some(event) = GridEvent::read(body) else {
        return decode_own(body);
    };
    let effect = match event.kind.as_str() {
        "Microsoft.ContainerRegistry.ImagePushed" | "Microsoft.ContainerRegistry.ChartPushed" => EventEffect::Pushed,
        "Microsoft.ContainerRegistry.ImageDeleted" | "Microsoft.ContainerRegistry.ChartDeleted" => EventEffect::Deleted,
        kind => {
            tracing::info!(kind = %sanitize(kind), "an event of another kind is left alone");
            return Ok(None);
        }
    };
    let data = event.data().ok_or("the event has no data that is JSON")?;
    // The same whenever the event is given out again.
    let id = uuid_of(body);
    let source = event.source.as_str().unwrap_or_default();
    let asked = match RegistryId::above(source) {
        Ok(registry_id) => data.of_registry(source, registry_id, effect, id).map(Asked::OfRegistry),
        Err(no_registry) => match data.host().map_err(|error| error.to_string())? {
            Some(login_server) => data.message(login_server, effect, id).map(Asked::Repository),
            None => return Err(no_registry.to_string()),
        },
    };
    asked.map(Some).map_err(|error| error.to_string())
}

/// Reads one of our own messages.
fn decode_own(body: &[u8]) -> Result<Option<Asked>, String> {
    #[derive(Deserialize)]
    struct Tagged {
        kind: String,
    }
    let is_event = serde_json::from_slice::<Tagged>(body).is_ok_and(|tagged| tagged.kind == RepositoryEvent::KIND);
    let asked = match is_event {
        true => decode_message(body).map(Asked::OfRegistry),
        false => decode_message(body).map(Asked::Repository),
    };
    asked
        .map(Some)
        .map_err(|error| format!("neither our message nor an event: {error}"))
}

#[cfg(test)]
#[allow(clippy::panic, reason = "a panic is how a test fails")]
mod tests {
    use super::{Asked, decode};

    fn id(event: &str) -> uuid::Uuid {
        let body = format!(
            r#"{{"type": "Microsoft.ContainerRegistry.ImagePushed", "id": "{event}", "data":
                {{"target": {{"repository": "app"}}, "request": {{"host": "contoso.azurecr.io"}}}}}}"#
        );
        match decode(body.as_bytes()) {
            Ok(Some(Asked::Repository(message))) => message.id,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_event_has_an_id_of_its_own_and_keeps_it() {
        assert_eq!(id("1"), id("1"));
        assert_ne!(id("1"), id("2"));
    }
}
