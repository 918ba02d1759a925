//! Invocations recorded from the real Functions host: decoded, and sent as they were to the handler
//! (`ACR_INVENTORY_TEST_PACKAGE`: of that package).

use std::collections::BTreeSet;

use acr_inventory::functions::protocol::{FromInvocation as _, HttpRequest, Invocation, QueueMessage, Timer};
use serde_json::{Value, json};
use simulator::Options;
use simulator::host::{Answer, judge};
use simulator::tenant::Tenant;
use simulator::world::World;

use crate::handler_process::Handler;
use crate::log_lines::check_lines;
use crate::shared_data::shared;

struct Recorded {
    case: String,
    host: String,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

fn recorded() -> Option<Vec<Recorded>> {
    recorded_in("functions-host/invocations.ndjson")
}

fn recorded_in(file: &str) -> Option<Vec<Recorded>> {
    let text = shared(file)?;
    let lines = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers = line["headers"].as_array().unwrap().iter();
        Recorded {
            case: text(&line["case"]),
            host: text(&line["host"]),
            method: text(&line["method"]),
            path: text(&line["path"]),
            headers: headers.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            body: text(&line["body"]),
        }
    });
    Some(lines.collect())
}

impl Recorded {
    fn label(&self) -> String {
        format!("{} by {}", self.case, self.host)
    }

    fn queue_message(&self) -> Vec<u8> {
        let invocation = Invocation::decode(self.body.as_bytes()).unwrap();
        QueueMessage::from_invocation(invocation).unwrap().body
    }

    fn delivery_count(&self) -> u32 {
        let invocation = Invocation::decode(self.body.as_bytes()).unwrap();
        QueueMessage::from_invocation(invocation).unwrap().delivery_count
    }

    fn is_queue(&self) -> bool {
        self.path == "/refresh-registry"
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The request as it went over the wire: these headers in this order, and their framing.
    fn bytes(&self, port: u16) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {}\r\n", value.replace("PORT", &port.to_string())));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        let body = self.body.as_bytes();
        if self.header("Transfer-Encoding") != Some("chunked") {
            bytes.extend_from_slice(body);
            return bytes;
        }
        // The chunks' sizes are the host's buffers and say nothing; these cut characters in two.
        for chunk in body.chunks(509) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        bytes
    }
}

#[test]
fn decodes_every_recorded_invocation() {
    let Some(recorded) = recorded() else { return };
    let mut decoded = 0;
    for line in &recorded {
        let invocation = || Invocation::decode(line.body.as_bytes()).unwrap();
        let label = line.label();
        match line.case.as_str() {
            "timer" | "timer-first" => assert!(!Timer::from_invocation(invocation()).unwrap().is_past_due, "{label}"),
            "timer-past-due" => assert!(Timer::from_invocation(invocation()).unwrap().is_past_due, "{label}"),
            "sb-string" | "sb-binary" | "no-activity" => {
                // The sender's own bytes, whatever the host made of them in `Metadata`.
                let body: Value = serde_json::from_slice(&line.queue_message()).unwrap();
                assert_eq!(body["MessageId"], "spoofed", "{label}");
                assert_eq!(body["DeliveryCount"], 99, "{label}");
                assert!(body["note"].as_str().unwrap().starts_with('ü'), "{label}");
                // The broker's count, and where the sender's may stand in its place, none.
                let count = if line.case == "sb-binary" { 3 } else { 1 };
                assert_eq!(line.delivery_count(), count, "{label}");
            }
            "sb-binary-notutf8" => assert_eq!(line.queue_message(), [0xff, 0xfe, 0x00, 0x7b], "{label}"),
            "sb-binary-empty" => assert_eq!(line.queue_message(), b"", "{label}"),
            "sb-bytes-default-type" => assert_eq!(line.queue_message(), br#"{"a":1}"#, "{label}"),
            "sb-text-number" => assert_eq!(line.queue_message(), b"4", "{label}"),
            "sb-text-json-string" => assert_eq!(line.queue_message(), br#""quoted""#, "{label}"),
            "sb-text-array" => assert_eq!(line.queue_message(), b"[1,2]", "{label}"),
            "sb-text-plain" => assert_eq!(line.queue_message(), b"hello", "{label}"),
            "sb-text-date" => assert_eq!(line.queue_message(), b"2026-11-22T07:30:00Z", "{label}"),
            "http-not-forwarded" => {
                let request = HttpRequest::from_invocation(invocation()).unwrap();
                assert_eq!(request.headers["x-inventory-secret"], "S", "{label}");
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                assert_eq!(body["action"], "push", "{label}");
            }
            "event-grid" => assert!(QueueMessage::from_invocation(invocation()).is_err(), "{label}"),
            "http-forwarded" | "http-forwarded-chunked" => {
                let decoded = Invocation::decode(line.body.as_bytes());
                assert!(decoded.is_err(), "{label}: no invocation envelope");
            }
            other => panic!("{other} is a case this test does not know"),
        }
        decoded += 1;
    }
    println!("decoded {decoded} recorded invocations");
    assert!(decoded >= 34);
}

/// How the host must judge each answer, and what else has to stand in it.
fn check(line: &Recorded, verdict: &Answer, status: u16, body: &str) {
    let label = format!("{}: {status} {body}", line.label());
    assert_ne!(*verdict, Answer::NeverCompletes, "{label}");
    let succeeded = matches!(verdict, Answer::Succeeded { .. });
    match line.case.as_str() {
        // Proxied: the status goes to the caller. The recorded secret is not the configured one.
        "http-forwarded" | "http-forwarded-chunked" => assert_eq!(status, 401, "{label}"),
        "event-grid" => assert!(!succeeded && status == 404, "{label}"),
        "http-not-forwarded" => {
            let answer: Value = serde_json::from_str(body).unwrap();
            assert!(succeeded, "{label}");
            assert_eq!(answer["Outputs"]["res"]["statusCode"], 401, "{label}");
        }
        // None of the recorded messages can ever be worked on; that is not the host's business.
        _ => assert!(succeeded, "{label}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_every_recorded_invocation_in_a_way_that_ends_it() {
    let Some(recorded) = recorded() else { return };
    let tenant = Tenant::start(World::sized(1, 1), Options::default()).unwrap();
    let store = tempfile::tempdir().unwrap();
    let mut settings = tenant.function_app_settings(store.path().to_str().unwrap());
    settings.push(("SSL_CERT_DIR".to_owned(), tenant.folder().display().to_string()));
    let handler = Handler::start(settings).await;
    let (mut bodies, mut ids) = (BTreeSet::new(), Vec::new());
    for line in &recorded {
        let answer = handler.send(&line.bytes(handler.port)).await;
        let kind = answer.content_type.as_deref();
        let verdict = judge(answer.status, kind, answer.content_length, answer.body.as_bytes());
        check(line, &verdict, answer.status, &answer.body);
        if line.is_queue() {
            bodies.insert(line.queue_message());
        }
        if line.case != "event-grid" {
            ids.push(line.header("X-Azure-Functions-InvocationId").unwrap().to_owned());
        }
    }
    let lines = handler.stop().await;
    check_lines(&lines, &tenant);
    for id in ids {
        let said = |line: &String| serde_json::from_str::<Value>(line).unwrap()["span"]["invocation_id"] == json!(id);
        assert!(lines.iter().any(said), "no line of invocation {id}");
    }
    let quarantine = std::fs::read_dir(store.path().join("v2/quarantine")).unwrap();
    let mut reasons = BTreeSet::new();
    let mut quarantined = 0;
    for entry in quarantine {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["function"], "refresh-registry", "{document:#}");
        reasons.insert(document["reason"].as_str().unwrap().to_owned());
        quarantined += 1;
    }
    assert_eq!(
        quarantined,
        bodies.len(),
        "one document per distinct message: {reasons:?}"
    );
    println!(
        "sent {} recorded invocations, {quarantined} messages in quarantine",
        recorded.len()
    );
    assert_eq!(tenant.simulator.violations(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_everything_that_the_whole_host_sent_in_a_way_that_ends_it() {
    let Some(recorded) = recorded_in("functions-host/whole-host.ndjson") else {
        return;
    };
    let tenant = Tenant::start(World::sized(1, 1), Options::default()).unwrap();
    let store = tempfile::tempdir().unwrap();
    let mut settings = tenant.function_app_settings(store.path().to_str().unwrap());
    settings.push(("SSL_CERT_DIR".to_owned(), tenant.folder().display().to_string()));
    let handler = Handler::start(settings).await;
    let mut retries = 0;
    for line in &recorded {
        let answer = handler.send(&line.bytes(handler.port)).await;
        let label = format!("{}: {}", line.label(), answer.body);
        if line.case.starts_with("http-") {
            // The recorded secret is not the configured one; the status goes to the caller.
            assert_eq!(answer.status, 401, "{label}");
            continue;
        }
        let verdict = judge(
            answer.status,
            answer.content_type.as_deref(),
            answer.content_length,
            answer.body.as_bytes(),
        );
        assert!(matches!(verdict, Answer::Succeeded { .. }), "{label}");
        let body: Value = serde_json::from_str(&line.body).unwrap();
        let context = &body["Metadata"]["RetryContext"];
        retries += u64::from(context.is_object() && context["RetryCount"] != 0);
    }
    assert_eq!(retries, 4);
    check_lines(&handler.stop().await, &tenant);
    let quarantine = std::fs::read_dir(store.path().join("v2/quarantine")).unwrap();
    // Not text, without what a message has to have, and of a generation that is none; the event is of a registry that is
    // not covered.
    assert_eq!(quarantine.count(), 3);
}
