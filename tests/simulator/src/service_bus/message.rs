//! What a queue holds: messages, deliveries of them, dead letters.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use uuid::Uuid;

/// A message as a sender gives it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Message {
    pub body: Bytes,
    pub content_type: Option<String>,
    /// Key of duplicate detection; a random one is given when the sender has none.
    pub message_id: Option<String>,
    /// Kept for the receiver; the simulated queues have no sessions.
    pub session_id: Option<String>,
    pub correlation_id: Option<String>,
    /// Called `Label` by REST and `Subject` by the newer clients.
    pub label: Option<String>,
    pub reply_to: Option<String>,
    pub to: Option<String>,
    /// Not visible before this time.
    pub scheduled_enqueue_time: Option<OffsetDateTime>,
    pub time_to_live: Option<Duration>,
    /// Application properties (`UserProperties` in a REST batch).
    pub properties: Map<String, Value>,
}

impl Message {
    /// A JSON message without any property.
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            content_type: Some("application/json".to_owned()),
            ..Self::default()
        }
    }

    /// The same message with this MessageId.
    pub fn with_id(mut self, message_id: &str) -> Self {
        self.message_id = Some(message_id.to_owned());
        self
    }
}

/// One delivery of a message under a lock.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub message: Message,
    pub message_id: String,
    /// Give this to `complete`, `abandon` or `renew`.
    pub lock: Uuid,
    pub locked_until: OffsetDateTime,
    /// 1 at the first delivery.
    pub delivery_count: u32,
    pub sequence_number: u64,
    pub enqueued: OffsetDateTime,
    /// When the message's time to live ends.
    pub expires: OffsetDateTime,
}

/// A message that the queue gave up.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    pub message: Message,
    pub message_id: String,
    /// `MaxDeliveryCountExceeded` or `TTLExpiredException`.
    pub reason: &'static str,
    pub delivery_count: u32,
    pub sequence_number: u64,
}
