//! The command: three refreshes killed and held up at each of their requests, and many lives of a small tenant under
//! faults, on all cores.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use anyhow::Context as _;
use clap::Parser;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

use campaign::{CrashPoint, KINDS, Name, Report, run as live};

/// Failing seeds shown in full.
const SHOWN: usize = 10;

/// Lives through many lives of a simulated tenant under faults, and checks everything that was written.
///
/// Exit code 0: nothing was wrong; 1: something was; 2: the command line.
#[derive(Debug, Parser)]
#[command(version)]
struct CampaignArgs {
    /// How many seeds to live through
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    seeds: u64,
    /// The first of them
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    first: u64,
    /// Stop at the first seed that fails
    #[arg(long)]
    fail_fast: bool,
    /// Replay one life, named as it was reported (42, or held-up@33), and print what happened
    #[arg(long, value_name = "LIFE", conflicts_with_all = ["seeds", "first"])]
    replay: Option<Name>,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = CampaignArgs::parse();
    let is_right = match args.replay {
        Some(name) => replay(name)?,
        None => live_all(&args),
    };
    Ok(ExitCode::from(u8::from(!is_right)))
}

/// Lives through all of them, prints what they add up to, and says whether nothing was wrong.
fn live_all(args: &CampaignArgs) -> bool {
    let begun = Instant::now();
    let (next_point, next_seed) = (AtomicU64::new(0), AtomicU64::new(args.first));
    let (points_over, has_failed) = (AtomicBool::new(false), AtomicBool::new(false));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = || {
        let (mut sum, mut lives) = (Sum::default(), 0_u64);
        while !(args.fail_fast && has_failed.load(Ordering::Relaxed)) {
            lives += 1;
            let are_points_over = points_over.load(Ordering::Relaxed);
            // By turns, so that neither has to wait for the other to fail.
            let seed = (lives % 2 == 0 || are_points_over).then(|| next_seed.fetch_add(1, Ordering::Relaxed));
            let name = match seed.filter(|seed| *seed < args.first + args.seeds) {
                Some(seed) => Name::Seed(seed),
                None if are_points_over => break,
                None => injected(next_point.fetch_add(1, Ordering::Relaxed)),
            };
            let Some(report) = live(name, false) else {
                points_over.store(true, Ordering::Relaxed);
                continue;
            };
            has_failed.fetch_or(!report.violations.is_empty(), Ordering::Relaxed);
            sum.add(name, report);
        }
        sum
    };
    let mut sum = Sum::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            match worker.join() {
                Ok(of_one) => sum.merge(of_one),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    print(&sum, begun.elapsed().as_secs_f64());
    sum.failed.is_empty()
}

/// The lives with a crash at the first request, then those with one at the second, and so on.
fn injected(number: u64) -> Name {
    let [before, after, held, again] = CrashPoint::ALL;
    let point = match number % 4 {
        0 => before,
        1 => after,
        2 => held,
        _ => again,
    };
    Name::Injected(point, number / 4 + 1)
}

/// Lives through one, prints what happened, and says whether nothing was wrong.
fn replay(name: Name) -> anyhow::Result<bool> {
    let report = live(name, true).with_context(|| format!("{name}: there are not so many requests"))?;
    println!("fired: {:?}", report.fired);
    println!(
        "{} requests, {} messages, {} kills, the progress of {} invocations judged; trace {:016x}",
        report.requests, report.messages, report.kills, report.judged, report.trace_hash
    );
    for violation in &report.violations {
        println!("violation: {violation}");
    }
    Ok(report.violations.is_empty())
}

/// What many lives add up to.
#[derive(Debug, Default)]
struct Sum {
    /// Crash points of a refresh: requests, times what happened to the process.
    points: u64,
    seeds: u64,
    requests: u64,
    messages: u64,
    kills: u64,
    documents: u64,
    snapshots: u64,
    judged: u64,
    readers: u64,
    verified: u64,
    thinned: u64,
    fired: BTreeMap<&'static str, (u64, u64)>,
    failed: Vec<(Name, Vec<String>)>,
}

impl Sum {
    fn add(&mut self, name: Name, report: Report) {
        match name {
            Name::Seed(_) => self.seeds += 1,
            Name::Injected(..) => self.points += 1,
        }
        self.requests += report.requests;
        self.messages += report.messages;
        self.kills += report.kills;
        self.documents += report.documents;
        self.snapshots += report.snapshots;
        self.judged += report.judged;
        self.readers += report.readers;
        self.verified += report.verified;
        self.thinned += report.thinned;
        for (name, times) in report.fired {
            let of_kind = self.fired.entry(name).or_default();
            of_kind.0 += times;
            of_kind.1 += 1;
        }
        if !report.violations.is_empty() {
            self.failed.push((name, report.violations));
        }
    }

    fn merge(&mut self, other: Self) {
        self.points += other.points;
        self.seeds += other.seeds;
        self.requests += other.requests;
        self.messages += other.messages;
        self.kills += other.kills;
        self.documents += other.documents;
        self.snapshots += other.snapshots;
        self.judged += other.judged;
        self.readers += other.readers;
        self.verified += other.verified;
        self.thinned += other.thinned;
        for (name, (times, seeds)) in other.fired {
            let of_kind = self.fired.entry(name).or_default();
            of_kind.0 += times;
            of_kind.1 += seeds;
        }
        self.failed.extend(other.failed);
    }
}

fn print(sum: &Sum, seconds: f64) {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["fault", "kind", "fired", "in seeds"]);
    for kind in KINDS {
        let (times, seeds) = sum.fired.get(kind.name).copied().unwrap_or_default();
        table.add_row([
            kind.fault.to_owned(),
            kind.name.to_owned(),
            times.to_string(),
            seeds.to_string(),
        ]);
    }
    // What belongs to no kind is planned with the life.
    let planned = sum.fired.iter();
    let planned = planned.filter(|(name, _)| KINDS.iter().all(|kind| kind.name != **name));
    for (name, (times, seeds)) in planned {
        table.add_row(["", name, &times.to_string(), &seeds.to_string()]);
    }
    for column in 2..=3 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
    println!(
        "{} crash points and {} seeds in {seconds:.1} s: {} requests, {} messages, {} kills, {} document versions and {} snapshots checked, the progress of {} invocations judged",
        sum.points, sum.seeds, sum.requests, sum.messages, sum.kills, sum.documents, sum.snapshots, sum.judged
    );
    println!(
        "{} snapshots thinned, {} read meanwhile, {} verified at rest",
        sum.thinned, sum.readers, sum.verified
    );
    for (name, violations) in sum.failed.iter().take(SHOWN) {
        println!("{}:", name.told());
        for violation in violations.iter().take(3) {
            println!("  {violation}");
        }
    }
    println!("{} failed", sum.failed.len());
}
