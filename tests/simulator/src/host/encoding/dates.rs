//! The date forms of the host.

use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// A `DateTime` in metadata: `2026-11-22T07:30:00`.
pub(super) fn whole_seconds(at: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    at.to_offset(UtcOffset::UTC).format(form).unwrap_or_default()
}

/// A `DateTimeOffset` in metadata: `2026-11-22T07:30:00+00:00`.
pub(super) fn whole_seconds_offset(at: OffsetDateTime) -> String {
    whole_seconds(at) + "+00:00"
}

/// A time in an object: `2026-11-21T07:30:00.005+00:00`, without trailing zeros.
pub(super) fn precise(at: OffsetDateTime) -> String {
    whole_seconds(at) + &fraction(at) + "+00:00"
}

/// `sys.UtcNow`: `2026-11-22T02:21:46.8604338Z`.
pub(super) fn utc_ticks(at: OffsetDateTime) -> String {
    whole_seconds(at) + &fraction(at) + "Z"
}

/// A date in a promoted field, in the invariant culture: `11/22/2026 07:30:00`.
pub(super) fn invariant(at: OffsetDateTime) -> String {
    let form = format_description!("[month]/[day]/[year] [hour]:[minute]:[second]");
    at.to_offset(UtcOffset::UTC).format(form).unwrap_or_default()
}

/// Ticks are 100 ns, so seven digits at most.
fn fraction(at: OffsetDateTime) -> String {
    let digits = format!(".{:07}", at.nanosecond() / 100);
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}
