//! Delivery to a handler in this process.

use std::time::Duration;

use serde_json::Value;
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
            .send("work-queue", Message::json(format!("{{\"n\":{n}}}")));
    }
    let report = world.host.deliver_due().await;
    assert_eq!((report.invocations["work"], report.failures), (2, 0), "{report:?}");
    assert!(report.is_idle);
    let log = world.log.lock().unwrap();
    let mut framings = Vec::new();
    for seen in log.iter() {
        assert_eq!(seen.path, "/work");
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
async fn redelivers_at_once_until_the_dead_letter_queue() {
    let world = start(None, |_| {}).await;
    world.queues.lock().unwrap().send("work-queue", Message::json("fail"));
    let once = world.host.deliver_due().await;
    assert_eq!(
        (once.failures, once.is_idle),
        (1, false),
        "a failed message waits for the next call"
    );
    let report = world.host.run_until_idle(LIMIT).await;
    assert_eq!(
        (report.failures, report.redeliveries, report.dead_letters, report.steps),
        (9, 9, 1, 0),
        "{report:?}"
    );
    assert!(report.is_idle);
    assert!(report.reasons[0].contains("500"), "{:?}", report.reasons);
}

#[tokio::test]
async fn steps_the_clock_to_scheduled_messages() {
    let world = start(None, |_| {}).await;
    let now = world.clock.now();
    for minutes in [5_i64, 60, 600] {
        let message = Message {
            scheduled_enqueue_time: Some(now + time::Duration::minutes(minutes)),
            ..Message::json("{}")
        };
        world.queues.lock().unwrap().send("work-queue", message);
    }
    let report = world.host.run_until_idle(LIMIT).await;
    assert_eq!((report.invocations["work"], report.steps), (3, 3));
    assert!(world.clock.now() >= now + Duration::from_secs(600 * 60));
    assert!(world.queues.lock().unwrap().is_empty());
}

#[tokio::test]
async fn fires_a_timer_with_its_history() {
    let world = start(None, |_| {}).await;
    let first = world.host.fire_timer("tick").await.unwrap();
    assert_eq!(first, Outcome::Succeeded);
    world.clock.advance(Duration::from_secs(3600));
    world.host.fire_timer("tick").await.unwrap();
    assert!(world.host.fire_timer("work").await.is_err());
    let log = world.log.lock().unwrap();
    let timers: Vec<Value> = log
        .iter()
        .map(|seen| serde_json::from_slice::<Value>(&seen.body).unwrap()["Data"]["timer"].clone())
        .collect();
    assert_eq!(timers[0]["ScheduleStatus"]["Last"], "0001-01-01T00:00:00");
    assert!(
        timers[1]["ScheduleStatus"]["Last"]
            .as_str()
            .unwrap()
            .ends_with("+00:00")
    );
}

#[tokio::test]
async fn an_answer_that_would_hang_the_host_is_a_failure() {
    let world = start(None, |_| {}).await;
    world.queues.lock().unwrap().send("work-queue", Message::json("hang"));
    let report = world.host.deliver_due().await;
    assert_eq!(report.reasons, ["work: the answer would hang the host"]);
    assert_eq!(world.queues.lock().unwrap().counters("work-queue").abandoned, 1);
}
