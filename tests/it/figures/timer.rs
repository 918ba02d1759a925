//! What a timer over many registries costs.

use std::time::Instant;

use super::{BATCH, Blob, Figures, ROWS, figures, registries};
use crate::function_app::FunctionApp;

const REGISTRIES: u64 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_over_a_thousand_registries_sends_its_messages_in_batches() {
    let app = FunctionApp::start(registries(REGISTRIES, 1)).await;
    let begun = Instant::now();
    app.fire_timer().await;
    println!("a timer over {REGISTRIES} registries: {:?}", begun.elapsed());
    let expected = Figures {
        // Tokens for Resource Graph, for storage, for Service Bus: no registry is contacted.
        authority: 3,
        arm: 0,
        // Rows come in pages of 1,000.
        resource_graph: REGISTRIES / ROWS,
        registry: 0,
        service_bus: REGISTRIES / BATCH,
        blob: Blob {
            get: 0,
            // No run yet.
            missing: 1 + 1_000,
            // The run with all its registries, and the pointer to it.
            put: 2,
            put_block: 0,
            commit: 0,
            // Spooled events.
            list: 2,
            delete: 0,
        },
        registry_messages: REGISTRIES,
        repository_messages: 0,
    };
    assert_eq!(figures(&app), expected);
    app.assert_no_violation();
}
