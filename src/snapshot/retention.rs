//! Which snapshots to keep: a pure decision by when the storage says that they were written.

mod pass;

use std::collections::BTreeSet;

use time::{Date, Duration, OffsetDateTime};

pub use pass::{Named, Retained, run};

use crate::inventory::generation::Generation;

/// How long snapshots are kept, days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Every snapshot that is not older.
    pub all: u16,
    /// The newest one of each day, of those that are not older.
    pub daily: u16,
    /// The newest one of each week, of those that are not older.
    pub weekly: u16,
    /// The newest ones, whatever a clock says.
    pub newest: usize,
}

impl Keep {
    /// The oldest snapshot that an age alone keeps: what goes with snapshots is kept as long.
    pub fn longest(&self) -> Duration {
        Duration::days(i64::from(self.all.max(self.daily).max(self.weekly)))
    }
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            all: 7,
            daily: 90,
            weekly: 365,
            newest: 28,
        }
    }
}

/// A snapshot and when the storage says that its manifest was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub generation: Generation,
    pub written: OffsetDateTime,
}

/// The generations to keep. `now` is the storage's clock too: no other decides an age. Days and weeks are those of UTC.
pub fn keep(snapshots: &[Kept], now: OffsetDateTime, policy: &Keep) -> BTreeSet<Generation> {
    let mut newest_first: Vec<&Kept> = snapshots.iter().collect();
    newest_first.sort_by(|left, right| right.generation.cmp(&left.generation));
    let (mut days, mut weeks) = (BTreeSet::new(), BTreeSet::new());
    let mut kept = BTreeSet::new();
    for (place, snapshot) in newest_first.into_iter().enumerate() {
        let day = snapshot.written.to_offset(time::UtcOffset::UTC).date();
        let age = now - snapshot.written;
        let is_younger = |most: u16| age <= Duration::days(i64::from(most));
        // Both are noted for every snapshot, so that the one that is kept of a week is the newest one of all of it.
        let (is_of_day, is_of_week) = (days.insert(day), weeks.insert(week(day)));
        if place < policy.newest
            || is_younger(policy.all)
            || (is_of_day && is_younger(policy.daily))
            || (is_of_week && is_younger(policy.weekly))
        {
            kept.insert(snapshot.generation.clone());
        }
    }
    kept
}

/// Weeks of ISO 8601, by their years.
fn week(day: Date) -> (i32, u8) {
    let (year, week, _) = day.to_iso_week_date();
    (year, week)
}

#[cfg(test)]
mod tests;
