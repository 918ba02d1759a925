//! `collect` in a process of its own, twice into the same directory: the second run finds nothing changed. The floor
//! goes first, in the same tenant.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::process::Command;

use super::case::{Case, Through};
use super::figures::Row;
use super::floor;
use super::least::Least;
use super::traffic::Traffic;
use super::{NO_BUDGET, ensure_no_violation};
use acr_inventory::cli::summary::Summary;
use simulator::tenant::{CONTAINER_URL, Tenant};

pub(super) async fn measure(binary: &Path, case: &Case) -> anyhow::Result<Vec<Row>> {
    let tenant = case.tenant()?;
    let least = Least::of(&tenant.simulator.world());
    let floor = floor::measure(&tenant).await?;
    anyhow::ensure!(floor.rows == case.rows(&tenant), "the floor wrote {} rows", floor.rows);
    tenant.simulator.clear_requests();
    let store = match case.through {
        Through::CollectToBlobs => CONTAINER_URL.to_owned(),
        _ => tenant.folder().join("inventory").display().to_string(),
    };
    let mut rows = Vec::new();
    for run in ["first", "second"] {
        let (summary, wall) = collect(binary, &tenant, &store).await?;
        anyhow::ensure!(summary.is_complete(), "the {run} run of {case} is not complete");
        rows.push(Row {
            case: case.clone(),
            run,
            least: least.of_run(run),
            traffic: Traffic::take(&tenant, case),
            wall,
            used: summary.resources.unwrap_or_default(),
            store: summary.store,
            messages: 0,
            floor: Some(floor),
        });
    }
    ensure_no_violation(&tenant)?;
    Ok(rows)
}

async fn collect(binary: &Path, tenant: &Tenant, store: &str) -> anyhow::Result<(Summary, Duration)> {
    let started = Instant::now();
    let child = Command::new(binary)
        .args(["collect", "--format", "json", "--registry", "bench"])
        .envs(tenant.application_settings(store))
        .env(NO_BUDGET.0, NO_BUDGET.1)
        .env("SSL_CERT_DIR", tenant.folder())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let finished = child.await.with_context(|| format!("running {}", binary.display()))?;
    let wall = started.elapsed();
    anyhow::ensure!(finished.status.success(), "collect ended with {}", finished.status);
    let summary = serde_json::from_slice(&finished.stdout).context("reading the summary")?;
    Ok((summary, wall))
}
