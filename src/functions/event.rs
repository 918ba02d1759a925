//! What registries say of an event, in their own webhooks and in Event Grid alike: target and request.

use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::inventory::SCHEMA_VERSION;
use crate::inventory::message::{EventEffect, EventHint, RefreshRepository, RepositoryEvent, Tries};
use crate::names::{Digest, LoginServer, NameError, RegistryId, RepositoryName, Tag};

/// The part of an event that names what it is about. Everything in it is the sender's word; only the repository has to
/// be understood.
#[derive(Debug, Default, Deserialize)]
pub(super) struct EventData {
    #[serde(default)]
    target: Value,
    #[serde(default)]
    request: Value,
    #[serde(default)]
    timestamp: Value,
    #[serde(default, rename = "connectedRegistry")]
    connected_registry: Value,
    /// The same, as connected registries write it.
    #[serde(default, rename = "connectedregistry")]
    connected_registry_lower: Value,
}

/// An event that names nothing that could be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum EventError {
    #[error("the event has no target")]
    NoTarget,
    #[error("the event names no repository")]
    NoRepository,
    #[error(transparent)]
    Name(#[from] NameError),
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// Whether an ARM id is that of a connected registry.
fn is_below(source: &str) -> bool {
    source.to_ascii_lowercase().contains("/connectedregistries/")
}

impl EventData {
    /// The login server that the client's host leads to; events of charts and of connected registries name no host.
    pub(super) fn host(&self) -> Result<Option<LoginServer>, EventError> {
        let host = text(&self.request, "host");
        Ok(host.map(LoginServer::of_host).transpose()?)
    }

    /// The repository that the event names.
    pub(super) fn repository(&self) -> Result<RepositoryName, EventError> {
        if !self.target.is_object() {
            return Err(EventError::NoTarget);
        }
        let name = text(&self.target, "repository").ok_or(EventError::NoRepository)?;
        Ok(RepositoryName::parse(name)?)
    }

    /// The message that asks for the repository to be read again, by the id of the event. The rest of the event becomes
    /// a hint, as far as it follows the grammar: a hint need not be understood.
    pub(super) fn message(
        &self,
        login_server: LoginServer,
        effect: EventEffect,
        id: Uuid,
    ) -> Result<RefreshRepository, EventError> {
        Ok(RefreshRepository {
            schema_version: SCHEMA_VERSION,
            login_server,
            repository: self.repository()?,
            id,
            tries: Tries::default(),
            recheck: 0,
            hint: self.hint(effect, false),
        })
    }

    /// The same where the event says by an ARM id whose it is: the registry's, or that of a connected registry below it.
    pub(super) fn of_registry(
        &self,
        source: &str,
        registry_id: RegistryId,
        effect: EventEffect,
        id: Uuid,
    ) -> Result<RepositoryEvent, EventError> {
        Ok(RepositoryEvent {
            schema_version: SCHEMA_VERSION,
            registry_id,
            // The host of a connected registry is one on premises.
            host: self.host().ok().flatten(),
            repository: self.repository()?,
            id,
            tries: Tries::default(),
            hint: self.hint(effect, is_below(source)),
        })
    }

    /// What a connected registry says is about itself, on premises, and by its own clock.
    fn hint(&self, effect: EventEffect, is_connected: bool) -> Option<EventHint> {
        let is_connected =
            is_connected || self.connected_registry.is_object() || self.connected_registry_lower.is_object();
        // What was deleted there may stay in its parent for ever.
        if is_connected && effect == EventEffect::Deleted {
            return None;
        }
        let at = self.timestamp.as_str().filter(|_| !is_connected);
        Some(EventHint {
            effect,
            digest: text(&self.target, "digest").and_then(|digest| Digest::parse(digest).ok()),
            tag: text(&self.target, "tag").and_then(|tag| Tag::parse(tag).ok()),
            at: at
                .filter(|at| OffsetDateTime::parse(at, &Rfc3339).is_ok())
                .map(str::to_owned),
        })
    }
}
