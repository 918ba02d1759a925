//! The floor: what nobody can go below who lists everything with this HTTP client at this concurrency.
//!
//! A bare client in a process of its own: catalog pages, one manifest list and one tag list per repository, pages parsed
//! in place, one TSV row per line, nothing else. After that it asks for what a first run of `collect` asks for too, every
//! index, and throws it away: measured apart, because the lists alone are what is compared. No product code reads or
//! writes anything here.

mod listing;
mod page;
mod tokens;

use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::own_process;
use acr_inventory::cli::resources::{Resources, used};
pub(super) use listing::{CONCURRENCY, SERVER};
use simulator::tenant::Tenant;

/// One run of the floor, beside the rows of its case.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Floor {
    /// To the registry.
    pub(super) requests: u64,
    /// Manifests and tags.
    pub(super) rows: u64,
    /// All of it but [`Floor::content_time`]; known to whoever started the process.
    #[serde(skip)]
    pub(super) wall: Duration,
    /// By the lists.
    pub(super) used: Resources,
    /// Indexes that it asked for, once everything was listed.
    pub(super) content: u64,
    pub(super) content_time: Duration,
    /// By all of it.
    pub(super) used_in_all: Resources,
}

/// Lists the registry `bench` of the tenant in the environment into `output`, and prints what that took: all of the
/// process that [`measure`] starts.
pub(super) async fn list(output: &Path) -> anyhow::Result<()> {
    let lister = listing::list(output).await?;
    let ((requests, rows), used_by_lists, begun) = (lister.counts(), used().unwrap_or_default(), Instant::now());
    let content = lister.content().await?;
    let floor = Floor {
        requests,
        rows,
        wall: Duration::ZERO,
        used: used_by_lists,
        content,
        content_time: begun.elapsed(),
        used_in_all: used().unwrap_or_default(),
    };
    println!("{}", serde_json::to_string(&floor)?);
    Ok(())
}

/// Runs the floor against this tenant, with the start of its process in the time, as `collect` has it in its own.
pub(super) async fn measure(tenant: &Tenant) -> anyhow::Result<Floor> {
    let output = tenant.folder().join("floor.tsv").display().to_string();
    let settings = tenant.function_app_settings("");
    let (floor, wall): (Floor, _) = own_process::run(["--floor", &output], settings).await?;
    Ok(Floor {
        wall: wall.saturating_sub(floor.content_time),
        ..floor
    })
}
