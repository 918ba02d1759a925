//! `Retry-After`, and how long it is waited for where the request is made.

use std::time::Duration;

/// Waits up to this long are waited for in place; longer ones are left to whoever asked: the queue's scheduled time.
pub(super) const LONGEST_WAIT_IN_PLACE: Duration = Duration::from_secs(10);

/// Reads `Retry-After` (seconds, or an HTTP date); `fallback` when there is none. Between 1 s and an hour.
pub(super) fn retry_after(header: Option<&str>, fallback: Duration) -> Duration {
    let given = header.and_then(|text| {
        let text = text.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let date = azure_core::time::parse_rfc7231(text).ok()?;
        Duration::try_from(date - crate::clock::now()).ok()
    });
    given
        .unwrap_or(fallback)
        .clamp(Duration::from_secs(1), Duration::from_secs(3_600))
}

#[cfg(test)]
mod tests {
    use super::retry_after;
    use std::time::Duration;

    #[test]
    fn reads_retry_after() {
        let fallback = Duration::from_secs(7);
        assert_eq!(retry_after(Some("12"), fallback), Duration::from_secs(12));
        assert_eq!(retry_after(Some("999999999"), fallback), Duration::from_secs(3_600));
        assert_eq!(retry_after(Some("soon"), fallback), fallback);
        assert_eq!(retry_after(None, fallback), fallback);
        assert_eq!(retry_after(Some("Sun, 06 Nov 1994 08:49:37 GMT"), fallback), fallback);
    }
}
