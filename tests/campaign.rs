//! Lives of a small tenant under faults: a fixed handful of them, and one refresh killed at each of its requests.
//!
//! A binary of its own, so that whoever changes how documents are written can run just this. Many more lives:
//! `cargo run --release -- campaign --seeds 10000`.

#![cfg(feature = "simulator")]
#![allow(clippy::panic, reason = "a panic is how a test fails")]

use acr_inventory::campaign::{Report, run, run_killed_at};

/// Lives of the fixed handful.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=24;

fn assert_clean(what: &str, report: &Report) {
    assert!(report.violations.is_empty(), "{what}: {:#?}", report.violations);
}

/// Runs a life per number on every core.
fn on_all_cores(numbers: impl Iterator<Item = u64> + Send, live: impl Fn(u64) + Sync) {
    let numbers = std::sync::Mutex::new(numbers);
    let next = || numbers.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(number) = next() {
                    live(number);
                }
            });
        }
    });
}

#[test]
fn the_inventory_is_right_in_the_end_whatever_went_wrong() {
    on_all_cores(SEEDS, |seed| {
        assert_clean(&format!("acr-inventory campaign --replay {seed}"), &run(seed, false));
    });
}

#[test]
fn the_same_seed_is_the_same_life() {
    on_all_cores(101..=104, |seed| {
        assert_eq!(run(seed, false).trace_hash, run(seed, false).trace_hash, "seed {seed}");
    });
}

/// Killed at its first request, at its second, and so on to its last, each before and after it took effect.
#[test]
fn a_refresh_may_be_killed_at_each_of_its_requests() {
    const MANY: u64 = 10_000;
    let killed = std::sync::atomic::AtomicU64::new(0);
    let over = std::sync::atomic::AtomicBool::new(false);
    let points = (1..MANY).take_while(|_| !over.load(std::sync::atomic::Ordering::Relaxed));
    on_all_cores(points, |request| {
        for after_effect in [false, true] {
            match run_killed_at(request, after_effect) {
                Some(report) => {
                    assert_clean(
                        &format!("killed at request {request}, after its effect: {after_effect}"),
                        &report,
                    );
                    killed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
                None => over.store(true, std::sync::atomic::Ordering::Relaxed),
            }
        }
    });
    let killed = killed.into_inner();
    println!("killed at {killed} points");
    assert!(killed > 100, "only {killed} points");
}
