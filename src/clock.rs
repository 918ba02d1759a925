//! The wall clock: the only place that reads it.
//!
//! No decision orders two commits by it; it dates documents and tells ages. Waits and deadlines use the monotonic
//! clock of the runtime instead.

use time::OffsetDateTime;

use crate::surroundings;

/// Now, UTC.
#[allow(clippy::disallowed_methods, reason = "this is the place that reads the wall clock")]
pub fn now() -> OffsetDateTime {
    surroundings::current(|current| (current.now)()).unwrap_or_else(OffsetDateTime::now_utc)
}
