//! How often a registry may be asked: our own budget, and the registry's `Retry-After`. One gate per registry and process.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::in_flight::{InFlight, Pass};
use super::page_size::PageSize;
use super::window::{Purpose, Window};
use crate::azure::retry_after::LONGEST_WAIT_IN_PLACE;
use crate::deadline::Deadline;
use crate::lock::lock;
use crate::names::LoginServer;

/// Pause for whoever did not get a turn in its invocation: others have all that the registry can take.
const NO_TURN: Duration = Duration::from_secs(5);

/// Requests that we allow ourselves against one registry in any 60 s, walk and events together.
///
/// Half of the documented quota per identity: 5,000 reads a minute on Basic and Standard, 10,000 on Premium; the rest
/// is for other processes of this identity, and for requests that we do not count right.
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
    spent: Mutex<(Budget, Window)>,
    closed_until: Mutex<Option<Instant>>,
    pub(super) in_flight: InFlight,
    pub(super) page_size: PageSize,
}

impl Gate {
    fn new(budget: Budget, in_flight: usize, page_size: u32) -> Self {
        Self {
            spent: Mutex::new((budget, Window::new())),
            closed_until: Mutex::default(),
            in_flight: InFlight::new(in_flight),
            page_size: PageSize::new(page_size),
        }
    }

    /// What has been sent stays counted.
    fn set_budget(&self, budget: Budget) {
        lock(&self.spent).0 = budget;
    }

    /// Waits until a request may be sent. Where that is too long to wait for here, the time to wait. Our own
    /// budget is waited for as long as the invocation has time: what it is in the middle of would have to be read again.
    pub(super) async fn pass(&self, deadline: &Deadline, purpose: Purpose) -> Result<Pass<'_>, Duration> {
        loop {
            let turn = tokio::time::timeout_at(deadline.requests_end(), self.in_flight.enter());
            let pass = turn.await.map_err(|_| NO_TURN)?;
            let closed = self.closed_for();
            let Err(wait) = closed.map_or_else(|| self.spend(purpose), Err) else {
                return Ok(pass);
            };
            // Whoever waits leaves the place to others: an event need not wait for the walk's share.
            drop(pass);
            if (closed.is_some() && wait > LONGEST_WAIT_IN_PLACE) || !deadline.allows(wait) {
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

    /// For how long the registry wants to be left alone; none: it does not say so.
    pub(super) fn closed_for(&self) -> Option<Duration> {
        let mut closed = lock(&self.closed_until);
        let left = closed.map(|until| until.saturating_duration_since(Instant::now()))?;
        if left.is_zero() {
            *closed = None;
            return None;
        }
        Some(left)
    }

    fn spend(&self, purpose: Purpose) -> Result<(), Duration> {
        let mut spent = lock(&self.spent);
        let (budget, window) = &mut *spent;
        window.take(budget.reads_per_minute(), purpose)
    }
}

#[cfg(test)]
mod tests;
