//! Turns a trigger into the body that the host posts: `Data` and `Metadata`, encoded by the host's odd rules.
//!
//! Rules (recorded from host 4.1037): bytes become base64; dates lose their fraction and `DateTime` its zone; objects
//! stay objects; everything else, strings included, becomes a string that holds JSON.

mod dates;
mod promotion;
mod retry_context;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use self::dates::{precise, utc_ticks, whole_seconds, whole_seconds_offset};
use self::promotion::promote;
pub use self::retry_context::RetryContext;
use crate::service_bus::Delivery;

/// The version that the simulated host reports.
pub const HOST_VERSION: &str = "4.1037.0.0";

/// How the body of an invocation is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `Transfer-Encoding: chunked`, as in Azure.
    Chunked,
    /// `Content-Length`, as under Core Tools.
    Sized,
}

/// The part of `Metadata` that every invocation has.
#[derive(Debug, Clone)]
pub struct Sys {
    pub function: String,
    pub now: OffsetDateTime,
    pub id: Uuid,
}

/// `ScheduleStatus` of a monitored timer.
#[derive(Debug, Clone, Copy)]
pub struct ScheduleStatus {
    /// `None`: the timer never ran; that is year 1.
    pub last: Option<OffsetDateTime>,
    pub next: OffsetDateTime,
}

/// Keeps the order in which the host writes metadata.
pub(super) type Fields = Vec<(String, Value)>;

/// Body of a timer invocation. `status` is `None` when the timer is not monitored, `retry` when it has no retry policy.
pub fn encode_timer(
    binding: &str,
    status: Option<ScheduleStatus>,
    is_past_due: bool,
    retry: Option<&RetryContext>,
    sys: &Sys,
) -> String {
    let status = status.map(|status| {
        let last = status.last.map_or("0001-01-01T00:00:00+00:00".to_owned(), precise);
        json!({"Last": last, "Next": precise(status.next), "LastUpdated": last})
    });
    let timer = json!({
        "Schedule": {"AdjustForDST": true},
        "ScheduleStatus": status,
        "IsPastDue": is_past_due,
    });
    let mut metadata = vec![sys_field(sys)];
    metadata.extend(retry.map(|retry| ("RetryContext".to_owned(), retry.encode(&sys.function))));
    document(binding, timer, metadata)
}

/// Body of a Service Bus invocation with `cardinality: one`.
pub fn encode_queue_message(binding: &str, is_binary: bool, delivery: &Delivery, namespace: &str, sys: &Sys) -> String {
    let mut metadata = queue_metadata(delivery, namespace);
    metadata.push(sys_field(sys));
    let body = &delivery.message.body;
    let data = if is_binary {
        Value::String(BASE64_STANDARD.encode(body))
    } else {
        let text = String::from_utf8_lossy(body);
        promote(&mut metadata, &text);
        quoted(&text)
    };
    metadata.retain(|(key, _)| !key.to_lowercase().ends_with("trigger"));
    document(binding, data, metadata)
}

/// Body of an invocation of a Service Bus function by `POST /admin/functions/NAME`: a message that no queue ever had.
pub fn encode_admin_message(binding: &str, input: &str, sys: &Sys) -> String {
    let (never, ever) = ("0001-01-01T00:00:00", "9999-12-31T23:59:59");
    let mut metadata: Fields = Vec::new();
    let mut add = |key: &str, value: Value| metadata.push((key.to_owned(), value));
    add("DeliveryCount", json!("0"));
    add("LockToken", quoted(&Uuid::nil().to_string()));
    add("ExpiresAtUtc", json!(ever));
    add("ExpiresAt", json!(format!("{ever}+00:00")));
    add("EnqueuedTimeUtc", json!(never));
    add("EnqueuedTime", json!(format!("{never}+00:00")));
    add("SequenceNumber", json!("-1"));
    add("ApplicationProperties", json!({}));
    add("UserProperties", json!({}));
    // The one key more that a message from a queue does not have.
    add(binding, quoted(input));
    metadata.push(sys_field(sys));
    document(binding, Value::String(BASE64_STANDARD.encode(input)), metadata)
}

/// A string value: JSON inside a JSON string.
pub(super) fn quoted(text: &str) -> Value {
    Value::String(Value::String(text.to_owned()).to_string())
}

fn queue_metadata(delivery: &Delivery, namespace: &str) -> Fields {
    let message = &delivery.message;
    let properties = Value::Object(message.properties.clone());
    let client = json!({
        "FullyQualifiedNamespace": namespace, "IsClosed": false, "TransportType": 0,
        "Identifier": format!("{namespace}-4e773554"),
    });
    let mut fields: Fields = Vec::new();
    let mut add = |key: &str, value: Value| fields.push((key.to_owned(), value));
    for key in [
        "MessageReceiver",
        "MessageSession",
        "MessageActions",
        "SessionActions",
        "ReceiveActions",
    ] {
        add(key, json!({}));
    }
    add("Client", client);
    add("DeliveryCount", json!(delivery.delivery_count.to_string()));
    add("LockToken", quoted(&delivery.lock.to_string()));
    add("ExpiresAtUtc", json!(whole_seconds(delivery.expires)));
    add("ExpiresAt", json!(whole_seconds_offset(delivery.expires)));
    add("EnqueuedTimeUtc", json!(whole_seconds(delivery.enqueued)));
    add("EnqueuedTime", json!(whole_seconds_offset(delivery.enqueued)));
    add("MessageId", quoted(&delivery.message_id));
    let texts = [
        ("ContentType", &message.content_type),
        ("CorrelationId", &message.correlation_id),
        ("Subject", &message.label),
        ("Label", &message.label),
        ("ReplyTo", &message.reply_to),
        ("To", &message.to),
        ("SessionId", &message.session_id),
    ];
    for (key, value) in texts {
        if let Some(value) = value {
            add(key, quoted(value));
        }
    }
    add("SequenceNumber", json!(delivery.sequence_number.to_string()));
    add("ApplicationProperties", properties.clone());
    add("UserProperties", properties);
    fields
}

fn sys_field(sys: &Sys) -> (String, Value) {
    let value = json!({
        "MethodName": sys.function, "UtcNow": utc_ticks(sys.now), "RandGuid": sys.id.to_string(),
    });
    ("sys".to_owned(), value)
}

fn document(binding: &str, data: Value, metadata: Fields) -> String {
    struct Ordered(Fields);
    impl Serialize for Ordered {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
        }
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Invocation {
        data: Ordered,
        metadata: Ordered,
    }
    let invocation = Invocation {
        data: Ordered(vec![(binding.to_owned(), data)]),
        metadata: Ordered(metadata),
    };
    // Maps with text keys always serialise.
    serde_json::to_string(&invocation).unwrap_or_default()
}
