//! How many requests to one registry are under way at a time: additive increase, multiplicative decrease.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::lock::lock;

/// The limit is cut at most once in this time: what was sent before the cut says nothing about it.
const CUT_EVERY: Duration = Duration::from_secs(1);

/// The limit of one registry. It begins at the most and comes down when the registry shows that it is too much.
#[derive(Debug)]
pub(super) struct InFlight {
    permits: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    most: usize,
    limit: usize,
    /// Permits to be taken out of circulation as they come back.
    excess: usize,
    /// Answers since the limit was last raised.
    good: usize,
    cut_at: Option<Instant>,
}

/// The right to have one request under way.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    in_flight: &'a InFlight,
    permit: Option<SemaphorePermit<'a>>,
}

impl InFlight {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            permits: Semaphore::new(most),
            state: Mutex::new(State {
                most,
                limit: most,
                excess: 0,
                good: 0,
                cut_at: None,
            }),
        }
    }

    /// Waits for a turn.
    pub(super) async fn enter(&self) -> Pass<'_> {
        Pass {
            in_flight: self,
            // It is never closed; were it, one request too many would be better than none.
            permit: self.permits.acquire().await.ok(),
        }
    }

    /// An answer came: one more request at a time for every round of good answers. How long it took says nothing: a
    /// client that is busy with something else measures itself, and whoever is slow has fewer requests anyway.
    pub(super) fn answered(&self) {
        let mut state = lock(&self.state);
        state.good += 1;
        if state.good >= state.limit && state.limit < state.most {
            state.good = 0;
            state.limit += 1;
            match state.excess.checked_sub(1) {
                Some(excess) => state.excess = excess,
                None => self.permits.add_permits(1),
            }
        }
    }

    /// The registry has had enough (429, 503): half as many.
    pub(super) fn overloaded(&self) {
        lock(&self.state).cut();
    }

    #[cfg(test)]
    fn limit(&self) -> usize {
        lock(&self.state).limit
    }
}

impl State {
    fn cut(&mut self) {
        if self.cut_at.is_some_and(|at| at.elapsed() < CUT_EVERY) {
            return;
        }
        self.cut_at = Some(Instant::now());
        let limit = (self.limit / 2).max(1);
        self.excess += self.limit - limit;
        self.limit = limit;
        self.good = 0;
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.in_flight.state);
        if let Some(excess) = state.excess.checked_sub(1) {
            state.excess = excess;
            if let Some(permit) = self.permit.take() {
                permit.forget();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CUT_EVERY, InFlight};
    use std::time::Duration;

    const QUICK: Duration = Duration::from_millis(20);

    #[tokio::test(start_paused = true)]
    async fn the_limit_halves_under_load_and_grows_by_one_a_round() {
        let in_flight = InFlight::new(32);
        in_flight.overloaded();
        in_flight.overloaded();
        assert_eq!(in_flight.limit(), 16, "cut once for what was under way together");
        tokio::time::advance(CUT_EVERY).await;
        in_flight.overloaded();
        assert_eq!(in_flight.limit(), 8);
        for _ in 0..8 {
            in_flight.answered();
        }
        assert_eq!(in_flight.limit(), 9);
        for _ in 0..10_000 {
            in_flight.answered();
        }
        assert_eq!(in_flight.limit(), 32, "never more than the most");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_under_way_than_the_limit_says() {
        let in_flight = InFlight::new(4);
        let mut passes = Vec::new();
        for _ in 0..4 {
            passes.push(in_flight.enter().await);
        }
        in_flight.overloaded();
        passes.truncate(1);
        let second = in_flight.enter().await;
        let third = tokio::time::timeout(QUICK, in_flight.enter()).await;
        assert!(third.is_err(), "two of four are left after the cut");
        drop((second, passes));
        let both = (in_flight.enter().await, in_flight.enter().await);
        drop(both);
    }
}
