//! Who works in this process: messages side by side, or one alone.
//!
//! A message that may have ended the process before has to run with nothing beside it, so that it takes no other message
//! with it when it does so again. Whoever has no place now is put back, and does not wait here: the limits of an
//! invocation run while it waits, and another instance may be free.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::lock::lock;

/// What is put back comes again after this …
pub(super) const PUT_BACK: Duration = Duration::from_secs(30);
/// … and not before this: the delay is a time of day by this machine's clock, and where that is slow the broker gives the
/// message out again at once. It is held so long before it is sent. …
pub(super) const BREATH: Duration = Duration::from_secs(2);
/// … and until then, and some more, nothing else begins where a message wants to be alone: else it never would be. It may
/// come back to another instance; then the place is free again after this.
const RESERVED: Duration = Duration::from_secs(60);

/// The process.
#[derive(Debug, Default)]
pub(super) struct Occupancy(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: usize,
    is_alone: bool,
    reserved_until: Option<Instant>,
}

/// The right to work, for as long as it lives.
#[derive(Debug)]
pub(super) struct Place<'a> {
    occupancy: &'a Occupancy,
}

impl Occupancy {
    /// A place beside others; none while a message is alone or wants to be.
    pub(super) fn enter(&self) -> Option<Place<'_>> {
        let mut state = lock(&self.0);
        let is_reserved = state.reserved_until.is_some_and(|until| Instant::now() < until);
        if state.is_alone || is_reserved {
            return None;
        }
        state.running += 1;
        Some(Place { occupancy: self })
    }

    /// The whole process; none while anything runs in it. It is reserved then, and becomes free as what runs ends.
    pub(super) fn enter_alone(&self) -> Option<Place<'_>> {
        let mut state = lock(&self.0);
        if state.running > 0 {
            state.reserved_until = Some(Instant::now() + RESERVED);
            return None;
        }
        *state = State {
            running: 1,
            is_alone: true,
            reserved_until: None,
        };
        Some(Place { occupancy: self })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.occupancy.0);
        state.running -= 1;
        state.is_alone = false;
    }
}

#[cfg(test)]
mod tests {
    use super::{Occupancy, PUT_BACK, RESERVED};

    #[tokio::test(start_paused = true)]
    async fn nobody_works_beside_one_that_is_alone() {
        let occupancy = Occupancy::default();
        let alone = occupancy.enter_alone().unwrap();
        assert!(occupancy.enter().is_none() && occupancy.enter_alone().is_none());
        drop(alone);
        // Another that wants to be alone has asked meanwhile.
        assert!(occupancy.enter().is_none());
        tokio::time::advance(RESERVED).await;
        assert!(occupancy.enter().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_wants_to_be_alone_gets_its_turn() {
        let occupancy = Occupancy::default();
        let (first, second) = (occupancy.enter().unwrap(), occupancy.enter().unwrap());
        for _ in 0..5 {
            assert!(occupancy.enter_alone().is_none());
            assert!(occupancy.enter().is_none(), "nothing new begins");
            tokio::time::advance(PUT_BACK.mul_f64(1.1)).await;
        }
        drop((first, second));
        assert!(occupancy.enter_alone().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_nobody_comes_back_for_is_free_again() {
        let occupancy = Occupancy::default();
        let first = occupancy.enter().unwrap();
        assert!(occupancy.enter_alone().is_none());
        drop(first);
        tokio::time::advance(RESERVED).await;
        assert!(occupancy.enter().is_some());
    }
}
