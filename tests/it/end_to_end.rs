//! The main job through the front door: timer, queue, registry, container.

use simulator::world::World;

use crate::function_app::FunctionApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_leaves_a_complete_inventory() {
    let app = FunctionApp::start(World::sized(5, 3)).await;
    let report = app.run().await;
    assert_eq!(report.failures, 0, "{report:?}");
    let registry = app.document("v2/registries/bench.azurecr.io/registry.json");
    assert_eq!(registry["status"]["completeness"], "complete", "{registry:#}");
    assert_eq!(registry["totals"]["repositories"], 5);
    assert_eq!(registry["totals"]["tags"], 15);
    app.assert_no_violation();
}
