//! What the whole host sent, case by case, as the simulated one sends it: every case of the recording is compared here.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use simulator::host::{RetryContext, ScheduleStatus, Sys, encode_admin_message, encode_queue_message, encode_timer};
use simulator::service_bus::{Delivery, Message};

use super::at;
use crate::shared_data::shared;
use crate::simulator_host::handler::start;

/// The lines of the recording.
fn cases() -> Option<Vec<Value>> {
    let lines = shared("functions-host/whole-host.ndjson")?;
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// A text of the metadata: JSON in a string.
fn unquoted(value: &Value) -> String {
    serde_json::from_str(value.as_str().unwrap()).unwrap()
}

fn sys(recorded: &Value) -> Sys {
    let sys = &recorded["Metadata"]["sys"];
    Sys {
        function: sys["MethodName"].as_str().unwrap().to_owned(),
        now: at(sys["UtcNow"].as_str().unwrap()),
        id: sys["RandGuid"].as_str().unwrap().parse().unwrap(),
    }
}

fn data(recorded: &Value) -> Vec<u8> {
    BASE64_STANDARD
        .decode(recorded["Data"]["message"].as_str().unwrap())
        .unwrap()
}

/// The message of a recorded invocation, encoded again.
fn message(recorded: &Value) -> Value {
    let metadata = &recorded["Metadata"];
    let delivery = Delivery {
        message: Message {
            content_type: Some(unquoted(&metadata["ContentType"])),
            ..Message::json(data(recorded))
        },
        message_id: unquoted(&metadata["MessageId"]),
        lock: unquoted(&metadata["LockToken"]).parse().unwrap(),
        locked_until: at("2026-11-22T07:30:00Z"),
        delivery_count: metadata["DeliveryCount"].as_str().unwrap().parse().unwrap(),
        sequence_number: metadata["SequenceNumber"].as_str().unwrap().parse().unwrap(),
        enqueued: at(metadata["EnqueuedTime"].as_str().unwrap()),
        expires: at(metadata["ExpiresAt"].as_str().unwrap()),
    };
    let encoded = encode_queue_message("message", true, &delivery, "127.0.0.1", &sys(recorded));
    // The client's own name for itself is made up.
    let mut encoded: Value = serde_json::from_str(&encoded).unwrap();
    encoded["Metadata"]["Client"]["Identifier"] = metadata["Client"]["Identifier"].clone();
    encoded
}

fn timer(recorded: &Value, invocation_id: &str) -> Value {
    let timer = &recorded["Data"]["timer"];
    let context = &recorded["Metadata"]["RetryContext"];
    let number = |key: &str| u32::try_from(context[key].as_u64().unwrap()).unwrap();
    let retry = RetryContext {
        retry_count: number("RetryCount"),
        max_retry_count: number("MaxRetryCount"),
        invocation_id: invocation_id.parse().unwrap(),
    };
    let last = timer["ScheduleStatus"]["Last"].as_str().unwrap();
    let status = ScheduleStatus {
        last: (!last.starts_with("0001")).then(|| at(last)),
        next: at(timer["ScheduleStatus"]["Next"].as_str().unwrap()),
    };
    let is_past_due = timer["IsPastDue"].as_bool().unwrap();
    let encoded = encode_timer("timer", Some(status), is_past_due, Some(&retry), &sys(recorded));
    // The stack trace is the host's own; its shape is compared elsewhere.
    let mut encoded: Value = serde_json::from_str(&encoded).unwrap();
    encoded["Metadata"]["RetryContext"]["Exception"] = context["Exception"].clone();
    encoded
}

#[test]
fn every_recorded_invocation_is_encoded_alike() {
    let Some(cases) = cases() else { return };
    let mut compared = BTreeSet::new();
    for line in &cases {
        let case = line["case"].as_str().unwrap();
        let Ok(recorded) = serde_json::from_str::<Value>(line["body"].as_str().unwrap()) else {
            panic!("{case} is not JSON");
        };
        let mut headers = line["headers"].as_array().unwrap().iter();
        let id = headers
            .find(|pair| pair[0] == "X-Azure-Functions-InvocationId")
            .unwrap();
        let encoded = match case {
            "admin-queue" => {
                let input = String::from_utf8(data(&recorded)).unwrap();
                let encoded = encode_admin_message("message", &input, &sys(&recorded));
                serde_json::from_str(&encoded).unwrap()
            }
            _ if case.starts_with("sb-") => message(&recorded),
            _ if case.starts_with("timer") => timer(&recorded, id[1].as_str().unwrap()),
            // No invocation: see below.
            _ => continue,
        };
        assert_eq!(encoded, recorded, "{case}");
        compared.insert(case.to_owned());
    }
    let proxied = cases
        .iter()
        .filter(|line| line["case"].as_str().unwrap().starts_with("http-"));
    assert_eq!(compared.len() + proxied.count(), cases.len());
}

#[tokio::test]
async fn a_proxied_request_has_the_recorded_headers() {
    let Some(cases) = cases() else { return };
    let world = start(None, |_| {}).await;
    let mut proxied = 0;
    for line in cases
        .iter()
        .filter(|line| line["case"].as_str().unwrap().starts_with("http-"))
    {
        let pairs: Vec<(String, String)> = serde_json::from_value(line["headers"].clone()).unwrap();
        let is_hosts = |name: &str| name.starts_with("X-") && !name.to_lowercase().contains("key") || name == "Host";
        // What the caller sent is what the host did not add; how the body is framed is not the same on both ways.
        let framing = ["Content-Length", "Transfer-Encoding"];
        let mut sent = HeaderMap::new();
        for (name, value) in &pairs {
            if !is_hosts(name) && !name.starts_with("x-ms-") && !framing.contains(&name.as_str()) {
                sent.insert(
                    HeaderName::try_from(name).unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                );
            }
        }
        sent.insert("x-functions-key", HeaderValue::from_static("simulated-function-key"));
        let forwarded = pairs.iter().find(|(name, _)| name == "X-Forwarded-Host").unwrap();
        sent.insert("host", HeaderValue::from_str(&forwarded.1).unwrap());
        // What the caller says of itself is lost.
        sent.insert("x-forwarded-for", HeaderValue::from_static("203.0.113.9"));
        let path = line["path"].as_str().unwrap();
        let body = line["body"].as_str().unwrap().to_owned();
        let reply = world.host.call_http(Method::POST, path, sent, body.clone()).await;
        assert_eq!(reply.status, 202);
        let seen = world.log.lock().unwrap().pop().unwrap();
        assert_eq!((seen.path.as_str(), seen.body.as_slice()), (path, body.as_bytes()));
        let mut wanted: BTreeSet<String> = pairs.iter().map(|(name, _)| name.to_lowercase()).collect();
        wanted.insert("x-functions-key".to_owned());
        wanted.remove("transfer-encoding");
        wanted.insert("content-length".to_owned());
        let names: BTreeSet<String> = seen.headers.keys().map(ToString::to_string).collect();
        assert_eq!(names, wanted, "{}", line["case"]);
        let header = |name: &str| json!(seen.headers[name].to_str().unwrap());
        assert_eq!(header("x-forwarded-host"), json!(forwarded.1));
        assert_eq!(header("x-forwarded-for"), "127.0.0.1");
        assert_eq!(header("host"), json!(format!("127.0.0.1:{}", world.host.port())));
        assert_eq!(header("x-ms-invocation-id"), header("x-azure-functions-invocationid"));
        proxied += 1;
    }
    assert_eq!(proxied, 2);
}
