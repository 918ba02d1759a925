//! `bench`: figures for README; printed, not judged.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use tokio::process::Command;

use super::COMPLETE;
use super::summary::Summary;
use crate::simulator::Options;
use crate::simulator::tenant::Tenant;
use crate::simulator::world::World;

/// Starts measured for the time to the first 200.
const STARTS: usize = 20;

#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    /// Only this case, as REPOSITORIESxTAGS; may be given several times
    #[arg(long = "case", value_name = "RxT", value_parser = parse_case)]
    cases: Vec<(usize, usize)>,
    /// Milliseconds added to every answer, for one more row per case; 0: no more rows
    #[arg(long, value_name = "MS", default_value_t = 20)]
    latency: u64,
    /// The binary to measure, e.g. one built without the simulator [default: this one]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

fn parse_case(text: &str) -> Result<(usize, usize), String> {
    let case = text
        .split_once('x')
        .and_then(|(repositories, tags)| Some((repositories.parse().ok()?, tags.parse().ok()?)));
    case.ok_or_else(|| format!("{text:?} is not REPOSITORIESxTAGS, e.g. 200x50"))
}

pub(super) async fn run(args: BenchArgs) -> anyhow::Result<u8> {
    let binary = match &args.binary {
        Some(binary) => binary
            .canonicalize()
            .with_context(|| format!("finding {}", binary.display()))?,
        None => std::env::current_exe().context("finding this program")?,
    };
    let cases = if args.cases.is_empty() {
        vec![(200, 50), (1_000, 100)]
    } else {
        args.cases.clone()
    };
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header([
        "case",
        "run",
        "requests",
        "at least",
        "wall s",
        "cpu s",
        "peak RSS MiB",
        "store reads",
        "store writes",
    ]);
    for (repositories, tags) in cases {
        let mut latencies = vec![Duration::ZERO];
        latencies.extend((args.latency > 0).then(|| Duration::from_millis(args.latency)));
        for latency in latencies {
            let options = Options {
                latency,
                log_capacity: 0,
                ..Options::default()
            };
            let tenant = Tenant::start(World::sized(repositories, tags), options)?;
            let output = tenant.folder().join("inventory");
            for run in ["first", "second"] {
                let (summary, wall) = collect(&binary, &tenant, &output).await?;
                let registry = summary.registries.first().context("no registry was collected")?;
                let used = summary.resources.unwrap_or_default();
                let case = format!("{repositories}×{tags} {} ms", latency.as_millis());
                table.add_row([
                    case,
                    run.to_owned(),
                    registry.requests.to_string(),
                    least(repositories).to_string(),
                    format!("{:.2}", wall.as_secs_f64()),
                    format!("{:.2}", used.cpu_seconds),
                    format!("{:.1}", used.peak_rss_bytes as f64 / f64::from(1 << 20)),
                    summary.store.reads.to_string(),
                    summary.store.writes.to_string(),
                ]);
            }
        }
    }
    for column in 2..=8 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
    let size = std::fs::metadata(&binary)?.len() as f64 / f64::from(1 << 20);
    println!("binary: {size:.1} MiB ({})", binary.display());
    let mut starts = measure_starts(&binary).await?;
    starts.sort_unstable();
    let at = |share: usize| {
        starts
            .get(starts.len() * share / 100)
            .copied()
            .unwrap_or_default()
            .as_secs_f64()
            * 1_000.0
    };
    println!(
        "start to first 200, {STARTS} starts: median {:.1} ms, p90 {:.1} ms",
        at(50),
        at(90)
    );
    Ok(COMPLETE)
}

/// Tokens (exchange and access), catalog pages of 1,000, two lists per repository.
fn least(repositories: usize) -> usize {
    2 + repositories.div_ceil(1_000).max(1) + 2 * repositories
}

async fn collect(binary: &PathBuf, tenant: &Tenant, output: &PathBuf) -> anyhow::Result<(Summary, Duration)> {
    let started = Instant::now();
    let child = Command::new(binary)
        .args(["collect", "--format", "json", "--registry", "bench", "--output"])
        .arg(output)
        .envs(tenant.application_settings(""))
        // The budget is for a shared registry; here only the client is measured.
        .env("ACR_INVENTORY_READS_PER_MINUTE", "10000000")
        .env("SSL_CERT_DIR", tenant.folder())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let finished = child.await.with_context(|| format!("running {}", binary.display()))?;
    let wall = started.elapsed();
    anyhow::ensure!(finished.status.success(), "collect ended with {}", finished.status);
    let violations = tenant.simulator.violations();
    anyhow::ensure!(
        violations.is_empty(),
        "the simulator was asked for what it does not know: {violations:?}"
    );
    Ok((
        serde_json::from_slice(&finished.stdout).context("reading the summary")?,
        wall,
    ))
}

async fn measure_starts(binary: &PathBuf) -> anyhow::Result<Vec<Duration>> {
    let tenant = Tenant::start(World::sized(1, 1), Options::default())?;
    let store = tenant.folder().join("start").display().to_string();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let begun = Instant::now();
        let mut child = Command::new(binary)
            .arg("serve")
            .envs(tenant.function_app_settings(&store))
            .env("SSL_CERT_DIR", tenant.folder())
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let address = format!("http://127.0.0.1:{port}/");
        while client.get(&address).send().await.is_err() {
            anyhow::ensure!(begun.elapsed() < Duration::from_secs(30), "the handler does not answer");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        starts.push(begun.elapsed());
        child.kill().await?;
    }
    Ok(starts)
}
