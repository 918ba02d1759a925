//! The whole function app, twice from timer to finished, each time with a handler process of its own.

use std::path::Path;
use std::time::{Duration, Instant};

use super::case::Case;
use super::figures::Row;
use super::least::Least;
use super::traffic::Traffic;
use super::{NO_BUDGET, ensure_no_violation};
use acr_inventory::cli::resources::used_by;
use acr_inventory::cli::summary::StoreOperations;
use simulator::function_app::{check, fire_timer, start};
use simulator::host::ignore_lines;
use simulator::lock::lock;
use simulator::tenant::{CONTAINER_URL, Tenant};

/// Real time that one run may take.
const LIMIT: Duration = Duration::from_secs(3_600);

pub(super) async fn measure(binary: &Path, case: &Case) -> anyhow::Result<Vec<Row>> {
    let tenant = case.tenant()?;
    let least = Least::of(&tenant.simulator.world());
    let mut settings = tenant.function_app_settings(CONTAINER_URL);
    settings.push((NO_BUDGET.0.to_owned(), NO_BUDGET.1.to_owned()));
    let host = start(&tenant, binary, settings, ignore_lines()).await?;
    let mut rows = Vec::new();
    for run in ["first", "second"] {
        let (before, begun) = (counted(&tenant), Instant::now());
        fire_timer(&host).await?;
        check(&host.run_until_idle(LIMIT, true).await)?;
        let (wall, after) = (begun.elapsed(), counted(&tenant));
        let used = host.process_id().await.and_then(used_by).unwrap_or_default();
        rows.push(Row {
            case: case.clone(),
            run,
            least: least.of_run(run),
            traffic: Traffic::take(&tenant, case),
            wall,
            used,
            store: StoreOperations {
                reads: after.store.reads - before.store.reads,
                writes: after.store.writes - before.store.writes,
                lists: after.store.lists - before.store.lists,
                deletes: after.store.deletes - before.store.deletes,
            },
            messages: after.messages - before.messages,
            floor: None,
        });
        // So that CPU time and peak memory are those of one run.
        host.restart().await?;
    }
    host.kill().await;
    ensure_no_violation(&tenant)?;
    Ok(rows)
}

/// What the simulated Azure has been asked so far.
struct Counted {
    store: StoreOperations,
    messages: u64,
}

fn counted(tenant: &Tenant) -> Counted {
    let blobs = lock(&tenant.blobs).operations;
    let mut queues = lock(&tenant.queues);
    let messages = queues.names().iter().map(|queue| queues.counters(queue).sent).sum();
    let (writes, lists, deletes) = (blobs.put + blobs.put_block + blobs.commit, blobs.list, blobs.delete);
    // A read of what is not there is a read too; with one writer, nothing else is refused.
    let reads = blobs.get + blobs.properties + blobs.errors;
    Counted {
        store: StoreOperations {
            reads,
            writes,
            lists,
            deletes,
        },
        messages,
    }
}
