//! Lives of a small tenant under faults: a fixed handful of them, and three refreshes with a crash point at each of their
//! requests.
//!
//! A binary of its own, so that whoever changes how documents are written can run just this. Many more lives:
//! `cargo run --release -p campaign -- --seeds 10000`.

#![allow(clippy::panic, clippy::expect_used, reason = "a panic is how a test fails")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use campaign::{CrashPoint, Name, run};

/// Lives of the fixed handful; `ACR_INVENTORY_TEST_SEEDS` asks for more, and for every request.
const SEEDS: u64 = 24;
/// Of the fixed handful, each so many-eth request; the command line takes every one in a fifth of the time.
const STRIDE: usize = 4;

/// Something went wrong already: the other tests need not live on.
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// Runs a life per number on every core until one goes wrong: `live` says what did.
fn on_all_cores(numbers: impl Iterator<Item = u64> + Send, live: impl Fn(u64) -> Option<String> + Sync) {
    let (numbers, wrong) = (Mutex::new(numbers), Mutex::new(Vec::new()));
    let next = || {
        let mut numbers = numbers.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.next().filter(|_| !IS_OVER.load(Ordering::Relaxed))
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(number) = next() {
                    if let Some(what) = live(number) {
                        IS_OVER.store(true, Ordering::Relaxed);
                        wrong.lock().unwrap_or_else(PoisonError::into_inner).push(what);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How many lives are asked for.
fn asked() -> Option<u64> {
    let asked = std::env::var("ACR_INVENTORY_TEST_SEEDS").ok()?;
    Some(asked.parse().expect("a number of seeds"))
}

/// What is wrong with a life, or nothing; none if there is no such life.
fn judged(name: Name) -> Option<Result<(), String>> {
    let violations = run(name, false)?.violations;
    Some(match violations.is_empty() {
        true => Ok(()),
        false => Err(format!("{}: {violations:#?}", name.told())),
    })
}

#[test]
fn the_inventory_is_right_in_the_end_whatever_went_wrong() {
    let seeds = asked().unwrap_or(SEEDS);
    on_all_cores(1..=seeds, |seed| judged(Name::Seed(seed))?.err());
}

#[test]
fn a_life_has_the_name_that_replays_it() {
    let names = CrashPoint::ALL.map(|point| Name::Injected(point, 33));
    for name in names.into_iter().chain([Name::Seed(42)]) {
        assert_eq!(name.to_string().parse(), Ok(name));
    }
    assert_eq!(Name::Injected(CrashPoint::HeldUp, 33).to_string(), "held-up@33");
    for wrong in ["", "x", "held-up@", "held@33", "33@held-up"] {
        assert!(wrong.parse::<Name>().is_err(), "{wrong}");
    }
}

#[test]
fn the_same_seed_is_the_same_life() {
    on_all_cores(101..=104, |seed| {
        let hash = || run(Name::Seed(seed), false).map(|report| report.trace_hash);
        let is_same = hash() == hash();
        (!is_same).then(|| format!("seed {seed} is not the same life twice"))
    });
}

/// Killed at its first request, at its second, and so on to its last, before and after it took effect; and held up there,
/// while everybody else goes on.
#[test]
fn a_refresh_may_be_killed_or_held_up_at_each_of_its_requests() {
    let (injected, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let stride = if asked().is_some() { 1 } else { STRIDE };
    let points = (1..10_000)
        .step_by(stride)
        .take_while(|_| !over.load(Ordering::Relaxed));
    on_all_cores(points, |request| {
        let mut wrong = None;
        for point in CrashPoint::ALL {
            match judged(Name::Injected(point, request)) {
                Some(life) => {
                    injected.fetch_add(1, Ordering::Relaxed);
                    wrong = wrong.or(life.err());
                }
                None => over.store(true, Ordering::Relaxed),
            }
        }
        wrong
    });
    let injected = injected.into_inner();
    println!("{injected} crash points");
    assert!(injected > 80, "only {injected} points");
}
