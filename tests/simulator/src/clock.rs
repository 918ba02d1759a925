//! The simulator's clock: the process's time (which a campaign simulates too) plus an offset that tests and the demo can
//! step.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::simulated_time;

/// What the system's clock says, UTC.
#[allow(
    clippy::disallowed_methods,
    reason = "this is the place that reads the system's clock"
)]
pub(crate) fn system_time() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// Wall clock of the simulated world. Cloned by reference through [`super::world::World`].
#[derive(Debug, Default)]
pub struct Clock {
    offset_milliseconds: AtomicI64,
}

impl Clock {
    /// The simulated time now, UTC.
    pub fn now(&self) -> OffsetDateTime {
        let offset = self.offset_milliseconds.load(Ordering::SeqCst);
        let now = simulated_time::now().unwrap_or_else(system_time);
        now + time::Duration::milliseconds(offset)
    }

    /// A clock that is late.
    pub fn late_by(by: Duration) -> Self {
        let milliseconds = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Self {
            offset_milliseconds: AtomicI64::new(-milliseconds),
        }
    }

    /// Steps the simulated time forward: scheduled messages come due, locks and tokens expire.
    pub fn advance(&self, by: Duration) {
        let milliseconds = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.offset_milliseconds.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

/// A time as HTTP headers have it, whole seconds: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    at.format(&Rfc2822).unwrap_or_default().replace("+0000", "GMT")
}

/// A time as a registry writes it: UTC, `Z`, one to seven fractional digits, trailing zeros trimmed.
pub fn timestamp(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let fraction = format!("{:07}", at.nanosecond() / 100);
    let fraction = match fraction.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{fraction}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}
