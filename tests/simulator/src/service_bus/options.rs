//! Settings of a queue and what is counted in it.

use std::time::Duration;

/// Settings of a queue.
#[derive(Debug, Clone)]
pub struct QueueOptions {
    /// How long a received message stays invisible to others (Service Bus: at most 5 minutes).
    pub lock_duration: Duration,
    /// Deliveries before a message is dead-lettered.
    pub max_delivery_count: u32,
    /// Window of duplicate detection by MessageId; `None` turns it off.
    pub duplicate_window: Option<Duration>,
    /// Expired messages go to the dead letters instead of vanishing.
    pub dead_letter_on_expiration: bool,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            lock_duration: Duration::from_secs(5 * 60),
            max_delivery_count: 10,
            duplicate_window: Some(Duration::from_secs(24 * 3600)),
            dead_letter_on_expiration: true,
        }
    }
}

/// What happened in a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages accepted, without dropped duplicates.
    pub sent: u64,
    pub duplicates_dropped: u64,
    pub completed: u64,
    pub abandoned: u64,
    pub expired_locks: u64,
    pub dead_lettered: u64,
}
