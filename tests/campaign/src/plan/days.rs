//! Lives of days and weeks: snapshots are thinned between the refreshes, and while others read them.

use std::time::Duration;

use super::{Action, seconds};
use crate::kind::{KINDS, Kind};
use acr_inventory::snapshot::retention::Keep;
use simulator::random::seeded::Random;

const HOUR: Duration = Duration::from_secs(3_600);

/// Between two refreshes: several a day, about one, less than one, and so few that a tombstone gets old enough to go.
const PERIODS: &[u32] = &[7, 14, 25, 40, 220];

/// Faults that are met more often.
const KINDS_OF_DAYS: &[&str] = &["newer-snapshot", "repository-passing", "killed-any-time"];

/// A life of days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days {
    /// Between two timers.
    pub(crate) period: Duration,
    /// Of function app and laptop.
    pub(crate) keep: Keep,
}

impl Days {
    pub(super) fn draw(random: &mut Random) -> Self {
        let mut days = |most| u16::try_from(random.between(0, most)).unwrap_or(0);
        let (all, daily, weekly) = (days(2), days(4), days(20));
        Self {
            keep: Keep {
                all,
                daily,
                weekly,
                newest: usize::try_from(random.between(1, 3)).unwrap_or(1),
            },
            period: HOUR * random.pick(PERIODS).copied().unwrap_or(25),
        }
    }
}

/// A fault that shows where snapshots are thinned.
pub(super) fn kind(random: &mut Random) -> Option<&'static Kind> {
    let name = random.pick(KINDS_OF_DAYS)?;
    KINDS.iter().find(|kind| kind.name == *name)
}

/// Who else comes around a timer: somebody with a laptop, readers.
pub(super) fn visitors(random: &mut Random, timer: Duration) -> Vec<(Duration, Action)> {
    let mut visitors = Vec::new();
    match random.below(10) {
        0..=2 => visitors.push((timer + seconds(random, 0, 60), Action::Laptop)),
        // Before the function app has thinned.
        3 => visitors.push((timer.saturating_sub(seconds(random, 600, 900)), Action::Doze)),
        _ => {}
    }
    for _ in 0..random.between(0, 2) {
        visitors.push((timer + seconds(random, 0, 120), Action::Read));
    }
    visitors
}
