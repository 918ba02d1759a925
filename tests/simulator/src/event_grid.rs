//! Event Grid of the simulated tenant: system topics of registries, and subscriptions that deliver into a queue.
//!
//! What its documentation says and its users meet: a subscription with an identity is taken only if that identity may
//! deliver at that moment; behind a firewall only system-assigned identities get through; what cannot be delivered goes
//! among the dead letters, and where that cannot be either, it is dropped. Attempts do not take time here: what cannot be
//! delivered now is given up now.

use std::collections::BTreeMap;

use serde_json::Value;

use super::service_bus::{Message, Queues};
use super::world::World;

/// Role ids: Azure Service Bus Data Sender, and Storage Blob Data Contributor.
const SENDER: &str = "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39";
const BLOB_CONTRIBUTOR: &str = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

/// Who delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The topic's own; its principal.
    SystemAssigned(String),
    /// One that was made beside it; its principal.
    UserAssigned(String),
}

impl Identity {
    fn principal(&self) -> &str {
        match self {
            Self::SystemAssigned(principal) | Self::UserAssigned(principal) => principal,
        }
    }
}

/// Where a subscription delivers, by resource ids.
#[derive(Debug, Clone)]
pub struct Subscription {
    pub queue: String,
    pub dead_letters: String,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    Delivered,
    DeadLettered,
    Dropped,
}

#[derive(Debug)]
struct Topic {
    identity: Identity,
    subscriptions: BTreeMap<String, Subscription>,
}

/// All topics.
#[derive(Debug, Default)]
pub struct EventGrid {
    topics: BTreeMap<String, Topic>,
    /// The queue and the storage account let in who is in their network, and trusted services with an identity of their
    /// own.
    pub is_behind_firewall: bool,
    /// What lies in the container of dead letters.
    pub dead_letters: Vec<Value>,
}

impl EventGrid {
    /// Makes a topic, or gives the one that is there this identity.
    pub fn make_topic(&mut self, name: &str, identity: Identity) {
        match self.topics.get_mut(name) {
            Some(topic) => topic.identity = identity,
            None => {
                let subscriptions = BTreeMap::new();
                let topic = Topic {
                    identity,
                    subscriptions,
                };
                self.topics.insert(name.to_owned(), topic);
            }
        }
    }

    /// Makes a subscription, or puts it in the place of the one that is there.
    pub fn subscribe(
        &mut self,
        world: &World,
        topic: &str,
        name: &str,
        subscription: Subscription,
    ) -> Result<(), String> {
        let found = self.topics.get_mut(topic);
        let found = found.ok_or_else(|| format!("ResourceNotFound: there is no system topic {topic}"))?;
        let principal = found.identity.principal();
        for (role, scope) in [
            (SENDER, &subscription.queue),
            (BLOB_CONTRIBUTOR, &subscription.dead_letters),
        ] {
            if !world.holds_role(principal, role, scope) {
                return Err(format!(
                    "Managed Identity Authorization Error: {principal} has no access to {scope}"
                ));
            }
        }
        found.subscriptions.insert(name.to_owned(), subscription);
        Ok(())
    }

    /// Delivers an event of a topic to each of its subscriptions.
    pub fn deliver(&mut self, world: &World, queues: &mut Queues, topic: &str, event: &Value) -> Vec<Delivery> {
        let Some(topic) = self.topics.get(topic) else {
            return Vec::new();
        };
        let gets_through = !self.is_behind_firewall || matches!(topic.identity, Identity::SystemAssigned(_));
        let may = |role, scope: &str| gets_through && world.holds_role(topic.identity.principal(), role, scope);
        let deliver = |subscription: &Subscription| {
            let name = subscription.queue.rsplit('/').next().unwrap_or_default();
            if may(SENDER, &subscription.queue) && queues.send(name, Message::json(event.to_string())) {
                Delivery::Delivered
            } else if may(BLOB_CONTRIBUTOR, &subscription.dead_letters) {
                Delivery::DeadLettered
            } else {
                Delivery::Dropped
            }
        };
        let ends: Vec<Delivery> = topic.subscriptions.values().map(deliver).collect();
        let given_up = ends.iter().filter(|end| **end == Delivery::DeadLettered);
        self.dead_letters.extend(given_up.map(|_| event.clone()));
        ends
    }
}
