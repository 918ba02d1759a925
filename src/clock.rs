//! The wall clock: the only place that reads it.
//!
//! No decision orders two commits by it; it dates documents and tells ages. Waits and deadlines use the monotonic
//! clock of the runtime instead.

use time::OffsetDateTime;

/// Now, UTC.
#[allow(clippy::disallowed_methods, reason = "this is the place that reads the wall clock")]
pub fn now() -> OffsetDateTime {
    #[cfg(feature = "simulator")]
    if let Some(now) = simulator::simulated_time::now() {
        return now;
    }
    OffsetDateTime::now_utc()
}
