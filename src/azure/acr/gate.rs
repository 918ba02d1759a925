//! How often a registry may be asked: our own budget, and the registry's `Retry-After`. One gate per registry and process.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use super::in_flight::{InFlight, Pass};
use super::page_size::PageSize;
use crate::deadline::Deadline;
use crate::lock::lock;
use crate::names::LoginServer;

/// Waits up to this long are waited for in place; longer ones are left to the queue's scheduled time.
const LONGEST_WAIT_IN_PLACE: Duration = Duration::from_secs(10);
/// Pause for whoever did not get a turn in its invocation: others have all that the registry can take.
const NO_TURN: Duration = Duration::from_secs(5);

/// Reads per minute that we allow ourselves against one registry.
///
/// Half of the documented quota per identity: 5,000 reads a minute on Basic and Standard, 10,000 on Premium; the rest
/// belongs to whatever pulls in production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Basic, Standard, or not known.
    Standard,
    Premium,
    /// What the operator says.
    PerMinute(NonZero<u32>),
}

impl Budget {
    /// The budget for a SKU name as ARM gives it.
    pub fn for_sku(sku: &str) -> Self {
        if sku.eq_ignore_ascii_case("premium") {
            Self::Premium
        } else {
            Self::Standard
        }
    }

    fn reads_per_minute(self) -> NonZero<u32> {
        const STANDARD: NonZero<u32> = NonZero::new(2_500).unwrap();
        const PREMIUM: NonZero<u32> = NonZero::new(5_000).unwrap();
        match self {
            Self::Standard => STANDARD,
            Self::Premium => PREMIUM,
            Self::PerMinute(reads) => reads,
        }
    }
}

/// The gates of one process: whoever asks the same registry passes the same one.
#[derive(Debug, Default)]
pub struct Gates {
    by_login_server: Mutex<HashMap<LoginServer, Arc<Gate>>>,
}

impl Gates {
    /// The gate of a registry, with at most `in_flight` requests at a time. Without a budget (the SKU is not known
    /// here) the one it has already stays, or the smallest is taken.
    pub fn of(
        &self,
        login_server: &LoginServer,
        budget: Option<Budget>,
        in_flight: usize,
        page_size: u32,
    ) -> Arc<Gate> {
        let mut gates = lock(&self.by_login_server);
        let gate = gates
            .entry(login_server.clone())
            .or_insert_with(|| Arc::new(Gate::new(budget.unwrap_or(Budget::Standard), in_flight, page_size)));
        if let Some(budget) = budget {
            gate.set_budget(budget);
        }
        Arc::clone(gate)
    }
}

/// One registry's gate; every request passes it.
#[derive(Debug)]
pub struct Gate {
    limiter: Mutex<(Budget, Arc<Limiter>)>,
    closed_until: Mutex<Option<Instant>>,
    pub(super) in_flight: InFlight,
    pub(super) page_size: PageSize,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<Nanos>>;

/// The runtime's clock, so that the budget flows in as time passes for everything else, simulated time included.
#[derive(Debug, Clone)]
struct MonotonicClock(Instant);

impl Clock for MonotonicClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

impl Gate {
    fn new(budget: Budget, in_flight: usize, page_size: u32) -> Self {
        Self {
            limiter: Mutex::new((budget, Arc::new(limiter(budget)))),
            closed_until: Mutex::default(),
            in_flight: InFlight::new(in_flight),
            page_size: PageSize::new(page_size),
        }
    }

    fn set_budget(&self, budget: Budget) {
        let mut limit = lock(&self.limiter);
        if limit.0 != budget {
            *limit = (budget, Arc::new(limiter(budget)));
        }
    }

    /// Waits until a request may be sent. Where that is too long to wait for here, the time to wait.
    pub(super) async fn pass(&self, deadline: &Deadline) -> Result<Pass<'_>, Duration> {
        let turn = tokio::time::timeout_at(deadline.requests_end(), self.in_flight.enter());
        let pass = turn.await.map_err(|_| NO_TURN)?;
        loop {
            let wait = self.closed_for().or_else(|| self.over_budget_for());
            let Some(wait) = wait else {
                return Ok(pass);
            };
            if wait > LONGEST_WAIT_IN_PLACE || !deadline.allows(wait) {
                return Err(wait);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Closes the gate after a 429; it never opens earlier than any answer asked for.
    pub(super) fn close_for(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut closed = lock(&self.closed_until);
        *closed = Some(closed.map_or(until, |before| before.max(until)));
    }

    fn closed_for(&self) -> Option<Duration> {
        let mut closed = lock(&self.closed_until);
        let left = closed.map(|until| until.saturating_duration_since(Instant::now()))?;
        if left.is_zero() {
            *closed = None;
            return None;
        }
        Some(left)
    }

    fn over_budget_for(&self) -> Option<Duration> {
        let limiter = {
            let limit = lock(&self.limiter);
            Arc::clone(&limit.1)
        };
        let early = limiter.check().err()?;
        Some(
            early
                .wait_time_from(limiter.clock().now())
                .max(Duration::from_millis(1)),
        )
    }
}

/// Half of the budget may be used at once, the other half flows in over the minute: no minute sees more than the whole.
fn limiter(budget: Budget) -> Limiter {
    let half = NonZero::new(budget.reads_per_minute().get().div_ceil(2)).unwrap_or(NonZero::<u32>::MIN);
    RateLimiter::direct_with_clock(
        Quota::per_minute(half).allow_burst(half),
        MonotonicClock(Instant::now()),
    )
}

/// Reads `Retry-After` (seconds, or an HTTP date); `fallback` when there is none. Between 1 s and an hour.
pub fn retry_after(header: Option<&str>, fallback: Duration) -> Duration {
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
    use super::{Budget, Gate, retry_after};
    use crate::deadline::Deadline;
    use std::num::NonZero;
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

    #[tokio::test]
    async fn a_long_wait_is_handed_back_and_a_short_one_is_waited_for() {
        let gate = Gate::new(Budget::Standard, 8, 100);
        let deadline = Deadline::none();
        gate.close_for(Duration::from_millis(50));
        assert!(gate.pass(&deadline).await.is_ok());
        gate.close_for(Duration::from_secs(40));
        gate.close_for(Duration::from_secs(1));
        assert!(
            gate.pass(&deadline)
                .await
                .is_err_and(|wait| wait > Duration::from_secs(30))
        );
    }

    #[tokio::test]
    async fn no_minute_sees_more_than_the_budget() {
        let gate = Gate::new(Budget::PerMinute(NonZero::new(100).unwrap()), 8, 100);
        let none = Deadline::after(Duration::ZERO, Duration::ZERO);
        let mut passed = 0;
        while gate.pass(&none).await.is_ok() {
            passed += 1;
        }
        assert!((50..=51).contains(&passed), "{passed}");
    }
}
