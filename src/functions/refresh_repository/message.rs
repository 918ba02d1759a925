//! What arrives on the queue: our own message, or an Event Grid event in the CloudEvents schema.

use serde::Deserialize;

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

#[derive(Deserialize)]
struct CloudEvent {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    data: Option<EventData>,
}

/// What a body asks for before anything is looked up.
#[derive(Debug, Clone)]
pub(in crate::functions) enum Asked {
    /// A message, or an event that says all that a message does.
    Repository(RefreshRepository),
    /// Chart events do not carry the host: the registry's ARM id does.
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
    let found = service.allow_list.login_server_of(&app.store, id).await;
    let found = found.map_err(|error| MessageError::undecided(&error, Retry::Event(event.clone())))?;
    if let Some(login_server) = found {
        return Ok(Some(event.at(login_server)));
    }
    // Most login servers follow from the name of the registry. One that does not is left to the run that finds it.
    let likely = format!("{}{}", id.name().to_lowercase(), app.config.cloud.login_server_suffix);
    if let Ok(likely) = LoginServer::parse(&likely) {
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
    let Ok(event) = serde_json::from_slice::<CloudEvent>(body) else {
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
    let data = event.data.ok_or("the event has no data")?;
    // The same whenever the event is given out again.
    let id = uuid_of(body);
    let asked = match data.login_server().map_err(|error| error.to_string())? {
        Some(login_server) => data.message(login_server, effect, id).map(Asked::Repository),
        None => {
            let registry_id = RegistryId::parse(&event.source).map_err(|error| error.to_string())?;
            data.of_registry(registry_id, effect, id).map(Asked::OfRegistry)
        }
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
        .map_err(|error| format!("neither our message nor a CloudEvent: {error}"))
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
