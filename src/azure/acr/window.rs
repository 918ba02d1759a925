//! The requests of the last minute, second by second: what makes a budget per minute hold in any 60 s.

use std::collections::VecDeque;
use std::num::NonZero;
use std::time::Duration;

use tokio::time::Instant;

/// For so many seconds a request counts: a minute, the second that is running, and one more because a request reaches the
/// registry later than it is counted here.
const COUNTED: u64 = 60 + 1 + 1;
/// Events may have this part of the budget.
const EVENT_PART: u32 = 10;
/// The walk leaves events their part for so many seconds after one has asked. Where none comes, nothing is left unused.
const EVENTS_EXPECTED: u64 = 600;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Whatever reads a registry as a whole.
    Walk,
    /// An event, or its re-check: one repository. At most a tenth of the budget, which is kept for it, so that neither a
    /// walk holds events up nor a flood of events the walk.
    Event,
}

/// Requests to one registry, as far as they still count.
#[derive(Debug)]
pub(super) struct Window {
    begun: Instant,
    /// Oldest first; seconds without a request are not in it.
    seconds: VecDeque<Second>,
    sum: Count,
    /// The second in which an event last asked.
    event_asked: Option<u64>,
}

#[derive(Debug)]
struct Second {
    /// Since [`Window::begun`].
    number: u64,
    count: Count,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    walk: u32,
    event: u32,
}

impl Window {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            seconds: VecDeque::new(),
            sum: Count::default(),
            event_asked: None,
        }
    }

    /// Counts a request if there is room for it. If there is none, the time until there is.
    pub(super) fn take(&mut self, budget: NonZero<u32>, purpose: Purpose) -> Result<(), Duration> {
        let now = self.begun.elapsed();
        let second = now.as_secs();
        self.forget(second);
        if purpose == Purpose::Event {
            self.event_asked = Some(second);
        }
        let expected = self.event_asked.is_some_and(|asked| second - asked < EVENTS_EXPECTED);
        let room = Room {
            budget: budget.get(),
            events: budget.get() / EVENT_PART,
            kept: expected,
        };
        if room.is_left(self.sum, purpose) {
            self.count(second, purpose);
            return Ok(());
        }
        let mut sum = self.sum;
        for old in &self.seconds {
            sum.subtract(old.count);
            if room.is_left(sum, purpose) {
                return Err(Duration::from_secs(old.number + COUNTED).saturating_sub(now));
            }
        }
        // With nothing counted there is room.
        Err(Duration::from_secs(COUNTED))
    }

    fn forget(&mut self, second: u64) {
        while let Some(old) = self.seconds.front().filter(|old| old.number + COUNTED <= second) {
            self.sum.subtract(old.count);
            self.seconds.pop_front();
        }
    }

    fn count(&mut self, second: u64, purpose: Purpose) {
        self.sum.add(purpose);
        match self.seconds.back_mut() {
            Some(last) if last.number == second => last.count.add(purpose),
            _ => {
                let mut count = Count::default();
                count.add(purpose);
                self.seconds.push_back(Second { number: second, count });
            }
        }
    }
}

impl Count {
    fn add(&mut self, purpose: Purpose) {
        match purpose {
            Purpose::Walk => self.walk += 1,
            Purpose::Event => self.event += 1,
        }
    }

    fn subtract(&mut self, other: Self) {
        self.walk = self.walk.saturating_sub(other.walk);
        self.event = self.event.saturating_sub(other.event);
    }
}

/// How a budget is shared out.
#[derive(Debug, Clone, Copy)]
struct Room {
    budget: u32,
    /// The part of events.
    events: u32,
    /// Whether it is kept for them.
    kept: bool,
}

impl Room {
    fn is_left(self, used: Count, purpose: Purpose) -> bool {
        let event = match purpose {
            Purpose::Walk if self.kept => used.event.max(self.events),
            // Of the smallest budgets too, one request may be an event's.
            Purpose::Event if used.event >= self.events.max(1) => return false,
            _ => used.event,
        };
        used.walk.saturating_add(event) < self.budget
    }
}

#[cfg(test)]
pub(super) mod tests;
