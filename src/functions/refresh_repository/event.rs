//! What arrives on the queue: our own message, or an Event Grid event in the CloudEvents schema.

use serde::Deserialize;

use crate::functions::service::Service;
use crate::functions::settle::Unsettled;
use crate::inventory::SCHEMA_VERSION;
use crate::inventory::message::{EventEffect, EventHint, RefreshRepository, decode_message};
use crate::names::{Digest, LoginServer, RegistryId, RepositoryName, Tag};

#[derive(Deserialize)]
struct CloudEvent {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    data: Option<EventData>,
}

#[derive(Deserialize)]
struct EventData {
    #[serde(default)]
    target: Option<Target>,
    #[serde(default)]
    request: Option<Request>,
}

#[derive(Deserialize)]
struct Target {
    repository: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
}

#[derive(Deserialize)]
struct Request {
    host: Option<String>,
}

/// Reads a message; none for an event that is about nothing we keep.
pub(super) async fn read(service: &Service, body: &[u8]) -> Result<Option<RefreshRepository>, Unsettled> {
    let is_cloud_event = serde_json::from_slice::<CloudEvent>(body);
    let Ok(event) = is_cloud_event else {
        let message = decode_message(body);
        return message
            .map(Some)
            .map_err(|error| permanent(format!("neither our message nor a CloudEvent: {error}")));
    };
    let effect = match event.kind.as_str() {
        "Microsoft.ContainerRegistry.ImagePushed" | "Microsoft.ContainerRegistry.ChartPushed" => EventEffect::Pushed,
        "Microsoft.ContainerRegistry.ImageDeleted" | "Microsoft.ContainerRegistry.ChartDeleted" => EventEffect::Deleted,
        other => {
            tracing::info!(kind = %crate::inventory::problem::sanitize(other), "an event of another kind is left alone");
            return Ok(None);
        }
    };
    let data = event
        .data
        .ok_or_else(|| permanent("the event has no data".to_owned()))?;
    let target = data
        .target
        .ok_or_else(|| permanent("the event has no target".to_owned()))?;
    let name = target
        .repository
        .ok_or_else(|| permanent("the event names no repository".to_owned()))?;
    let repository = RepositoryName::parse(&name).map_err(|error| permanent(error.to_string()))?;
    let login_server = match data.request.and_then(|request| request.host) {
        Some(host) => LoginServer::parse(&host).map_err(|error| permanent(error.to_string()))?,
        None => by_source(service, &event.source, &repository).await?,
    };
    Ok(Some(RefreshRepository {
        schema_version: SCHEMA_VERSION,
        login_server,
        repository,
        attempt: 0,
        recheck: 0,
        hint: Some(hint(effect, target.digest.as_deref(), target.tag.as_deref())),
    }))
}

/// What an event says, as far as it follows the grammar: a hint need not be understood.
pub(in crate::functions) fn hint(effect: EventEffect, digest: Option<&str>, tag: Option<&str>) -> EventHint {
    EventHint {
        effect,
        digest: digest.and_then(|digest| Digest::parse(digest).ok()),
        tag: tag.and_then(|tag| Tag::parse(tag).ok()),
    }
}

/// Chart events do not carry the host: the registry's ARM id does.
async fn by_source(service: &Service, source: &str, repository: &RepositoryName) -> Result<LoginServer, Unsettled> {
    let id = RegistryId::parse(source).map_err(|error| permanent(error.to_string()))?;
    let found = service.known.login_server_of(&service.app.store, &id).await;
    let found = found.map_err(|error| Unsettled::Host(crate::chain::chain(&error)))?;
    found.ok_or_else(|| {
        permanent(format!(
            "the event about {repository} comes from a registry that is not known"
        ))
    })
}

fn permanent(reason: String) -> Unsettled {
    Unsettled::Permanent(reason)
}
