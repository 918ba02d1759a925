//! What is kept, over years of runs.

use std::collections::BTreeSet;

use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{Keep, Kept, keep, week};
use crate::inventory::generation::Generation;

const FIRST: OffsetDateTime = datetime!(2026-11-22 07:30 UTC);

fn snapshot(number: u64, written: OffsetDateTime) -> Kept {
    Kept {
        generation: Generation::new(number, written),
        written,
    }
}

/// `count` snapshots, one every so many hours.
fn every(hours: i64, count: u64) -> Vec<Kept> {
    let at = |number| FIRST + Duration::hours(hours * i64::try_from(number).unwrap());
    (0..count).map(|number| snapshot(number + 1, at(number))).collect()
}

fn of<'k>(snapshots: &'k [Kept], kept: &BTreeSet<Generation>) -> Vec<&'k Kept> {
    let kept = |snapshot: &&Kept| kept.contains(&snapshot.generation);
    snapshots.iter().filter(kept).collect()
}

#[test]
fn all_of_a_week_one_a_day_for_ninety_days_one_a_week_for_a_year() {
    let snapshots = every(6, 4 * 500);
    let now = snapshots.last().unwrap().written + Duration::hours(1);
    let kept = keep(&snapshots, now, &Keep::default());
    let kept = of(&snapshots, &kept);
    let older = |days: i64| move |snapshot: &&&Kept| now - snapshot.written > Duration::days(days);
    assert_eq!(kept.len(), 28 + 83 + 39);
    assert_eq!(kept.iter().filter(older(7)).count(), 83 + 39);
    assert_eq!(kept.iter().filter(older(90)).count(), 39);
    assert_eq!(kept.iter().filter(older(365)).count(), 0);
    // Of a day and of a week the newest.
    let day = kept
        .iter()
        .find(|snapshot| now - snapshot.written < Duration::days(60))
        .unwrap();
    assert_eq!(day.written.hour(), 19);
    let weekly = kept.iter().filter(older(97));
    assert!(
        weekly
            .clone()
            .all(|snapshot| snapshot.written.weekday() == time::Weekday::Sunday)
    );
    assert!(weekly.count() > 35);
}

#[test]
fn the_newest_stay_whatever_a_clock_says() {
    let snapshots = every(6, 100);
    let newest = |kept: &BTreeSet<Generation>| kept.iter().map(Generation::number).collect::<Vec<_>>();
    // A storage that is ten years ahead, and one that is behind.
    let ahead = keep(&snapshots, FIRST + Duration::days(3_650), &Keep::default());
    assert_eq!(newest(&ahead), (73..=100).collect::<Vec<_>>());
    let behind = keep(&snapshots, FIRST - Duration::days(3_650), &Keep::default());
    assert_eq!(behind.len(), 100);
    // A registry that is refreshed once a month.
    let monthly = every(24 * 30, 28);
    let now = monthly.last().unwrap().written;
    assert_eq!(keep(&monthly, now, &Keep::default()).len(), 28);
}

#[test]
fn a_clock_that_jumped_moves_no_snapshot_out_of_the_order_of_generations() {
    // The hundredth was written a year ahead, and time went on as it should.
    let mut snapshots = every(6, 200);
    snapshots[99].written += Duration::days(365);
    let now = snapshots.last().unwrap().written;
    let kept = keep(&snapshots, now, &Keep::default());
    assert!((173..=200).all(|number| kept.iter().any(|kept| kept.number() == number)));
    let day = |snapshot: &&Kept| now - snapshot.written > Duration::days(8);
    let days: BTreeSet<_> = snapshots
        .iter()
        .filter(day)
        .map(|snapshot| snapshot.written.date())
        .collect();
    let kept_days: BTreeSet<_> = of(&snapshots, &kept)
        .into_iter()
        .map(|snapshot| snapshot.written.date())
        .collect();
    assert!(days.is_subset(&kept_days));
}

proptest! {
    #[test]
    fn thinning_every_day_keeps_what_thinning_at_the_end_would(gaps in prop::collection::vec(1i64..40, 1..250)) {
        let mut written = FIRST;
        let all: Vec<Kept> = gaps.into_iter().zip(1..).map(|(hours, number)| {
            written += Duration::hours(hours);
            snapshot(number, written)
        }).collect();
        let policy = Keep { newest: 3, ..Keep::default() };
        let mut stored: Vec<Kept> = Vec::new();
        for snapshot in &all {
            stored.push(snapshot.clone());
            let kept = keep(&stored, snapshot.written, &policy);
            stored.retain(|snapshot| kept.contains(&snapshot.generation));
        }
        let now = written;
        let at_the_end = keep(&all, now, &policy);
        prop_assert_eq!(&keep(&stored, now, &policy), &at_the_end);
        let young = |most: i64| move |snapshot: &&Kept| now - snapshot.written <= Duration::days(most);
        prop_assert!(all.iter().filter(young(7)).all(|snapshot| at_the_end.contains(&snapshot.generation)));
        let kept = of(&all, &at_the_end);
        let days: BTreeSet<_> = kept.iter().map(|snapshot| snapshot.written.date()).collect();
        prop_assert!(all.iter().filter(young(89)).all(|snapshot| days.contains(&snapshot.written.date())));
        let weeks: BTreeSet<_> = kept.iter().map(|snapshot| week(snapshot.written.date())).collect();
        prop_assert!(all.iter().filter(young(358)).all(|snapshot| weeks.contains(&week(snapshot.written.date()))));
    }
}
