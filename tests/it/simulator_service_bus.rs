//! The simulated Service Bus: what clients see over REST, and how messages move with the clock.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};
use simulator::clock::Clock;
use simulator::service_bus::{Message, QueueOptions, Queues, handle};
use simulator::tokens;
use simulator::wire::{SimReply, SimRequest};

const QUEUE: &str = "registry-refresh";

fn queues(options: QueueOptions) -> (Arc<Clock>, Queues) {
    let clock = Arc::new(Clock::default());
    let mut queues = Queues::new(clock.clone());
    queues.create(QUEUE, options);
    (clock, queues)
}

fn request(clock: &Clock, method: Method, path: &str, body: &str) -> SimRequest {
    let token = tokens::entra("https://servicebus.azure.net", "test", clock.now(), 3600);
    let mut headers = HeaderMap::new();
    let bearer = format!("Bearer {token}");
    headers.insert("authorization", HeaderValue::from_str(&bearer).unwrap());
    SimRequest {
        method,
        host: "contoso.servicebus.windows.net".to_owned(),
        path: path.to_owned(),
        query: vec![("timeout".to_owned(), "60".to_owned())],
        headers,
        body: body.to_owned().into(),
    }
}

fn send(queues: &mut Queues, clock: &Clock, properties: &Value, body: &str) -> SimReply {
    let mut request = request(clock, Method::POST, "/registry-refresh/messages", body);
    let properties = HeaderValue::from_str(&properties.to_string()).unwrap();
    request.headers.insert("brokerproperties", properties);
    handle(queues, &request).unwrap()
}

#[test]
fn delivers_in_order_and_completes() {
    let (clock, mut queues) = queues(QueueOptions::default());
    for body in ["one", "two"] {
        assert_eq!(send(&mut queues, &clock, &json!({}), body).status, 201);
    }
    let first = queues.receive(QUEUE).unwrap();
    let second = queues.receive(QUEUE).unwrap();
    assert_eq!(
        (&first.message.body[..], &second.message.body[..]),
        (&b"one"[..], &b"two"[..])
    );
    assert!(queues.receive(QUEUE).is_none());
    assert!(queues.complete(second.lock) && queues.complete(first.lock));
    assert!(!queues.complete(first.lock), "a lock completes once");
    assert!(queues.is_empty());
}

#[test]
fn drops_a_duplicate_message_id_within_the_window() {
    let (clock, mut queues) = queues(QueueOptions::default());
    let properties = json!({"MessageId": "event-1"});
    for _ in 0..3 {
        assert_eq!(send(&mut queues, &clock, &properties, "{}").status, 201);
    }
    assert_eq!(queues.len(QUEUE), 1);
    assert_eq!(queues.counters(QUEUE).duplicates_dropped, 2);
    clock.advance(Duration::from_secs(24 * 3600 + 1));
    send(&mut queues, &clock, &properties, "{}");
    assert_eq!(queues.len(QUEUE), 2);
}

#[test]
fn shows_a_scheduled_message_when_the_clock_reaches_its_time() {
    let (clock, mut queues) = queues(QueueOptions::default());
    let at = clock.now() + Duration::from_secs(90);
    let form = time::format_description::well_known::Rfc2822;
    let at = at.format(&form).unwrap().replace("+0000", "GMT");
    send(&mut queues, &clock, &json!({"ScheduledEnqueueTimeUtc": at}), "later");
    send(&mut queues, &clock, &json!({}), "now");
    assert_eq!((queues.len(QUEUE), queues.scheduled_len(QUEUE)), (1, 1));
    let due = queues.next_due().unwrap();
    assert!(due > clock.now() + Duration::from_secs(80));
    clock.advance(Duration::from_secs(91));
    let bodies = [queues.receive(QUEUE).unwrap(), queues.receive(QUEUE).unwrap()];
    assert_eq!(&bodies[0].message.body[..], b"now");
    assert_eq!(&bodies[1].message.body[..], b"later");
    assert!(bodies[1].sequence_number > bodies[0].sequence_number);
}

#[test]
fn redelivers_when_a_lock_expires_and_refuses_the_late_completion() {
    let (clock, mut queues) = queues(QueueOptions::default());
    queues.send(QUEUE, Message::json("{}"));
    let first = queues.receive(QUEUE).unwrap();
    clock.advance(Duration::from_secs(299));
    assert!(queues.receive(QUEUE).is_none());
    assert!(queues.renew(first.lock).is_some());
    clock.advance(Duration::from_secs(301));
    let second = queues.receive(QUEUE).unwrap();
    assert_eq!((first.delivery_count, second.delivery_count), (1, 2));
    assert!(!queues.complete(first.lock));
    assert!(queues.complete(second.lock));
    assert_eq!(queues.counters(QUEUE).expired_locks, 1);
}

#[test]
fn dead_letters_after_the_last_delivery() {
    let (_clock, mut queues) = queues(QueueOptions {
        max_delivery_count: 3,
        ..QueueOptions::default()
    });
    queues.send(QUEUE, Message::json("{}").with_id("poison"));
    for count in 1..=3 {
        let delivery = queues.receive(QUEUE).unwrap();
        assert_eq!(delivery.delivery_count, count);
        assert!(queues.abandon(delivery.lock));
    }
    assert!(queues.receive(QUEUE).is_none());
    let dead = queues.dead_letters(QUEUE);
    assert_eq!(
        (dead[0].message_id.as_str(), dead[0].reason),
        ("poison", "MaxDeliveryCountExceeded")
    );
}

#[test]
fn takes_a_batch_of_messages() {
    let (clock, mut queues) = queues(QueueOptions::default());
    let batch = json!([
        {"Body": "a", "BrokerProperties": {"MessageId": "1", "Label": "x"}, "UserProperties": {"kind": "refresh"}},
        {"Body": "b", "BrokerProperties": {"MessageId": "2", "TimeToLive": 10.0}},
    ]);
    let mut sent = request(&clock, Method::POST, "/registry-refresh/messages", &batch.to_string());
    let content_type = HeaderValue::from_static("application/vnd.microsoft.servicebus.json");
    sent.headers.insert("content-type", content_type);
    assert_eq!(handle(&mut queues, &sent).unwrap().status, 201);
    let first = queues.receive(QUEUE).unwrap();
    assert_eq!(first.message.properties["kind"], "refresh");
    assert_eq!(first.message.label.as_deref(), Some("x"));
    clock.advance(Duration::from_secs(11));
    assert!(queues.receive(QUEUE).is_none(), "the second one has expired");
    assert_eq!(queues.dead_letters(QUEUE)[0].reason, "TTLExpiredException");
}

#[test]
fn receives_over_rest() {
    let (clock, mut queues) = queues(QueueOptions::default());
    let head = request(&clock, Method::POST, "/registry-refresh/messages/head", "");
    assert_eq!(handle(&mut queues, &head).unwrap().status, 204);
    send(&mut queues, &clock, &json!({"MessageId": "m"}), "hello");
    let locked = handle(&mut queues, &head).unwrap();
    assert_eq!((locked.status.as_u16(), &locked.body[..]), (201, &b"hello"[..]));
    let properties: Value = serde_json::from_slice(locked.headers["brokerproperties"].as_bytes()).unwrap();
    assert_eq!(
        (properties["MessageId"].as_str(), properties["DeliveryCount"].as_i64()),
        (Some("m"), Some(1))
    );
    let path = format!(
        "/registry-refresh/messages/m/{}",
        properties["LockToken"].as_str().unwrap()
    );
    for (method, status) in [(Method::POST, 200), (Method::PUT, 200), (Method::DELETE, 404)] {
        let settle = request(&clock, method, &path, "");
        assert_eq!(handle(&mut queues, &settle).unwrap().status, status);
    }
    assert_eq!(queues.len(QUEUE), 1, "unlocked, not completed");
}

#[test]
fn refuses_what_service_bus_refuses() {
    let (clock, mut queues) = queues(QueueOptions::default());
    let ok = request(&clock, Method::POST, "/registry-refresh/messages", "{}");

    let mut anonymous = ok.clone();
    anonymous.headers.remove("authorization");
    let reply = handle(&mut queues, &anonymous).unwrap();
    assert_eq!(reply.status, 401);
    assert!(String::from_utf8_lossy(&reply.body).starts_with("<Error><Code>401</Code><Detail>MissingToken"));

    let mut foreign = ok.clone();
    let token = tokens::entra("https://storage.azure.com", "test", clock.now(), 60);
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    foreign.headers.insert("authorization", bearer);
    assert_eq!(handle(&mut queues, &foreign).unwrap().status, 401);

    let missing = request(&clock, Method::POST, "/nothing/messages", "{}");
    assert_eq!(handle(&mut queues, &missing).unwrap().status, 404);

    let large = request(
        &clock,
        Method::POST,
        "/registry-refresh/messages",
        &"x".repeat(256 * 1024 + 1),
    );
    assert_eq!(handle(&mut queues, &large).unwrap().status, 403);

    assert_eq!(
        send(&mut queues, &clock, &json!({"ScheduledEnqueueTimeUtc": "soon"}), "").status,
        400
    );

    let mut unknown = ok.clone();
    unknown.query.push(("api".to_owned(), "1".to_owned()));
    assert!(handle(&mut queues, &unknown).is_err());
    let mut unknown = ok;
    unknown
        .headers
        .insert("brokerproperties", HeaderValue::from_static("{\"Mesage\":1}"));
    assert!(handle(&mut queues, &unknown).is_err());
}
