//! Send Message and Send Message Batch: reading what a client sent into [`Message`]s.

use std::time::Duration;

use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::message::Message;
use super::reply::{error, parse_date};
use super::{MAX_MESSAGE_BYTES, Queues};
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};

/// Content type that makes a body a batch.
const BATCH: &str = "application/vnd.microsoft.servicebus.json";

/// Properties that a sender may set; others (`LockToken`, `SequenceNumber`, …) belong to the service.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
struct BrokerProperties {
    message_id: Option<String>,
    session_id: Option<String>,
    correlation_id: Option<String>,
    label: Option<String>,
    reply_to: Option<String>,
    to: Option<String>,
    content_type: Option<String>,
    /// Seconds.
    time_to_live: Option<f64>,
    scheduled_enqueue_time_utc: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BatchItem {
    body: String,
    #[serde(default)]
    broker_properties: BrokerProperties,
    #[serde(default)]
    user_properties: Map<String, Value>,
}

pub(super) fn send(queues: &mut Queues, queue: &str, request: &SimRequest) -> ViewResult {
    let now = queues.now();
    if request.body.len() > MAX_MESSAGE_BYTES {
        let detail = format!(
            "The message size {} exceeds the limit of {MAX_MESSAGE_BYTES} bytes: message too large.",
            request.body.len()
        );
        return Ok(error(StatusCode::FORBIDDEN, &detail, now));
    }
    let is_batch = request
        .header("content-type")
        .is_some_and(|value| value.starts_with(BATCH));
    let messages = if is_batch {
        read_batch(request)
    } else {
        read_single(request)
    };
    match messages {
        Ok(messages) => {
            for message in messages {
                queues.send(queue, message);
            }
            Ok(SimReply::status(StatusCode::CREATED).with("content-type", "application/xml; charset=utf-8"))
        }
        Err(Malformed::Request(detail)) => Ok(error(StatusCode::BAD_REQUEST, &detail, now)),
        Err(Malformed::Unknown(detail)) => Err(Refusal(detail)),
    }
}

enum Malformed {
    /// The service answers 400.
    Request(String),
    /// The simulator does not know this property.
    Unknown(String),
}

fn read_single(request: &SimRequest) -> Result<Vec<Message>, Malformed> {
    let properties = match request.header("brokerproperties") {
        Some(text) => serde_json::from_str(text).map_err(|error| judge(&error, "BrokerProperties"))?,
        None => BrokerProperties::default(),
    };
    let content_type = request.header("content-type").map(str::to_owned);
    let mut message = message(request.body.clone(), properties, Map::new())?;
    message.content_type = content_type;
    Ok(vec![message])
}

fn read_batch(request: &SimRequest) -> Result<Vec<Message>, Malformed> {
    let items: Vec<BatchItem> = serde_json::from_slice(&request.body).map_err(|error| judge(&error, "batch"))?;
    items
        .into_iter()
        .map(|item| message(item.body.into(), item.broker_properties, item.user_properties))
        .collect()
}

fn judge(error: &serde_json::Error, what: &str) -> Malformed {
    let text = format!("service bus: {what}: {error}");
    if text.contains("unknown field") {
        Malformed::Unknown(text)
    } else {
        Malformed::Request(text)
    }
}

fn message(body: Bytes, broker: BrokerProperties, properties: Map<String, Value>) -> Result<Message, Malformed> {
    let scheduled_enqueue_time = match broker.scheduled_enqueue_time_utc {
        Some(text) => Some(
            parse_date(&text)
                .ok_or_else(|| Malformed::Request(format!("ScheduledEnqueueTimeUtc {text} is not a date.")))?,
        ),
        None => None,
    };
    let time_to_live = match broker.time_to_live {
        Some(seconds) => Some(
            Duration::try_from_secs_f64(seconds)
                .map_err(|_| Malformed::Request(format!("TimeToLive {seconds} is not a number of seconds.")))?,
        ),
        None => None,
    };
    // Service Bus: a MessageId has at most 128 characters.
    if broker
        .message_id
        .as_ref()
        .is_some_and(|id| id.is_empty() || id.chars().count() > 128)
    {
        return Err(Malformed::Request(
            "MessageId must have 1 to 128 characters.".to_owned(),
        ));
    }
    Ok(Message {
        body,
        content_type: broker.content_type,
        message_id: broker.message_id,
        session_id: broker.session_id,
        correlation_id: broker.correlation_id,
        label: broker.label,
        reply_to: broker.reply_to,
        to: broker.to,
        scheduled_enqueue_time,
        time_to_live,
        properties,
    })
}
