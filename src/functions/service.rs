//! What the functions share: the clients, the senders, the secrets, the registries that may be contacted, the process.

use std::time::Duration;

use serde::Serialize;

use super::allow_list::AllowList;
use super::message_error::Retry;
use super::occupancy::Occupancy;
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
    pub(super) allow_list: AllowList,
    pub(super) occupancy: Occupancy,
}

impl Service {
    /// Builds the senders; sends nothing.
    pub fn new(app: App, serve: &ServeConfig) -> anyhow::Result<Self> {
        let (broker, allow_list) = (&serve.broker, AllowList::new(app.config.selection.clone()));
        Ok(Self {
            registries: app.sender(broker, &broker.registry_queue)?,
            repositories: app.sender(broker, &broker.repository_queue)?,
            app,
            webhook: serve.webhook.clone(),
            allow_list,
            occupancy: Occupancy::default(),
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

    /// Sends a message to the queue that it came from.
    pub(super) async fn send(&self, retry: &Retry, delay: Duration) -> Result<(), Failure> {
        match retry {
            Retry::Registry(message) => self.send_registries(std::slice::from_ref(message), delay).await,
            Retry::Repository(message) => self.send_repositories(std::slice::from_ref(message), delay).await,
            Retry::Event(message) => {
                let messages = encode(std::slice::from_ref(message), delay);
                self.repositories.send(&messages).await
            }
        }
    }

    /// Sends a body to the queue of a function as it is. `given_up` names this one time.
    pub(super) async fn send_raw(
        &self,
        function: &str,
        body: &[u8],
        given_up: &str,
        delay: Duration,
    ) -> Result<(), Failure> {
        let sender = match function {
            "refresh-registry" => &self.registries,
            _ => &self.repositories,
        };
        sender.send_again(body, None, given_up, delay).await.map(drop)
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
