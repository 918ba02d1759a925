//! `bench`: figures for README; printed beside what they should be, never judged: times depend on the machine.

mod case;
mod collect;
mod figures;
mod function_app;
mod start;
mod targets;
mod webhook;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use self::case::Through;
use super::COMPLETE;
use crate::simulator::tenant::Tenant;

/// The budget of reads is for a shared registry; here only the client is measured.
const NO_BUDGET: (&str, &str) = ("ACR_INVENTORY_READS_PER_MINUTE", "10000000");

#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    /// Only this case, as REPOSITORIESxTAGS; may be given several times
    #[arg(long = "case", value_name = "RxT", value_parser = case::parse)]
    cases: Vec<(usize, usize)>,
    /// Milliseconds added to every answer, for one more row per case; 0: no more rows
    #[arg(long, value_name = "MS", default_value_t = 20)]
    latency: u64,
    /// The binary to measure, e.g. one built without the simulator [default: this one]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Only the small cases, and fewer webhook deliveries
    #[arg(long)]
    quick: bool,
}

pub(super) async fn run(args: BenchArgs) -> anyhow::Result<u8> {
    let binary = match &args.binary {
        Some(binary) => binary
            .canonicalize()
            .with_context(|| format!("finding {}", binary.display()))?,
        None => std::env::current_exe().context("finding this program")?,
    };
    let mut rows = Vec::new();
    for case in case::plan(&args.cases, args.latency, args.quick) {
        eprintln!("{case}");
        rows.extend(match case.through {
            Through::Collect => collect::measure(&binary, &case).await?,
            Through::FunctionApp => function_app::measure(&binary, &case).await?,
        });
    }
    eprintln!("starts");
    let starts = start::measure(&binary).await?;
    eprintln!("webhook");
    let webhook = webhook::measure(&binary, args.quick).await?;
    let binary_bytes = std::fs::metadata(&binary).context("reading the binary's size")?.len();
    println!("{}\n", figures::table(&rows));
    println!("{}", targets::table(&rows, &starts, binary_bytes, &webhook));
    Ok(COMPLETE)
}

/// Whatever was measured counts for nothing if the simulator was asked for what it does not know.
fn ensure_no_violation(tenant: &Tenant) -> anyhow::Result<()> {
    let violations = tenant.simulator.violations();
    anyhow::ensure!(
        violations.is_empty(),
        "the simulator was asked for what it does not know: {violations:?}"
    );
    Ok(())
}
