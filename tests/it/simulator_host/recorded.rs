//! The host's encoding and verdicts against invocations recorded from the real host's code.

mod whole;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use simulator::host::{Answer, RetryContext, ScheduleStatus, Sys, encode_queue_message, encode_timer, judge};
use simulator::service_bus::{Delivery, Message};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::shared_data::shared;

fn at(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &Rfc3339).unwrap()
}

fn encode(case: &str, recorded: &Value) -> Option<String> {
    let sys = &recorded["Metadata"]["sys"];
    let sys = Sys {
        function: sys["MethodName"].as_str()?.to_owned(),
        now: at(sys["UtcNow"].as_str()?),
        id: sys["RandGuid"].as_str()?.parse().unwrap(),
    };
    let next = at("2026-11-22T07:30:00Z");
    match case {
        "timer" => {
            let last = Some(at("2026-11-21T07:30:00.005Z"));
            return Some(encode_timer(
                "timer",
                Some(ScheduleStatus { last, next }),
                false,
                None,
                &sys,
            ));
        }
        "timer-first" => {
            return Some(encode_timer(
                "timer",
                Some(ScheduleStatus { last: None, next }),
                false,
                None,
                &sys,
            ));
        }
        "timer-past-due" => return Some(encode_timer("timer", None, true, None, &sys)),
        _ => {}
    }
    let is_binary = case.starts_with("sb-b") || case == "no-activity";
    if !is_binary && !case.starts_with("sb-") {
        return None;
    }
    let data = recorded["Data"]["message"].as_str()?;
    let body = if is_binary {
        BASE64_STANDARD.decode(data).unwrap()
    } else {
        serde_json::from_str::<String>(data).unwrap().into_bytes()
    };
    let delivery = Delivery {
        message: Message {
            properties: json!({"kind": "refresh", "attempt": 2}).as_object()?.clone(),
            ..Message::json(body)
        },
        message_id: "01JD9Z".to_owned(),
        lock: "6d6b5c8e-0d37-4b6a-9c3d-2a5ae1f0c001".parse().unwrap(),
        locked_until: next,
        delivery_count: if case == "sb-binary" { 3 } else { 1 },
        sequence_number: 7,
        enqueued: at("2026-11-22T07:30:00.123Z"),
        expires: at("2026-11-23T07:30:00.123Z"),
    };
    Some(encode_queue_message(
        "message",
        is_binary,
        &delivery,
        "contoso.servicebus.windows.net",
        &sys,
    ))
}

/// What the host's encoder got by hand in these recordings, as the whole host gives it.
fn as_the_whole_host(mut recorded: Value) -> Value {
    if let Some(status) = recorded
        .pointer_mut("/Data/timer/ScheduleStatus")
        .and_then(Value::as_object_mut)
    {
        let never = "0001-01-01T00:00:00";
        if status["Last"] == never {
            status.insert("Last".to_owned(), format!("{never}+00:00").into());
            status.insert("LastUpdated".to_owned(), format!("{never}+00:00").into());
            status.insert("Next".to_owned(), "2026-11-22T07:30:00+00:00".into());
        }
    }
    if let Some(metadata) = recorded["Metadata"].as_object_mut()
        && metadata.contains_key("MessageActions")
    {
        for key in ["MessageSession", "SessionActions", "ReceiveActions"] {
            metadata.insert(key.to_owned(), json!({}));
        }
    }
    recorded
}

#[test]
fn encodes_triggers_as_recorded() {
    let Some(lines) = shared("functions-host/invocations.ndjson") else {
        return;
    };
    let mut compared = 0;
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let case = line["case"].as_str().unwrap();
        let Ok(recorded) = serde_json::from_str::<Value>(line["body"].as_str().unwrap()) else {
            continue;
        };
        let Some(encoded) = encode(case, &recorded) else {
            continue;
        };
        let encoded: Value = serde_json::from_str(&encoded).unwrap();
        assert_eq!(encoded, as_the_whole_host(recorded), "case {case}");
        compared += 1;
    }
    assert_eq!(
        compared,
        2 * 14,
        "every timer and Service Bus case, as sent by both hosts"
    );
}

/// Reads a row like `200 application/json; charset=utf-8 {}` into the parts of an answer.
fn parts(row: &str) -> Option<(u16, Option<&str>, Option<u64>, &str)> {
    Some(match row {
        "200 application/json {}" => (200, Some("application/json"), Some(2), "{}"),
        "200 application/json; charset=utf-8 {}" => (200, Some("application/json; charset=utf-8"), Some(2), "{}"),
        "202 application/json {}" => (202, Some("application/json"), Some(2), "{}"),
        "200 application/json {} sent chunked" => (200, Some("application/json"), None, "{}"),
        "200 application/json, Content-Length 0" => (200, Some("application/json"), Some(0), ""),
        "204 without body" => (204, None, None, ""),
        "200 application/json null" => (200, Some("application/json"), Some(4), "null"),
        "200 text/plain ok" => (200, Some("text/plain"), Some(2), "ok"),
        "200 {} without Content-Type" => (200, None, Some(2), "{}"),
        "200 application/json, truncated JSON" => (200, Some("application/json"), Some(8), "{\"Logs\":"),
        "200 application/json []" => (200, Some("application/json"), Some(2), "[]"),
        "400 without body" => (400, None, Some(0), ""),
        "500 application/json with Logs" => (500, Some("application/json"), Some(14), "{\"Logs\":[\"a\"]}"),
        // Redirects and closed connections never reach the verdict.
        other if other.starts_with("307") || other.starts_with("connection closed") => return None,
        other => {
            let body = other
                .strip_prefix("200 application/json ")
                .unwrap_or_else(|| panic!("unknown row {other}"));
            (200, Some("application/json"), Some(body.len() as u64), body)
        }
    })
}

#[test]
fn judges_answers_as_recorded() {
    let Some(rows) = shared("functions-host/answers.json") else {
        return;
    };
    let rows: Vec<Value> = serde_json::from_str(&rows).unwrap();
    for row in rows {
        let (answer, outcome) = (row["answer"].as_str().unwrap(), row["outcome"].as_str().unwrap());
        let Some((status, content_type, length, body)) = parts(answer) else {
            continue;
        };
        let verdict = match judge(status, content_type, length, body.as_bytes()) {
            Answer::Succeeded { .. } => "succeeded".to_owned(),
            Answer::NeverCompletes => "never completes".to_owned(),
            Answer::Failed(reason) => {
                format!("failed: {}", reason.split(':').next().unwrap_or_default())
            }
        };
        let expected = outcome.split(',').next().unwrap();
        assert_eq!(verdict, expected, "{answer}");
    }
}

#[test]
fn reads_logs_whatever_the_case_of_the_names() {
    let body = br#"{"outputs":{},"LOGS":["a","b"],"returnValue":null}"#;
    let logs = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(judge(200, Some("text/json"), None, body), Answer::Succeeded { logs });
}

/// The same keys in the same order, and values of the same kind.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), shape(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::String(_) => json!("text"),
        other => other.clone(),
    }
}

#[test]
fn tells_of_retries_as_recorded() {
    let Some(lines) = shared("functions-host/whole-host.ndjson") else {
        return;
    };
    let mut compared = 0;
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if !line["case"].as_str().unwrap().starts_with("timer") {
            continue;
        }
        let recorded: Value = serde_json::from_str(line["body"].as_str().unwrap()).unwrap();
        let context = &recorded["Metadata"]["RetryContext"];
        let number = |key: &str| u32::try_from(context[key].as_u64().unwrap()).unwrap();
        let headers = line["headers"].as_array().unwrap().iter();
        let mut ids = headers.filter(|pair| pair[0] == "X-Azure-Functions-InvocationId");
        let retry = RetryContext {
            retry_count: number("RetryCount"),
            max_retry_count: number("MaxRetryCount"),
            invocation_id: ids.next().unwrap()[1].as_str().unwrap().parse().unwrap(),
        };
        let sys = Sys {
            function: "schedule-refresh".to_owned(),
            now: at("2026-11-22T07:30:00Z"),
            id: simulator::random::uuid(),
        };
        let encoded: Value = serde_json::from_str(&encode_timer("timer", None, false, Some(&retry), &sys)).unwrap();
        let encoded = &encoded["Metadata"]["RetryContext"];
        assert_eq!(shape(encoded), shape(context), "{}", line["case"]);
        assert_eq!(encoded["Exception"]["InstanceId"], context["Exception"]["InstanceId"]);
        compared += 1;
    }
    assert_eq!(compared, 7, "three firings, and two retries of two of them");
}
