//! An event is acknowledged once the broker or the spool has it, and not before.

use simulator::world::World;

use super::{REPOSITORY, SERVER, app, event, headers, post, sent, tags};
use crate::function_app::FunctionApp;

const SPOOL: &str = "v2/spool/";

#[tokio::test(flavor = "multi_thread")]
async fn an_event_waits_in_the_spool_while_the_broker_is_down() {
    let app = app().await;
    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "spooled");
    app.tenant.queues.lock().unwrap().down = true;
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 202);
    let spooled = app.names(SPOOL);
    assert_eq!((spooled.len(), sent(&app)), (1, 0));
    assert_eq!(app.document(&spooled[0])["repository"], REPOSITORY);
    // A timer that cannot send either must not lose it.
    let fired = app.host.fire_timer("schedule-refresh", false).await.unwrap();
    assert!(!fired.succeeded());
    assert_eq!(app.names(SPOOL), spooled);
    app.tenant.queues.lock().unwrap().down = false;
    app.fire_timer().await;
    assert_eq!((app.names(SPOOL).len(), sent(&app)), (0, 1));
    app.deliver().await;
    assert!(tags(&app).contains(&"spooled".to_owned()));
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spooled_event_that_cannot_be_read_stays_and_holds_nothing_up() {
    let app = app().await;
    let name = format!("{SPOOL}00000000-0000-4000-8000-000000000000.json");
    app.tenant.blobs.lock().unwrap().put("inventory", &name, "{}");
    app.tenant.queues.lock().unwrap().down = true;
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 202);
    app.tenant.queues.lock().unwrap().down = false;
    app.fire_timer().await;
    assert_eq!((app.names(SPOOL), sent(&app)), (vec![name], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_told_when_neither_broker_nor_storage_takes_the_event() {
    let app = app().await;
    // The registry is looked up in storage once and then remembered.
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 202);
    app.tenant.queues.lock().unwrap().down = true;
    app.tenant.blobs.lock().unwrap().deny = true;
    let reply = post(&app, &headers(), event("push", SERVER, REPOSITORY).to_string()).await;
    assert_eq!(reply.status, 503);
    app.tenant.blobs.lock().unwrap().deny = false;
    assert_eq!((app.names(SPOOL).len(), sent(&app)), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_told_when_storage_cannot_say_whether_the_registry_is_known() {
    // Nothing has run yet, so nothing is remembered: not known for want of a look is not the same as unknown.
    let app = FunctionApp::start(World::sized(1, 1)).await;
    app.tenant.blobs.lock().unwrap().deny = true;
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 503);
    app.tenant.blobs.lock().unwrap().deny = false;
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 403);
    assert_eq!(sent(&app), 0);
}
