//! What registries say of an event, in their own webhooks and in Event Grid alike: target and request.

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::inventory::SCHEMA_VERSION;
use crate::inventory::message::{EventEffect, EventHint, RefreshRepository, RepositoryEvent, Tries};
use crate::names::{Digest, LoginServer, NameError, RegistryId, RepositoryName, Tag};

/// The part of an event that names what it is about. Everything in it is the sender's word.
#[derive(Debug, Default, Deserialize)]
pub(super) struct EventData {
    #[serde(default)]
    target: Option<Target>,
    #[serde(default)]
    request: Option<Request>,
    #[serde(default)]
    timestamp: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    repository: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Request {
    host: Option<String>,
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

impl EventData {
    /// The login server that the event names; chart events of Event Grid name none.
    pub(super) fn login_server(&self) -> Result<Option<LoginServer>, EventError> {
        let host = self.request.as_ref().and_then(|request| request.host.as_deref());
        Ok(host.map(LoginServer::parse).transpose()?)
    }

    /// The repository that the event names.
    pub(super) fn repository(&self) -> Result<RepositoryName, EventError> {
        let target = self.target.as_ref().ok_or(EventError::NoTarget)?;
        let name = target.repository.as_deref().ok_or(EventError::NoRepository)?;
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
            hint: Some(self.hint(effect)?),
        })
    }

    /// The same where the event names its registry by the ARM id alone.
    pub(super) fn of_registry(
        &self,
        registry_id: RegistryId,
        effect: EventEffect,
        id: Uuid,
    ) -> Result<RepositoryEvent, EventError> {
        Ok(RepositoryEvent {
            schema_version: SCHEMA_VERSION,
            registry_id,
            repository: self.repository()?,
            id,
            tries: Tries::default(),
            hint: Some(self.hint(effect)?),
        })
    }

    fn hint(&self, effect: EventEffect) -> Result<EventHint, EventError> {
        let target = self.target.as_ref().ok_or(EventError::NoTarget)?;
        Ok(EventHint {
            effect,
            digest: target.digest.as_deref().and_then(|digest| Digest::parse(digest).ok()),
            tag: target.tag.as_deref().and_then(|tag| Tag::parse(tag).ok()),
            at: self
                .timestamp
                .clone()
                .filter(|at| OffsetDateTime::parse(at, &Rfc3339).is_ok()),
        })
    }
}
