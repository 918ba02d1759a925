//! Service Bus through its REST API: sending, and taking dead letters.
//!
//! The published client takes shared keys only, and an output binding can set neither a message id nor a scheduled
//! time. All that the rest of the crate knows of the broker is [`Sender`] and [`DeadLetters`], so that the official
//! client can take their place.

mod dead_letters;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use azure_core::http::{Method, Request};
use serde::Serialize;
use time::macros::format_description;
use url::Url;

use super::{Failure, Sdk};
use crate::hash::sha256;
use crate::inventory::problem_code::ProblemCode;
pub use dead_letters::{DeadLetter, DeadLetters};

/// Scope of Service Bus tokens, the same in every cloud.
pub const SCOPE: &str = "https://servicebus.azure.net/.default";
/// A batch is at most this large, bytes; the service takes 256 KiB on the Standard tier, headers included.
const BATCH_CAP: usize = 180 << 10;
/// And has at most this many messages.
const BATCH_LIMIT: usize = 100;

/// One message to send.
#[derive(Debug, Clone)]
pub struct Message {
    pub body: String,
    /// Not delivered before this has passed.
    pub delay: Duration,
}

/// Sends to one queue.
#[derive(Debug, Clone)]
pub struct Sender {
    url: Url,
    queue: String,
    sdk: Sdk,
    /// Seconds that the broker's clock is ahead of ours, by its last answer. It delivers by its own: by a clock that is
    /// behind, what is sent for later would come at once, again and again.
    ahead: Arc<AtomicI64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BrokerProperties {
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_enqueue_time_utc: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BatchItem<'a> {
    body: &'a str,
    broker_properties: BrokerProperties,
}

impl Sender {
    /// `namespace` is the fully qualified name, e.g. `contoso.servicebus.windows.net`.
    pub fn new(namespace: &str, queue: &str, sdk: Sdk) -> Result<Self, url::ParseError> {
        let url = Url::parse(&format!("https://{namespace}/{queue}/messages?timeout=60"))?;
        Ok(Self {
            url,
            queue: queue.to_owned(),
            sdk,
            ahead: Arc::default(),
        })
    }

    /// Sends all messages, in batches. The id of a message is the hash of its body, so that the broker's duplicate
    /// detection takes what is sent twice for one: after an error, or by a handler that was given its message twice. A
    /// body therefore has to say which piece of work it is about; one that only named its subject would let a message be
    /// swallowed that is needed.
    ///
    /// On an error some batches may have been sent; sending all again only repeats work.
    pub async fn send(&self, messages: &[Message]) -> Result<(), Failure> {
        let mut rest = messages;
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(batch_length(rest));
            self.send_batch(batch).await?;
            rest = after;
        }
        Ok(())
    }

    /// Sends a body that was a message before and was given up, to be delivered after `delay`. Its id is not that of the
    /// first time, which duplicate detection may still remember: the message would be taken for sent, and be lost. It
    /// follows from `given_up`, which names this one giving up, so that sending the same dead letter twice adds one
    /// message at most. The new id.
    pub async fn send_again(
        &self,
        body: &[u8],
        content_type: Option<&str>,
        given_up: &str,
        delay: Duration,
    ) -> Result<String, Failure> {
        let target = format!("POST {}", self.queue);
        let mut hashed = format!("{given_up}\n").into_bytes();
        hashed.extend_from_slice(body);
        let id = sha256(&hashed);
        let properties = BrokerProperties {
            message_id: id.clone(),
            scheduled_enqueue_time_utc: self.due_after(delay),
        };
        let properties = serde_json::to_string(&properties)
            .map_err(|error| Failure::invalid(target.clone(), ProblemCode::Malformed, error))?;
        let mut request = Request::new(self.url.clone(), Method::Post);
        request.insert_header("content-type", content_type.unwrap_or("application/json").to_owned());
        request.insert_header("brokerproperties", properties);
        request.set_body(body.to_vec());
        self.post(request, &target).await?;
        Ok(id)
    }

    async fn send_batch(&self, batch: &[Message]) -> Result<(), Failure> {
        let target = format!("POST {}", self.queue);
        let items: Vec<BatchItem> = batch
            .iter()
            .map(|message| BatchItem {
                body: &message.body,
                broker_properties: BrokerProperties {
                    message_id: sha256(message.body.as_bytes()),
                    scheduled_enqueue_time_utc: self.due_after(message.delay),
                },
            })
            .collect();
        let body = serde_json::to_vec(&items)
            .map_err(|error| Failure::invalid(target.clone(), ProblemCode::Malformed, error))?;
        let mut request = Request::new(self.url.clone(), Method::Post);
        request.insert_header("content-type", "application/vnd.microsoft.servicebus.json");
        request.set_body(body);
        self.post(request, &target).await
    }

    async fn post(&self, request: Request, target: &str) -> Result<(), Failure> {
        let answer = self.sdk.send(request, target).await?;
        let date = answer.headers().get_optional_str(&"date".into());
        if let Some(theirs) = date.and_then(|date| azure_core::time::parse_rfc7231(date).ok()) {
            let ahead = (theirs - crate::clock::now()).whole_seconds();
            self.ahead.store(ahead, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The time that is so far ahead by the broker's clock, as the broker reads it; none for now.
    fn due_after(&self, delay: Duration) -> Option<String> {
        let format =
            format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
        let ahead = time::Duration::seconds(self.ahead.load(Ordering::Relaxed));
        let due = crate::clock::now() + ahead + delay;
        (!delay.is_zero()).then(|| due.format(&format).unwrap_or_default())
    }
}

fn batch_length(messages: &[Message]) -> usize {
    // Escaping at most doubles a JSON body; ids and braces are the rest.
    let mut size = 0;
    let fits = messages.iter().take(BATCH_LIMIT).take_while(|message| {
        size += message.body.len() * 2 + 200;
        size <= BATCH_CAP
    });
    fits.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::{BATCH_LIMIT, Message, batch_length};
    use std::time::Duration;

    #[test]
    fn batches_are_bounded_in_count_and_size() {
        let message = |size| Message {
            body: "x".repeat(size),
            delay: Duration::ZERO,
        };
        assert_eq!(batch_length(&vec![message(10); 1000]), BATCH_LIMIT);
        assert_eq!(batch_length(&vec![message(50_000); 10]), 1);
        assert_eq!(batch_length(&[message(1 << 20)]), 1);
    }
}
