//! A wall clock that follows the runtime's (paused) clock instead of the system's, on this thread only.

use std::cell::Cell;

use time::{Duration, OffsetDateTime};
use tokio::time::Instant;

thread_local! {
    static TIME: Cell<Option<(OffsetDateTime, Instant)>> = const { Cell::new(None) };
}
tokio::task_local! {
    /// How far the clock of the machine that runs this task is off.
    pub static SKEW: Duration;
}

/// From now on this thread's wall clock stands at `start` and goes on with the runtime's clock.
pub fn start(start: OffsetDateTime) {
    TIME.set(Some((start, Instant::now())));
}

/// Back to the system's clock.
pub fn stop() {
    TIME.set(None);
}

/// The simulated time as it is, whatever the clock of a machine says.
pub fn true_time() -> Option<OffsetDateTime> {
    TIME.get().map(|(start, begun)| start + begun.elapsed())
}

/// The time on the machine that runs this task; none where time is not simulated.
pub fn now() -> Option<OffsetDateTime> {
    let skew = SKEW.try_with(|skew| *skew).unwrap_or(Duration::ZERO);
    true_time().map(|now| now + skew)
}
