//! A wall clock that follows the runtime's (paused) clock instead of the system's, on this thread only.

use std::cell::Cell;

use time::OffsetDateTime;
use tokio::time::Instant;

thread_local! {
    static TIME: Cell<Option<(OffsetDateTime, Instant)>> = const { Cell::new(None) };
}

/// From now on this thread's wall clock stands at `start` and goes on with the runtime's clock.
pub fn start(start: OffsetDateTime) {
    TIME.set(Some((start, Instant::now())));
}

/// Back to the system's clock.
pub fn stop() {
    TIME.set(None);
}

/// The simulated time; none where time is not simulated.
pub fn now() -> Option<OffsetDateTime> {
    TIME.get().map(|(start, begun)| start + begun.elapsed())
}
