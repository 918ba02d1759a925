//! What a run over several registries costs, and the table of it in infra/README.md.

use super::{BATCH, Blob, Figures, ROWS, figures, registries};
use crate::function_app::FunctionApp;
use crate::readme;

/// A run over registries of one subscription that finds nothing changed: each has so many repositories, is read in one
/// invocation, and fits one page of its catalog; one process does it all.
pub(super) fn unchanged(registries: u64, repositories: u64) -> Figures {
    Figures {
        authority: 0,
        // Each one's own lists; and what they share.
        arm: 14 * registries + 5,
        resource_graph: registries.div_ceil(ROWS),
        registry: (2 + 1 + 2 * repositories) * registries,
        service_bus: registries.div_ceil(BATCH),
        blob: Blob {
            // Pointer, run, and the checkpoints of the run before, to write down how it ended. Per registry: its checkpoint
            // twice (is the refresh over?), its document twice, the manifest of the snapshot before three times (is it there;
            // for the lists; for the close), its segment, and the open ends; for the audit the snapshot (manifest and
            // segment), the registry document and the audit before. No repository's document. And the run for the first
            // audit.
            get: 2 + registries + (2 + 2 + 3 + 1 + 1 + 2 + 2) * registries + 1,
            missing: 0,
            // The run before, the run, and the pointer. Per registry: four checkpoints, open ends, manifest, document, audit;
            // no pack and no segment.
            put: 3 + 8 * registries,
            put_block: 0,
            commit: 0,
            // Spooled events; each registry's documents.
            list: 1 + registries,
            // The open ends.
            delete: registries,
        },
        registry_messages: registries,
        repository_messages: 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_over_several_registries_costs_what_readme_says() {
    let app = FunctionApp::start(registries(12, 3)).await;
    app.run().await;
    let first = figures(&app);
    app.run().await;
    assert_eq!(figures(&app).since(&first), unchanged(12, 3));
    app.assert_no_violation();
}

#[test]
fn cost_table_is_that_of_the_figures() {
    const REPOSITORIES: u64 = 100;
    let mut table = String::from(
        "| registries | executions | requests to registries | to Resource Manager | to Resource Graph | messages | blob reads | blob writes | blob lists |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for registries in [10, 100, 1_000] {
        let cost = unchanged(registries, REPOSITORIES);
        // The timer, and one invocation for each registry.
        let executions = 1 + registries;
        let cells = [
            registries,
            executions,
            cost.registry,
            cost.arm,
            cost.resource_graph,
            cost.registry_messages,
            cost.blob.get,
            cost.blob.put,
            cost.blob.list,
        ];
        let cells = cells.map(|cell| cell.to_string());
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    readme::check("infra/README.md", "cost", &table, "tests/it/figures/cost.rs");
}
