//! Why a queue message was not worked on, and how it comes again.

use std::time::Duration;

use crate::azure::Failure;
use crate::chain::chain;
use crate::collect::CollectError;
use crate::inventory::message::{RefreshRegistry, RefreshRepository, RepositoryEvent, Tries};

/// The longest delay.
const LONGEST_DELAY: Duration = Duration::from_secs(86_400);

/// Why a message was not worked on.
#[derive(Debug)]
pub(super) enum MessageError {
    /// It can never succeed: into quarantine, with the reason, and completed.
    Permanent(String),
    /// It may succeed later: sent again with a delay, then completed. (To abandon it would redeliver it at once and burn
    /// its ten deliveries in seconds.)
    Transient { reason: String, retry: Retry },
    /// The queue itself cannot be sent to: abandoned, which is all that is left.
    Broken(String),
}

/// The message to send again.
#[derive(Debug, Clone)]
pub(super) enum Retry {
    Registry(RefreshRegistry),
    Repository(RefreshRepository),
    Event(RepositoryEvent),
}

impl Retry {
    pub(super) fn tries(&mut self) -> &mut Tries {
        match self {
            Self::Registry(message) => &mut message.tries,
            Self::Repository(message) => &mut message.tries,
            Self::Event(message) => &mut message.tries,
        }
    }
}

impl From<RefreshRegistry> for Retry {
    fn from(message: RefreshRegistry) -> Self {
        Self::Registry(message)
    }
}

impl From<RefreshRepository> for Retry {
    fn from(message: RefreshRepository) -> Self {
        Self::Repository(message)
    }
}

impl MessageError {
    /// Sorts an error of the collector.
    pub(super) fn from_collect(error: &CollectError, retry: impl Into<Retry>) -> Self {
        // Storage that refuses us is nothing a message can be blamed for: somebody has to mend the storage first. An
        // answer that cannot be used is no fault of the message either: a captive portal goes away.
        if matches!(error, CollectError::Store(_) | CollectError::Service(_)) || error.is_transient() {
            Self::undecided(error, retry)
        } else {
            Self::Permanent(chain(error))
        }
    }

    /// Whether the message can be worked on cannot be told: whatever the reason, it is not to blame.
    pub(super) fn undecided(error: &dyn std::error::Error, retry: impl Into<Retry>) -> Self {
        Self::Transient {
            reason: chain(error),
            retry: retry.into(),
        }
    }

    /// A follow-up could not be sent.
    pub(super) fn from_send(failure: &Failure) -> Self {
        Self::Broken(failure.to_string())
    }
}

/// 2^attempt seconds, at most a day, a tenth more or less at random.
pub(super) fn backoff(attempt: u32) -> Duration {
    let seconds = 2_u64.saturating_pow(attempt.max(1)).min(LONGEST_DELAY.as_secs());
    about(Duration::from_secs(seconds))
}

/// A tenth more or less at random, so that what was delayed together does not come back together.
pub(super) fn about(delay: Duration) -> Duration {
    delay.mul_f64(0.9 + crate::random::fraction() / 5.0)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_DELAY, backoff};

    #[test]
    fn delays_double_up_to_a_day() {
        assert!(backoff(1).as_secs_f64() <= 2.2);
        assert!((14.0..18.0).contains(&backoff(4).as_secs_f64()));
        assert!(backoff(40) <= LONGEST_DELAY.mul_f64(1.1));
    }
}
