//! Delivery to a handler in this process.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::host::Outcome;
use simulator::service_bus::Message;

use super::handler::start;

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn posts_with_the_recorded_headers_and_both_framings() {
    let world = start(None, |_| {}).await;
    for n in 0..2 {
        world
            .queues
            .lock()
            .unwrap()
            .send("text-queue", Message::json(format!("{{\"n\":{n}}}")));
    }
    let report = world.host.deliver_due().await;
    assert_eq!((report.invocations["text"], report.failures), (2, 0), "{report:?}");
    assert!(report.is_idle);
    let log = world.log.lock().unwrap();
    let mut framings = Vec::new();
    for seen in log.iter() {
        assert_eq!(seen.path, "/text");
        let mut names: Vec<_> = seen.headers.keys().map(|name| name.as_str()).collect();
        names.sort_unstable();
        let framing = names
            .iter()
            .position(|name| ["transfer-encoding", "content-length"].contains(name));
        framings.push(names.remove(framing.unwrap()));
        // `accept` is the HTTP client's; the real host sends none.
        let expected = [
            "accept",
            "content-type",
            "host",
            "traceparent",
            "user-agent",
            "x-azure-functions-hostversion",
            "x-azure-functions-invocationid",
        ];
        assert_eq!(names, expected);
        assert_eq!(seen.headers["content-type"], "application/json; charset=utf-8");
    }
    framings.sort_unstable();
    assert_eq!(framings, ["content-length", "transfer-encoding"]);
}

#[tokio::test]
async fn sends_text_and_bytes_by_the_data_type_of_the_binding() {
    let world = start(None, |_| {}).await;
    for queue in ["text-queue", "bytes-queue"] {
        world
            .queues
            .lock()
            .unwrap()
            .send(queue, Message::json(r#"{"messageid":"spoofed"}"#).with_id("real"));
    }
    let report = world.host.run_until_idle(LIMIT, false).await;
    assert_eq!(report.failures, 0);
    for seen in world.log.lock().unwrap().iter() {
        let invocation: Value = serde_json::from_slice(&seen.body).unwrap();
        let (data, id) = (&invocation["Data"]["message"], &invocation["Metadata"]["MessageId"]);
        match seen.path.as_str() {
            "/text" => assert_eq!(
                (data, id),
                (&r#""{\"messageid\":\"spoofed\"}""#.into(), &"\"spoofed\"".into())
            ),
            _ => assert_eq!(
                (data, id),
                (&"eyJtZXNzYWdlaWQiOiJzcG9vZmVkIn0=".into(), &"\"real\"".into())
            ),
        }
    }
}

#[tokio::test]
async fn redelivers_at_once_until_the_dead_letter_queue() {
    let world = start(None, |_| {}).await;
    world.queues.lock().unwrap().send("text-queue", Message::json("fail"));
    let once = world.host.deliver_due().await;
    assert_eq!(
        (once.failures, once.is_idle),
        (1, false),
        "a failed message waits for the next call"
    );
    let report = world.host.run_until_idle(LIMIT, true).await;
    assert_eq!(
        (report.failures, report.redeliveries, report.dead_letters, report.steps),
        (9, 9, 1, 0),
        "{report:?}"
    );
    assert!(report.is_idle);
    assert!(report.reasons[0].contains("500"), "{:?}", report.reasons);
}

#[tokio::test]
async fn scheduled_messages_come_nearer_and_the_clock_stands() {
    let world = start(None, |_| {}).await;
    let now = world.clock.now();
    for minutes in [5_i64, 60, 600] {
        let message = Message {
            scheduled_enqueue_time: Some(now + time::Duration::minutes(minutes)),
            ..Message::json("{}")
        };
        world.queues.lock().unwrap().send("text-queue", message);
    }
    let waiting = world.host.run_until_idle(LIMIT, false).await;
    assert!(waiting.invocations.is_empty() && waiting.is_idle);
    let report = world.host.run_until_idle(LIMIT, true).await;
    assert_eq!((report.invocations["text"], report.steps), (3, 3));
    assert!(world.clock.now() < now + Duration::from_secs(5 * 60));
    assert!(world.queues.lock().unwrap().is_empty());
}

#[tokio::test]
async fn fires_a_timer_with_its_history() {
    let world = start(None, |_| {}).await;
    let first = world.host.fire_timer("tick", false).await.unwrap();
    assert_eq!(first.outcome, Outcome::Succeeded);
    world.clock.advance(Duration::from_secs(3600));
    world.host.fire_timer("tick", true).await.unwrap();
    assert!(world.host.fire_timer("text", false).await.is_err());
    let log = world.log.lock().unwrap();
    let timers: Vec<Value> = log
        .iter()
        .map(|seen| serde_json::from_slice::<Value>(&seen.body).unwrap()["Data"]["timer"].clone())
        .collect();
    assert_eq!(timers[0]["ScheduleStatus"]["Last"], "0001-01-01T00:00:00+00:00");
    assert!(
        timers[1]["ScheduleStatus"]["Last"]
            .as_str()
            .unwrap()
            .ends_with("+00:00")
    );
    assert_eq!(
        (timers[0]["IsPastDue"].as_bool(), timers[1]["IsPastDue"].as_bool()),
        (Some(false), Some(true))
    );
}

#[tokio::test]
async fn tries_a_timer_again_as_its_policy_says_under_the_same_id() {
    let world = start(None, |_| {}).await;
    let before = world.clock.now();
    let ended = world.host.fire_timer("flaky", false).await.unwrap();
    assert_eq!((ended.outcome, ended.retries), (Outcome::Succeeded, 2));
    let waited = world.clock.now() - before;
    assert!(
        waited >= Duration::from_secs(5 + 8),
        "{waited}: the second pause is cut"
    );
    let never = world.host.fire_timer("tick", false).await.unwrap();
    assert_eq!(never.retries, 0);
    let log = world.log.lock().unwrap();
    let bodies: Vec<Value> = log
        .iter()
        .map(|seen| serde_json::from_slice(&seen.body).unwrap())
        .collect();
    assert_eq!(bodies.len(), 3 + 1);
    for (retry, (seen, body)) in log.iter().zip(&bodies).take(3).enumerate() {
        let id = &seen.headers["x-azure-functions-invocationid"];
        assert_eq!(*id, ended.invocation_id.to_string());
        assert_eq!(body["Data"], bodies[0]["Data"], "the status is that of the first try");
        let context = &body["Metadata"]["RetryContext"];
        assert_eq!(
            (&context["RetryCount"], &context["MaxRetryCount"]),
            (&json!(retry), &json!(3))
        );
        assert_eq!(context["Exception"].is_null(), retry == 0);
    }
    assert!(bodies[3]["Metadata"].get("RetryContext").is_none(), "without a policy");
}

#[tokio::test]
async fn an_answer_that_never_completes_ends_everything_in_flight() {
    let world = start(None, |options| {
        options.function_timeout = Some(Duration::from_millis(300))
    })
    .await;
    {
        let mut queues = world.queues.lock().unwrap();
        queues.send("text-queue", Message::json("hang"));
        queues.send("text-queue", Message::json("sleep"));
    }
    let report = world.host.deliver_due().await;
    assert_eq!(report.failures, 2);
    assert!(
        report.reasons.iter().any(|reason| reason == "text: TimedOut"),
        "{:?}",
        report.reasons
    );
    assert!(world.host.starts() > 1);
    assert_eq!(world.queues.lock().unwrap().counters("text-queue").abandoned, 2);
}

#[tokio::test]
async fn delivers_again_when_the_lock_was_lost_although_the_work_was_done() {
    let world = start(None, |_| {}).await;
    world.queues.lock().unwrap().send("text-queue", Message::json("slow"));
    let lose_the_lock = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.clock.advance(Duration::from_secs(301));
    };
    let (report, ()) = tokio::join!(world.host.run_until_idle(LIMIT, false), lose_the_lock);
    assert_eq!(
        (report.invocations["text"], report.lost_locks, report.failures),
        (2, 1, 0),
        "{report:?}"
    );
    assert!(world.queues.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_invocation_by_the_admin_endpoint_is_no_message() {
    let world = start(None, |_| {}).await;
    let ended = world.host.invoke_by_admin("bytes", "{\"n\":1}").await.unwrap();
    assert!(ended.succeeded(), "{ended:?}");
    assert!(world.host.invoke_by_admin("tick", "{}").await.is_err());
    let seen = world.log.lock().unwrap().pop().unwrap();
    let invocation: Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(invocation["Metadata"]["DeliveryCount"], "0");
    assert!(invocation["Metadata"].get("MessageId").is_none());
    assert!(world.queues.lock().unwrap().is_empty());
}
