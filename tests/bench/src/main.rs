//! Figures for tests/README.md; printed beside what they should be, never judged: times depend on the machine.

#![forbid(unsafe_code)]

mod access;
mod case;
mod collect;
mod figures;
mod floor;
mod function_app;
mod least;
mod lines;
mod own_process;
mod program;
mod query;
mod start;
mod targets;
mod traffic;
mod webhook;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;

use self::access::AccessCase;
use self::case::{Case, Through, Wanted};
use simulator::tenant::Tenant;

/// The budget of reads is for a shared registry; here only the client is measured.
const NO_BUDGET: (&str, &str) = ("ACR_INVENTORY_READS_PER_MINUTE", "10000000");

/// Measures collecting from the simulator and prints the figures.
#[derive(Debug, Parser)]
#[command(version, about)]
struct BenchArgs {
    /// Only this case: REPOSITORIESxTAGS, access-matrix, access-matrix-heavy or query; may be given several times
    #[arg(long = "case", value_name = "CASE", value_parser = case::parse)]
    cases: Vec<Wanted>,
    /// Milliseconds added to every answer, for one more row per case; 0: no more rows
    #[arg(long, value_name = "MS", default_value_t = 20)]
    latency: u64,
    /// Only what goes through this; may be given several times
    #[arg(long, value_enum)]
    through: Vec<Through>,
    /// The binary to measure, e.g. one built without the simulator [default: the one of this repository, built first]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Only the small cases, and fewer webhook deliveries
    #[arg(long)]
    quick: bool,
    /// Compute this case here and print its figures: what a case of access runs in a process of its own
    #[arg(long, value_enum, value_name = "CASE", hide = true)]
    compute: Option<AccessCase>,
    /// List the registry of the tenant in the environment into this file, with a bare client: what the floor of a case
    /// runs in a process of its own
    #[arg(long, value_name = "FILE", hide = true)]
    floor: Option<PathBuf>,
    /// Read the current snapshot in this inventory to its last line: what a process of its own does
    #[arg(long, value_name = "FOLDER", hide = true)]
    read: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = BenchArgs::parse();
    if let Some(case) = args.compute {
        println!("{}", serde_json::to_string(&access::compute(case)?)?);
        return Ok(());
    }
    if let Some(output) = &args.floor {
        return floor::list(output).await;
    }
    if let Some(inventory) = &args.read {
        return lines::read(inventory).await;
    }
    let is_all = args.cases.is_empty();
    let (sizes, access, asks) = case::sorted(&args.cases);
    if sizes.is_empty() && !access.is_empty() {
        println!("{}", access::measure(&access).await?);
    }
    if sizes.is_empty() && !asks && !is_all {
        return Ok(());
    }
    let binary = match &args.binary {
        Some(binary) => binary
            .canonicalize()
            .with_context(|| format!("finding {}", binary.display()))?,
        None => program::build()?,
    };
    if asks || (is_all && !args.quick) {
        println!("{}\n", query::measure(&binary).await?);
    }
    if sizes.is_empty() && !is_all {
        return Ok(());
    }
    let mut rows = Vec::new();
    let wanted = |case: &Case| args.through.is_empty() || args.through.contains(&case.through);
    for case in case::plan(&sizes, args.latency, args.quick).into_iter().filter(wanted) {
        eprintln!("{case}");
        rows.extend(match case.through {
            Through::Collect | Through::CollectToBlobs => collect::measure(&binary, &case).await?,
            Through::FunctionApp => function_app::measure(&binary, &case).await?,
        });
    }
    eprintln!("starts");
    let starts = start::measure(&binary).await?;
    eprintln!("webhook");
    let webhook = webhook::measure(&binary, args.quick).await?;
    let binary_bytes = std::fs::metadata(&binary).context("reading the binary's size")?.len();
    let access = match is_all {
        true => AccessCase::ALL.to_vec(),
        false => access,
    };
    println!("{}\n", figures::table(&rows));
    if !access.is_empty() {
        println!("{}\n", access::measure(&access).await?);
    }
    println!("{}", targets::table(&rows, &starts, binary_bytes, &webhook));
    Ok(())
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
