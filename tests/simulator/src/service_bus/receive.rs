//! Peek-Lock Message, Delete Message, Unlock Message and Renew-Lock for a Message.

use axum::http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Queues;
use super::message::Delivery;
use super::reply::error;
use crate::clock::http_date;
use crate::wire::{SimReply, SimRequest, ViewResult};

/// Answers 201 with the message, or 204 at once: the view never waits for `timeout`.
pub(super) fn peek_lock(queues: &mut Queues, queue: &str, request: &SimRequest) -> ViewResult {
    let Some(delivery) = queues.receive(queue) else {
        return Ok(SimReply::status(StatusCode::NO_CONTENT));
    };
    let location = format!(
        "https://{}/{queue}/messages/{}/{}",
        request.host, delivery.sequence_number, delivery.lock
    );
    let content_type = delivery
        .message
        .content_type
        .as_deref()
        .unwrap_or("application/atom+xml;type=entry;charset=utf-8");
    let mut reply = SimReply::status(StatusCode::CREATED)
        .with("content-type", content_type)
        .with("location", &location)
        .with("brokerproperties", &broker_properties(&delivery).to_string());
    for (name, value) in &delivery.message.properties {
        // Application properties come back as headers of their own, strings in quotes.
        let value = HeaderValue::from_str(&value.to_string());
        if let (Ok(name), Ok(value)) = (name.parse::<axum::http::HeaderName>(), value) {
            reply.headers.insert(name, value);
        }
    }
    reply.body = delivery.message.body.clone();
    Ok(reply)
}

/// Settles a locked message; `None` when the method is none of the three operations.
pub(super) fn settle(queues: &mut Queues, queue: &str, method: &Method, id: &str, lock: &str) -> Option<ViewResult> {
    if ![Method::DELETE, Method::PUT, Method::POST].contains(method) {
        return None;
    }
    let now = queues.now();
    let lock = Uuid::parse_str(lock).unwrap_or_default();
    let held = queues.queue(queue).is_some_and(|queue| queue.holds(lock, id, now));
    let done = held
        && match *method {
            Method::DELETE => queues.complete(lock),
            Method::PUT => queues.abandon(lock),
            _ => queues.renew(lock).is_some(),
        };
    Some(Ok(if done {
        SimReply::status(StatusCode::OK)
    } else {
        error(
            StatusCode::NOT_FOUND,
            "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.",
            now,
        )
    }))
}

fn broker_properties(delivery: &Delivery) -> Value {
    let message = &delivery.message;
    let mut properties = Map::new();
    let texts = [
        ("CorrelationId", &message.correlation_id),
        ("Label", &message.label),
        ("ReplyTo", &message.reply_to),
        ("SessionId", &message.session_id),
        ("To", &message.to),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            properties.insert(name.to_owned(), json!(value));
        }
    }
    let time_to_live = (delivery.expires - delivery.enqueued).as_seconds_f64();
    properties.insert("DeliveryCount".to_owned(), json!(delivery.delivery_count));
    properties.insert("EnqueuedTimeUtc".to_owned(), json!(http_date(delivery.enqueued)));
    properties.insert("LockToken".to_owned(), json!(delivery.lock.to_string()));
    properties.insert("LockedUntilUtc".to_owned(), json!(http_date(delivery.locked_until)));
    properties.insert("MessageId".to_owned(), json!(delivery.message_id));
    properties.insert("SequenceNumber".to_owned(), json!(delivery.sequence_number));
    properties.insert("State".to_owned(), json!("Active"));
    properties.insert("TimeToLive".to_owned(), json!(time_to_live));
    Value::Object(properties)
}
