//! What the functions share: the clients, the senders, the secrets, the registries we know.

use std::time::Duration;

use serde::Serialize;

use super::known::Known;
use crate::app::App;
use crate::azure::Failure;
use crate::azure::service_bus::{Message, Sender};
use crate::config::{ServeConfig, WebhookSecrets};
use crate::inventory::message::{RefreshRegistry, RefreshRepository};

/// The function app's state; everything in it can be lost at any moment.
#[derive(Debug)]
pub struct Service {
    pub app: App,
    registries: Sender,
    repositories: Sender,
    pub(super) webhook: Option<WebhookSecrets>,
    pub(super) known: Known,
}

impl Service {
    /// Builds the senders; sends nothing.
    pub fn new(app: App, serve: &ServeConfig) -> anyhow::Result<Self> {
        let (broker, known) = (&serve.broker, Known::new(app.config.selection.login_servers.clone()));
        Ok(Self {
            registries: app.sender(broker, &broker.registry_queue)?,
            repositories: app.sender(broker, &broker.repository_queue)?,
            app,
            webhook: serve.webhook.clone(),
            known,
        })
    }

    /// Sends messages that ask for registries.
    pub(super) async fn send_registries(&self, messages: &[RefreshRegistry], delay: Duration) -> Result<(), Failure> {
        self.registries.send(&encode(messages, delay)).await
    }

    /// Sends messages that ask for repositories.
    pub(super) async fn send_repositories(
        &self,
        messages: &[RefreshRepository],
        delay: Duration,
    ) -> Result<(), Failure> {
        self.repositories.send(&encode(messages, delay)).await
    }
}

fn encode<T: Serialize>(messages: &[T], delay: Duration) -> Vec<Message> {
    // Serialising these types cannot fail: no maps with non-string keys.
    messages
        .iter()
        .map(|message| Message {
            body: serde_json::to_string(message).unwrap_or_default(),
            delay,
        })
        .collect()
}
