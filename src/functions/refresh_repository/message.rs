//! What arrives on the queue: our own message, or an Event Grid event in the CloudEvents schema.

use serde::Deserialize;

use crate::chain::chain;
use crate::functions::event::EventData;
use crate::functions::service::Service;
use crate::functions::settle::Unsettled;
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

/// Reads a message; none for an event that is about nothing we keep.
pub(super) async fn read(service: &Service, body: &[u8]) -> Result<Option<RefreshRepository>, Unsettled> {
    let Ok(event) = serde_json::from_slice::<CloudEvent>(body) else {
        let message = decode_message(body);
        return message
            .map(Some)
            .map_err(|error| permanent(format!("neither our message nor a CloudEvent: {error}")));
    };
    let effect = match event.kind.as_str() {
        "Microsoft.ContainerRegistry.ImagePushed" | "Microsoft.ContainerRegistry.ChartPushed" => EventEffect::Pushed,
        "Microsoft.ContainerRegistry.ImageDeleted" | "Microsoft.ContainerRegistry.ChartDeleted" => EventEffect::Deleted,
        other => {
            tracing::info!(kind = %sanitize(other), "an event of another kind is left alone");
            return Ok(None);
        }
    };
    let data = event.data.ok_or_else(|| permanent("the event has no data"))?;
    let login_server = match data.login_server().map_err(permanent)? {
        Some(login_server) => login_server,
        None => by_source(service, &event.source).await?,
    };
    data.message(login_server, effect).map(Some).map_err(permanent)
}

/// Chart events do not carry the host: the registry's ARM id does.
async fn by_source(service: &Service, source: &str) -> Result<LoginServer, Unsettled> {
    let id = RegistryId::parse(source).map_err(permanent)?;
    let found = service.known.login_server_of(&service.app.store, &id).await;
    let found = found.map_err(|error| Unsettled::Host(chain(&error)))?;
    found.ok_or_else(|| permanent(format!("the event comes from a registry that is not known: {id}")))
}

fn permanent(reason: impl std::fmt::Display) -> Unsettled {
    Unsettled::Permanent(reason.to_string())
}
