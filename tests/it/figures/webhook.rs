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
        assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 202);
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
async fn an_event_that_tells_nothing_new_writes_nothing() {
    let app = FunctionApp::start(World::sized(20, 5)).await;
    app.run().await;
    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "v1");
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 202);
    app.deliver().await;
    let before = figures(&app);
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 202);
    app.deliver().await;
    let cost = figures(&app).since(&before);
    // As above, without the change record and the document.
    assert_eq!((cost.registry, cost.service_bus, cost.repository_messages), (5, 1, 1));
    let read_once = Blob {
        get: 1,
        ..Blob::default()
    };
    assert_eq!(cost.blob, read_once);
    app.assert_no_violation();
}
