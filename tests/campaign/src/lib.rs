//! Lives of a small tenant under faults, each repeated from its seed.
//!
//! ```text
//!  seed ─► plan (world, settings, timers, pushes, faults) ─► life: instances of the real function app, simulated host,
//!          queues, blobs and registries, all in one thread under a simulated clock ─► journal ─► check
//! ```
//! The real handler runs from its HTTP router down; only sockets and time are simulated. When the faults are over the
//! tenant is left to come to rest, and then everything that was ever written is held against the truth: what the
//! registries showed at which time (see `check`).
//!
//! Invariants: everything random follows from the seed, so a failing seed can be replayed; nothing here is known to
//! the product, which has no switch for it.

#![forbid(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    missing_debug_implementations,
    reason = "a panic here is a failed campaign, and its parts hold locks and tasks"
)]

mod act;
mod burst;
mod check;
mod event;
mod instance;
mod journal;
mod kind;
mod laptop;
mod life;
mod looks;
mod name;
mod network;
mod plan;
mod reader;
mod truth;

use std::collections::BTreeMap;
use std::io::Write as _;

use simulator::random::seeded;
use simulator::simulated_time;

pub use kind::{KINDS, Kind};
pub use name::{CrashPoint, Name};
pub use plan::Plan;

/// Lives take seconds at the most, on a busy machine and not optimized.
const LONGEST_LIFE: std::time::Duration = std::time::Duration::from_secs(300);

/// What became of one seed.
#[derive(Debug, Default)]
pub struct Report {
    pub seed: u64,
    /// What does not hold, in sentences; empty is what everybody wants.
    pub violations: Vec<String>,
    /// How often each fault was injected, by [`Kind::name`].
    pub fired: BTreeMap<&'static str, u64>,
    pub requests: u64,
    pub messages: u64,
    pub kills: u64,
    /// Requests that were held up.
    pub held: u64,
    /// Versions of repository documents that were checked.
    pub documents: u64,
    /// Snapshots that were checked.
    pub snapshots: u64,
    /// Snapshots that somebody read while others wrote and thinned, and that were verified at rest.
    pub readers: u64,
    pub verified: u64,
    /// Snapshots that were thinned.
    pub thinned: u64,
    /// Invocations of refreshes whose progress could be judged from outside.
    pub judged: u64,
    /// Hash of everything that happened: the same seed gives the same.
    pub trace_hash: u64,
}

/// Lives through one life: that of a seed; or three refreshes of a small registry without any fault, but that the process
/// has a crash point at one request. None if there are not so many requests. With `trace`, what happens is printed as it happens.
pub fn run(name: Name, trace: bool) -> Option<Report> {
    let _watch = watch(name);
    match name {
        Name::Seed(seed) => Some(live(Plan::of(seed), trace)),
        Name::Injected(point, request) => {
            let report = live(Plan::injected_at(request, point), trace);
            (report.kills + report.held > 0).then_some(report)
        }
    }
}

/// Ends everything if a life goes on for longer than any does: under its clock nothing times out when no time passes.
/// Dropping what is returned ends the watch.
fn watch(name: Name) -> std::sync::mpsc::Sender<()> {
    let (watch, is_over) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        if is_over.recv_timeout(LONGEST_LIFE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            // Not by `println!`, which a test's harness takes and loses here.
            let _ = writeln!(std::io::stdout(), "{}:\n  it does not end", name.told());
            std::process::exit(1);
        }
    });
    watch
}

fn live(plan: Plan, trace: bool) -> Report {
    // 2026-01-05T06:00:00Z: no life depends on when it is lived.
    const START: i64 = 1_767_592_800;
    let seed = plan.seed;
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = match runtime.enable_time().start_paused(true).build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return Report {
                seed,
                violations: vec![format!("no runtime: {error}")],
                ..Report::default()
            };
        }
    };
    let report = runtime.block_on(async move {
        simulated_time::start(
            time::OffsetDateTime::from_unix_timestamp(START).unwrap_or(time::OffsetDateTime::UNIX_EPOCH),
        );
        seeded::start(seed);
        let mut life = match life::Life::begin(plan, trace) {
            Ok(life) => life,
            Err(error) => {
                return Report {
                    seed,
                    violations: vec![format!("the function app does not start: {error:#}")],
                    ..Report::default()
                };
            }
        };
        life.run().await;
        life.end()
    });
    simulated_time::stop();
    seeded::stop();
    report
}
