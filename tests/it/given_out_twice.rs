//! A message that the broker gives out twice at the same time: only one handling moves the checkpoint, and neither takes
//! from the other what is left to do.

use serde_json::{Value, json};
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::service_bus::Message;
use simulator::tenant::REGISTRY_QUEUE;
use simulator::world::World;

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";

/// The messages about registries, those that wait for their time too; the queue has none left.
fn take(app: &FunctionApp) -> Vec<Value> {
    let mut queues = app.tenant.queues.lock().unwrap();
    queues.reschedule(REGISTRY_QUEUE, time::Duration::days(-2));
    let mut all = Vec::new();
    while let Some(delivery) = queues.receive(REGISTRY_QUEUE) {
        assert!(queues.complete(delivery.lock));
        all.push(serde_json::from_slice(&delivery.message.body).unwrap());
    }
    all
}

/// Delivers these at the same time; what the handler sent.
async fn deliver(app: &FunctionApp, messages: [&Value; 2]) -> Vec<Value> {
    for message in messages {
        let message = Message::json(message.to_string());
        assert!(app.tenant.queues.lock().unwrap().send(REGISTRY_QUEUE, message));
    }
    let report = app.host.deliver_due().await;
    assert_eq!((report.failures, report.redeliveries), (0, 0), "{report:?}");
    take(app)
}

/// An app whose registry takes several invocations, after the first of them; the message that goes on.
async fn under_way() -> (FunctionApp, Value) {
    let settings = [
        ("ACR_INVENTORY_HARD_LIMIT_SECONDS", "5"),
        ("ACR_INVENTORY_CONCURRENCY", "2"),
    ];
    let app = FunctionApp::start_slow(World::sized(60, 2), &settings).await;
    app.fire_timer().await;
    app.host.deliver_due().await;
    let message = take(&app).pop().unwrap();
    (app, message)
}

async fn ends_complete(app: &FunctionApp, messages: Vec<Value>) {
    for message in messages {
        let message = Message::json(message.to_string());
        app.tenant.queues.lock().unwrap().send(REGISTRY_QUEUE, message);
    }
    app.deliver().await;
    app.assert_complete(SERVER, 60);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_the_checkpoint_to_a_twin_keeps_the_message() {
    let (app, message) = under_way().await;
    let mut sent = deliver(&app, [&message, &message]).await;
    sent.sort_by_key(|sent| sent["attempt"].as_u64());
    // One went on; the other, which cannot know whether the first still lives, is put off as the message that it is.
    let [went_on, put_off] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    assert_ne!(went_on["id"], message["id"]);
    assert_eq!(put_off["id"], message["id"]);
    assert_eq!((&went_on["attempt"], &put_off["attempt"]), (&json!(0), &json!(1)));
    ends_complete(&app, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_the_checkpoint_to_another_message_is_done() {
    let (app, message) = under_way().await;
    let mut other = message.clone();
    other["id"] = json!("5f1b4c1e-0000-4000-8000-00000000cccc");
    let sent = deliver(&app, [&message, &other]).await;
    assert_eq!(sent.len(), 1, "{sent:?}");
    ends_complete(&app, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_moved_the_checkpoint_goes_on_under_a_new_id() {
    let app = FunctionApp::start(World::sized(60, 2)).await;
    let mut down = Rule::new(Effect::Status {
        code: 503,
        retry_after: None,
        body: String::new(),
    });
    down = down.service(Service::Registry);
    app.tenant.simulator.faults().add(down);
    app.fire_timer().await;
    let first = take(&app).pop().unwrap();
    let again = async |message: &Value| {
        let message = Message::json(message.to_string());
        app.tenant.queues.lock().unwrap().send(REGISTRY_QUEUE, message);
        app.host.deliver_due().await;
        let sent = take(&app);
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.into_iter().next().unwrap()
    };
    // The first handling makes the checkpoint, and gets no further; the second gets nowhere.
    let second = again(&first).await;
    assert_ne!(second["id"], first["id"]);
    let third = again(&second).await;
    assert_eq!(third["id"], second["id"]);
    app.tenant.simulator.faults().clear();
    ends_complete(&app, vec![third]).await;
}
