//! What events do: the named repository is read again, and nothing else.

use serde_json::{Value, json};
use simulator::service_bus::Message;
use simulator::tenant::REPOSITORY_QUEUE;
use simulator::world::World;

use super::{
    DOCUMENT, REGISTRY_ID, REPOSITORY, SERVER, app, event, headers, post, quarantine, registry_requests, sent, tags,
};
use crate::function_app::FunctionApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered_and_nothing_is_sent() {
    let app = app().await;
    for body in [
        json!({"action": "ping"}),
        json!({"id": "1", "action": "ping", "target": null, "request": null}),
    ] {
        assert_eq!(post(&app, &headers(), body.to_string()).await.status, 200);
    }
    assert_eq!(sent(&app), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_is_no_event() {
    let app = app().await;
    let right = event("push", SERVER, REPOSITORY);
    let without = |key: &str| {
        let mut event = right.clone();
        event.as_object_mut().unwrap().remove(key);
        event.to_string()
    };
    let deep = "[".repeat(200_000);
    for body in [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "push".to_owned(),
        deep,
        without("action"),
        without("target"),
        without("request"),
        event("PUSH", SERVER, REPOSITORY).to_string(),
        event("drop", SERVER, REPOSITORY).to_string(),
        event("push", SERVER, "../x").to_string(),
        event("push", SERVER, "Team/App").to_string(),
        event("push", SERVER, "").to_string(),
        right
            .to_string()
            .replacen("\"action\":", "\"action\":\"ping\",\"action\":", 1),
    ] {
        let reply = post(&app, &headers(), body.clone()).await;
        assert_eq!(reply.status, 400, "{}", body.chars().take(80).collect::<String>());
    }
    let not_utf8 = bytes::Bytes::from_static(b"{\"action\":\"ping\xff\"}");
    assert_eq!(post(&app, &headers(), not_utf8).await.status, 400);
    assert_eq!(sent(&app), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_and_deletions_of_images_and_charts_reach_the_document() {
    let app = app().await;
    for action in ["push", "chart_push", "quarantine"] {
        let tag = format!("by-{}", action.replace('_', "-"));
        app.tenant.simulator.world().push_image(SERVER, REPOSITORY, &tag);
        assert_eq!(app.post_webhook(&event(action, SERVER, REPOSITORY)).await, 202);
        let report = app.deliver().await;
        assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
        assert!(tags(&app).contains(&tag), "{action}");
    }
    for (action, tag) in [("delete", "by-push"), ("chart_delete", "by-chart-push")] {
        app.tenant.simulator.world().delete_tag(SERVER, REPOSITORY, tag);
        assert_eq!(app.post_webhook(&event(action, SERVER, REPOSITORY)).await, 202);
        app.deliver().await;
        assert!(!tags(&app).contains(&tag.to_owned()), "{action}");
    }
    assert_eq!(quarantine(&app), [""; 0]);
    app.assert_no_violation();
}

fn cloud_event(kind: &str, request: Value) -> Value {
    let target = json!({"repository": REPOSITORY, "tag": "by-event"});
    json!({
        "specversion": "1.0", "id": acr_inventory::random::uuid(), "type": format!("Microsoft.ContainerRegistry.{kind}"),
        "source": REGISTRY_ID, "subject": format!("{REPOSITORY}:by-event"), "time": "2026-11-22T07:30:00.1234567Z",
        "data": {"id": "1", "action": "push", "target": target, "request": request}
    })
}

fn put(app: &FunctionApp, message: &Value) {
    let mut queues = app.tenant.queues.lock().unwrap();
    assert!(queues.send(REPOSITORY_QUEUE, Message::json(message.to_string())));
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_events_reach_the_document() {
    let app = app().await;
    let host = json!({"id": "2", "host": SERVER, "method": "PUT"});
    // Charts carry no host; the registry's ARM id, in any case of its letters, leads to it.
    for (kind, request) in [("ImagePushed", host.clone()), ("ChartPushed", Value::Null)] {
        app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "by-event");
        put(&app, &cloud_event(kind, request));
        let report = app.deliver().await;
        assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
        assert!(tags(&app).contains(&"by-event".to_owned()), "{kind}");
        app.tenant.simulator.world().delete_tag(SERVER, REPOSITORY, "by-event");
        put(&app, &cloud_event("ImageDeleted", host.clone()));
        app.deliver().await;
        assert!(!tags(&app).contains(&"by-event".to_owned()), "deleted after {kind}");
    }
    let mut event = cloud_event("ChartPushed", Value::Null);
    event["source"] = json!(REGISTRY_ID.to_uppercase());
    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "upper");
    put(&app, &event);
    app.deliver().await;
    assert!(tags(&app).contains(&"upper".to_owned()));
    assert_eq!(quarantine(&app), [""; 0]);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_says_when_the_registry_says_that_it_happened() {
    let app = app().await;
    for (timestamp, at) in [
        (
            json!("2026-11-22T07:30:00.1234567Z"),
            json!("2026-11-22T07:30:00.1234567Z"),
        ),
        (json!("yesterday"), Value::Null),
        (Value::Null, Value::Null),
    ] {
        let mut event = event("push", SERVER, REPOSITORY);
        event["timestamp"] = timestamp;
        assert_eq!(app.post_webhook(&event).await, 202);
        let mut queues = app.tenant.queues.lock().unwrap();
        let delivery = queues.receive(REPOSITORY_QUEUE).unwrap();
        assert!(queues.complete(delivery.lock));
        let sent: Value = serde_json::from_slice(&delivery.message.body).unwrap();
        assert_eq!(sent["hint"]["at"], at, "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_other_kinds_are_left_alone() {
    let app = app().await;
    for kind in [
        "Microsoft.ContainerRegistry.Renamed",
        "Microsoft.Storage.BlobCreated",
        "x",
    ] {
        put(
            &app,
            &json!({"specversion": "1.0", "type": kind, "source": REGISTRY_ID, "data": {}}),
        );
    }
    let report = app.deliver().await;
    assert_eq!((report.failures, registry_requests(&app)), (0, 0), "{report:?}");
    assert_eq!(quarantine(&app), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_50_times_changes_nothing() {
    let app = app().await;
    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "v1");
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 202);
    app.deliver().await;
    let before = app.blob(DOCUMENT).unwrap();
    let changes = app.names("v2/registries/bench.azurecr.io/changes/");
    for _ in 0..50 {
        assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 202);
    }
    let report = app.deliver().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    assert_eq!(app.blob(DOCUMENT).unwrap(), before);
    assert_eq!(app.names("v2/registries/bench.azurecr.io/changes/"), changes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_came_before_the_first_run_does_not_keep_the_registry_out_of_it() {
    let app = FunctionApp::start(World::sized(3, 3)).await;
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 403);
    // The handler remembers for some seconds that it knows no registry.
    let report = app.run().await;
    assert_eq!(report.failures, 0, "{report:?}");
    assert_eq!(quarantine(&app), [""; 0]);
    app.assert_complete(SERVER, 3);
    app.assert_no_violation();
}
