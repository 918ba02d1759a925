//! What one event costs.

use simulator::world::World;

use super::{Blob, Figures, figures};
use crate::function_app::FunctionApp;
use crate::webhook::{REPOSITORY, SERVER, event};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_costs_one_message_and_one_repository() {
    let app = FunctionApp::start(World::sized(20, 5)).await;
    app.run().await;
    // The second is the proof that the first left nothing behind that has to be done once only.
    for _ in 0..2 {
        let before = figures(&app);
        app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "v1");
        assert_eq!(app.post_webhook(&pushed_now(&app)).await, 202);
        let report = app.deliver().await;
        assert_eq!(report.invocations["refresh-repository"], 1, "{report:?}");
        let expected = Figures {
            authority: 0,
            arm: 0,
            resource_graph: 0,
            // Refresh token and access token (an invocation keeps none for the next), two lists, the repository's own
            // counts.
            registry: 2 + 2 + 1,
            service_bus: 1,
            blob: Blob {
                // The document; that the registry is known is remembered.
                get: 1,
                missing: 0,
                // The change record and the document.
                put: 2,
                put_block: 0,
                commit: 0,
                list: 0,
                delete: 0,
            },
            registry_messages: 0,
            repository_messages: 1,
        };
        assert_eq!(figures(&app).since(&before), expected);
    }
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_observed_already_costs_one_read() {
    let app = FunctionApp::start(World::sized(20, 5)).await;
    app.run().await;
    // Three pushes come at once, as they do from a pipeline; the first reading shows what all of them did.
    for tag in ["v1", "v2", "v3"] {
        app.tenant.simulator.world().push_image(SERVER, REPOSITORY, tag);
    }
    let pushed = |tag: &str| {
        let mut event = pushed_now(&app);
        event["target"]["tag"] = tag.into();
        event
    };
    let events = ["v1", "v2", "v3"].map(pushed);
    // The registry's clock tells whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(app.post_webhook(&events[0]).await, 202);
    app.deliver().await;
    let before = figures(&app);
    for event in &events[1..] {
        assert_eq!(app.post_webhook(event).await, 202);
    }
    app.deliver().await;
    let cost = figures(&app).since(&before);
    assert_eq!((cost.registry, cost.service_bus, cost.repository_messages), (0, 2, 2));
    let read_twice = Blob {
        get: 2,
        ..Blob::default()
    };
    assert_eq!(cost.blob, read_twice);
    app.assert_no_violation();
}

/// A push that happens now by the registry's clock.
fn pushed_now(app: &FunctionApp) -> serde_json::Value {
    let now = app.tenant.simulator.world().clock.now();
    let mut event = event("push", SERVER, REPOSITORY);
    event["timestamp"] = simulator::clock::timestamp(now).into();
    event
}
