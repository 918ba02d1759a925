//! A container that vanishes in the middle of a run and comes back, with what was in it or empty.

use std::time::Duration;

use simulator::Options;
use simulator::tenant::{REGISTRY_QUEUE, REPOSITORY_QUEUE};
use simulator::world::World;

use super::{CURRENT, REGISTRY, SERVER, app, ask_for, quarantine, repositories, send, status, tags};
use crate::function_app::FunctionApp;

/// Messages on a queue, due or not, and in its dead-letter queue.
fn waiting(app: &FunctionApp, queue: &str) -> (usize, usize) {
    let mut queues = app.tenant.queues.lock().unwrap();
    (
        queues.len(queue) + queues.scheduled_len(queue),
        queues.dead_letters(queue).len(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_goes_on_when_the_container_is_back() {
    let options = Options {
        latency: Duration::from_millis(20),
        ..Options::default()
    };
    let settings = [("ACR_INVENTORY_CONCURRENCY", "1")];
    let app = FunctionApp::start_with(World::sized(40, 1), options, &settings).await;
    app.fire_timer().await;
    let written = || app.names(&format!("v2/registries/{SERVER}/repositories/")).len();
    let vanish = async {
        while written() < 5 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        app.tenant.blobs.lock().unwrap().take_container("inventory").unwrap()
    };
    let (report, container) = tokio::join!(app.host.deliver_due(), vanish);
    // The message waits; it was not given out again and again until it was buried.
    assert_eq!((report.failures, report.redeliveries), (0, 0), "{report:?}");
    assert_eq!(waiting(&app, REGISTRY_QUEUE), (1, 0));
    // A timer meanwhile says that it could do nothing.
    let fired = app.host.fire_timer("schedule-refresh", false).await.unwrap();
    assert!(!fired.succeeded());
    app.tenant.blobs.lock().unwrap().put_container("inventory", container);
    let before = written();
    assert!((5..40).contains(&before), "{before}");
    assert_eq!(app.deliver().await.dead_letters, 0);
    assert_eq!(status(&app), ("complete".to_owned(), Vec::new()));
    assert_eq!(app.document(REGISTRY)["totals"]["repositories"], 40);
    assert!(quarantine(&app).is_empty());
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_waits_until_the_container_is_back() {
    let app = app(2).await;
    let name = repositories(&app).remove(0);
    app.tenant.simulator.world().push_image(SERVER, &name, "meanwhile");
    let container = app.tenant.blobs.lock().unwrap().take_container("inventory").unwrap();
    send(&app, REPOSITORY_QUEUE, ask_for(&name));
    // Not even what can never succeed is thrown away while there is nowhere to keep it.
    send(&app, REPOSITORY_QUEUE, "nonsense");
    let report = app.host.deliver_due().await;
    assert_eq!(report.failures, 0, "both are sent again with a delay: {report:?}");
    assert_eq!(waiting(&app, REPOSITORY_QUEUE), (2, 0));
    app.tenant.blobs.lock().unwrap().put_container("inventory", container);
    assert_eq!(app.deliver().await.dead_letters, 0);
    assert!(tags(&app, &name).contains(&"meanwhile".to_owned()));
    assert_eq!(quarantine(&app).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_comes_back_empty_is_filled_again() {
    let app = app(3).await;
    app.run().await;
    app.run().await;
    drop(app.tenant.blobs.lock().unwrap().take_container("inventory"));
    let name = repositories(&app).remove(0);
    send(&app, REPOSITORY_QUEUE, ask_for(&name));
    assert_eq!(app.host.deliver_due().await.failures, 0);
    app.tenant.blobs.lock().unwrap().create_container("inventory");
    let report = app.run().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    assert_eq!(status(&app), ("complete".to_owned(), Vec::new()));
    assert_eq!(app.document(REGISTRY)["totals"]["repositories"], 3);
    assert!(
        app.document(CURRENT)["generation"]
            .as_str()
            .unwrap()
            .starts_with("00000001-")
    );
    app.assert_no_violation();
}
