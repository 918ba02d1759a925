//! Storage that refuses everything: whatever is on the queues waits there, and nothing is dead-lettered.

use serde_json::{Value, json};
use simulator::service_bus::Message;
use simulator::tenant::{REGISTRY_QUEUE, REPOSITORY_QUEUE};
use simulator::world::World;

use super::{cloud_event, dead_letters, put, registry_message, repository_message};
use crate::function_app::FunctionApp;
use crate::webhook::{REGISTRY_ID, REPOSITORY, SERVER, app, quarantine, tags};

/// An event of a chart: it names its registry by the ARM id alone.
fn chart_event() -> Value {
    json!({
        "specversion": "1.0", "id": "2", "type": "Microsoft.ContainerRegistry.ChartPushed", "source": REGISTRY_ID,
        "data": {"target": {"repository": REPOSITORY, "tag": "chart"}}
    })
}

/// A process that has read nothing yet, over an inventory with a run.
async fn cold() -> FunctionApp {
    let warm = app().await;
    let cold = FunctionApp::start(World::sized(3, 3)).await;
    for name in warm.names("") {
        let bytes = warm.tenant.blobs.lock().unwrap().get("inventory", &name).unwrap();
        cold.tenant.blobs.lock().unwrap().put("inventory", &name, bytes);
    }
    cold
}

fn deny(app: &FunctionApp, deny: bool) {
    app.tenant.blobs.lock().unwrap().deny = deny;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_event_is_sent_again_with_a_delay() {
    let app = cold().await;
    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "chart");
    deny(&app, true);
    put(&app, REPOSITORY_QUEUE, &chart_event());
    for attempt in 1..=3 {
        let report = app.host.deliver_due().await;
        assert_eq!((report.failures, report.redeliveries), (0, 0), "{report:?}");
        let mut queues = app.tenant.queues.lock().unwrap();
        assert_eq!(
            (queues.len(REPOSITORY_QUEUE), queues.scheduled_len(REPOSITORY_QUEUE)),
            (0, 1)
        );
        queues.reschedule(REPOSITORY_QUEUE, time::Duration::days(-2));
        let delivery = queues.receive(REPOSITORY_QUEUE).unwrap();
        let sent: Value = serde_json::from_slice(&delivery.message.body).unwrap();
        assert_eq!(
            (&sent["attempt"], &sent["repository"]),
            (&json!(attempt), &json!(REPOSITORY)),
            "{sent}"
        );
        assert!(queues.abandon(delivery.lock));
        // The broker's own, not a delivery that failed: a fresh message of the same body.
        let delivery = queues.receive(REPOSITORY_QUEUE).unwrap();
        assert!(queues.complete(delivery.lock));
        queues.send(REPOSITORY_QUEUE, Message::json(delivery.message.body));
    }
    deny(&app, false);
    app.deliver().await;
    assert!(tags(&app).contains(&"chart".to_owned()));
    assert_eq!((quarantine(&app).len(), dead_letters(&app)), (0, 0));
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_dead_lettered_and_everything_is_done_afterwards() {
    let app = cold().await;
    deny(&app, true);
    put(&app, REPOSITORY_QUEUE, &chart_event());
    put(&app, REPOSITORY_QUEUE, &cloud_event());
    put(&app, REPOSITORY_QUEUE, &repository_message());
    put(&app, REGISTRY_QUEUE, &registry_message());
    for queue in [REPOSITORY_QUEUE, REGISTRY_QUEUE] {
        // What can never be worked on cannot be kept either while storage refuses it.
        let mut queues = app.tenant.queues.lock().unwrap();
        queues.send(queue, Message::json("{"));
        queues.send(queue, Message::json(vec![0xff, 0xfe]));
    }
    let report = app.host.deliver_due().await;
    assert_eq!((report.failures, report.redeliveries), (0, 0), "{report:?}");
    for _ in 0..4 {
        for queue in [REPOSITORY_QUEUE, REGISTRY_QUEUE] {
            let mut queues = app.tenant.queues.lock().unwrap();
            assert!(
                queues.reschedule(queue, time::Duration::days(-2)) >= 3,
                "nothing is lost"
            );
        }
        let report = app.host.deliver_due().await;
        assert_eq!((report.failures, report.redeliveries), (0, 0), "{report:?}");
    }
    assert_eq!(dead_letters(&app), 0);
    deny(&app, false);
    let report = app.deliver().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    let kept = quarantine(&app);
    assert_eq!(kept.len(), 4, "{kept:#?}");
    assert_eq!(kept.iter().filter(|kept| kept["bodyBase64"] == "//4=").count(), 2);
    app.assert_complete(SERVER, 3);
    app.assert_no_violation();
}
