//! How long an invocation may go on.

use std::time::Duration;

use tokio::time::Instant;

/// The two limits of one invocation. The Functions host kills the whole process at its own time-out, with every other
/// invocation in it, so both lie well below that.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    begun: Instant,
    /// After this nothing new is begun; what has been read is written and a continuation is sent.
    pub soft: Instant,
    /// After this the invocation is given up.
    pub hard: Instant,
}

impl Deadline {
    /// Limits counted from now.
    pub fn after(soft: Duration, hard: Duration) -> Self {
        let now = Instant::now();
        Self {
            begun: now,
            soft: now + soft,
            hard: now + hard,
        }
    }

    /// For work that is bound by nothing but the user's patience: a day.
    pub fn none() -> Self {
        Self::after(Duration::from_secs(86_400), Duration::from_secs(86_400))
    }

    /// True when nothing new should be begun.
    pub fn is_soft_over(&self) -> bool {
        Instant::now() >= self.soft
    }

    /// When the last request has to be over: halfway from the soft to the hard limit, so that there is time left to write
    /// what has been read and to send a continuation.
    pub fn requests_end(&self) -> Instant {
        self.soft + self.hard.saturating_duration_since(self.soft) / 2
    }

    /// When a message that is still being worked on is taken from its handler, shortly before the hard limit: there has
    /// to be time left to send it again.
    pub fn message_end(&self) -> Instant {
        self.hard - self.hard.saturating_duration_since(self.soft) / 4
    }

    /// Halfway from now to the soft limit.
    pub fn halfway(&self) -> Instant {
        let now = Instant::now();
        now + self.soft.saturating_duration_since(now) / 2
    }

    /// True when so much of the time is gone that a long piece of work had better be begun by another invocation.
    pub fn is_half_over(&self) -> bool {
        self.begun.elapsed() > self.soft.saturating_duration_since(self.begun) / 2
    }

    /// When what is under way is saved, to be resumed by another invocation: shortly after the soft limit, so
    /// that what is nearly done gets done.
    pub fn is_time_to_suspend(&self) -> bool {
        Instant::now() >= self.soft + self.hard.saturating_duration_since(self.soft) / 4
    }

    /// True if waiting so long still leaves time before the soft limit.
    pub fn allows(&self, wait: Duration) -> bool {
        Instant::now() + wait < self.soft
    }
}
