//! What a timer over many registries costs.

use std::time::Instant;

use acr_inventory::simulator::world::{Registry, World};

use super::{Blob, Figures, figures};
use crate::function_app::FunctionApp;

const REGISTRIES: u64 = 1_000;
/// Messages of one request to Service Bus.
const BATCH: u64 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_over_a_thousand_registries_sends_its_messages_in_batches() {
    let mut world = World::sized(1, 1);
    let subscription = world.subscriptions.keys().next().unwrap().clone();
    world.registries.clear();
    for number in 0..REGISTRIES {
        let registry = Registry::new(&subscription, "rg-bench", &format!("bench{number:04}"));
        world.registries.insert(registry.login_server.clone(), registry);
    }
    let app = FunctionApp::start(world).await;
    let begun = Instant::now();
    app.fire_timer().await;
    println!("a timer over {REGISTRIES} registries: {:?}", begun.elapsed());
    let expected = Figures {
        // Tokens for Resource Graph, for storage, for Service Bus: no registry is contacted.
        authority: 3,
        arm: 0,
        // Rows come in pages of 1,000.
        resource_graph: REGISTRIES / 1_000,
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
