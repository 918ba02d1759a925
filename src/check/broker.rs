//! The queues: one message sent to each, and one dead letter of each asked for.
//!
//! REST has no operation that only asks for the right. A scheduled message cannot be cancelled over it, one with a short
//! life would end among the dead letters and raise the alarm, and an empty batch has no documented answer. So the message
//! is real and asks for nothing ([`Asks`]): the handlers acknowledge it, and because it is always the same, duplicate
//! detection leaves one of all that were sent within its window. Receiving is tried on the dead letters, which the
//! handlers do not read; one that is there is given back at once.

use std::time::Duration;

use super::fix::{self, Fix, Place, resource_name};
use super::report::{Check, Failed, Row, Rows};
use crate::app::App;
use crate::azure::Failure;
use crate::azure::credential::Identity;
use crate::azure::service_bus::Message;
use crate::config::BrokerConfig;
use crate::inventory::SCHEMA_VERSION;
use crate::inventory::message::Check as Asks;
use crate::inventory::problem_code::ProblemCode;
use crate::posture::remediation::az;

/// Tries both queues.
pub(super) async fn send(app: &App, broker: &BrokerConfig, identity: Option<&Identity>) -> Vec<Row> {
    let mut all = Vec::new();
    for queue in [&broker.registry_queue, &broker.repository_queue] {
        let mut rows = Rows::of(&format!("queue {queue}"));
        let target = Target {
            broker,
            queue,
            identity,
        };
        rows.attempt(Check::SendMessage, target.send(app)).await;
        rows.attempt(Check::ReceiveMessage, target.receive(app)).await;
        all.extend(rows.rows);
    }
    all
}

struct Target<'a> {
    broker: &'a BrokerConfig,
    queue: &'a str,
    identity: Option<&'a Identity>,
}

impl Target<'_> {
    async fn send(&self, app: &App) -> Result<((), String), Failed> {
        let sender = app.sender(self.broker, self.queue).map_err(nobody)?;
        let asks = Asks {
            schema_version: SCHEMA_VERSION,
        };
        let message = Message {
            // Serialising it cannot fail: no maps with non-string keys.
            body: serde_json::to_string(&asks).unwrap_or_default(),
            delay: Duration::ZERO,
        };
        let sent = sender.send(&[message]).await;
        sent.map_err(|failure| self.failed(Check::SendMessage, &failure))?;
        Ok(((), "a message that asks for nothing".to_owned()))
    }

    async fn receive(&self, app: &App) -> Result<((), String), Failed> {
        let failed = |failure: Failure| self.failed(Check::ReceiveMessage, &failure);
        let letters = app.dead_letters(self.broker, self.queue).map_err(nobody)?;
        match letters.lock().await.map_err(failed)? {
            None => Ok(((), "no dead letters".to_owned())),
            Some(letter) => {
                letters.unlock(&letter).await.map_err(failed)?;
                Ok(((), "there are dead letters: acr-inventory replay".to_owned()))
            }
        }
    }

    fn failed(&self, check: Check, failure: &Failure) -> Failed {
        Failed {
            detail: failure.to_string(),
            fixes: self.fixes(check, failure),
        }
    }

    fn fixes(&self, check: Check, failure: &Failure) -> Vec<Fix> {
        let (namespace, queue) = (self.broker.namespace.as_str(), self.queue);
        match failure {
            Failure::Denied { code, .. } if *code == ProblemCode::Credential => Vec::new(),
            Failure::Denied { .. } => fix::roles(check, None, Place::Queue { namespace, queue }, self.identity),
            // The service says 410 too.
            Failure::NotFound { .. } => vec![self.create()],
            Failure::Invalid { detail, .. } if detail.starts_with("410") => vec![self.create()],
            _ => Vec::new(),
        }
    }

    /// As the deployment makes it.
    fn create(&self) -> Fix {
        let create = az("servicebus queue create")
            .option("namespace-name", resource_name(&self.broker.namespace))
            .option("resource-group", "<resource group>")
            .option("name", self.queue)
            .option("lock-duration", "PT5M")
            .option("max-delivery-count", "10")
            .option("enable-dead-lettering-on-message-expiration", "true")
            .option("duplicate-detection", "true");
        let bicep = format!(
            "resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = {{ parent: namespace, name: '{}', properties: {{ lockDuration: 'PT5M', maxDeliveryCount: 10, deadLetteringOnMessageExpiration: true, requiresDuplicateDetection: true }} }}",
            self.queue
        );
        Fix::other("there is no such queue", [create], Some(bicep))
    }
}

/// Nobody to send as.
fn nobody(error: anyhow::Error) -> Failed {
    Failed {
        detail: format!("{error:#}"),
        fixes: vec![fix::sign_in()],
    }
}
