//! How many bytes of answers are in memory at the same time, all invocations of the process together: at most
//! [`BUDGET`], whatever registries send. The process has 512 MB with the Functions host beside it.
//!
//! Answers of ordinary size are bounded by the number of requests in flight. A larger one draws all that it can come to
//! from one budget before it is read on, and gives it back when it has been understood. Whoever has drawn waits for
//! nobody, so that nobody waits for ever.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// An answer of at most this size draws nothing, bytes: a page of a hundred manifests has some 60 KB. Times the requests
/// that four invocations have in flight, 128, this is 32 MiB.
pub(super) const ORDINARY: usize = 256 << 10;
/// What larger answers have together, bytes: with those of ordinary size 128 MiB.
pub(super) const BUDGET: usize = 96 << 20;
/// The budget is counted in pieces of this size, bytes.
const PIECE: usize = 64 << 10;

/// The budget of one process.
#[derive(Debug, Clone)]
pub(super) struct Memory(Arc<Semaphore>);

/// A part of the budget; it is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Drawn {
    _permit: OwnedSemaphorePermit,
}

impl Default for Memory {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET / PIECE)))
    }
}

impl Memory {
    /// Waits for so many bytes, at most the whole budget. None: so few draw nothing.
    pub(super) async fn draw(&self, bytes: usize) -> Option<Drawn> {
        if bytes <= ORDINARY {
            return None;
        }
        let pieces = u32::try_from(bytes.min(BUDGET).div_ceil(PIECE)).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let permit = Arc::clone(&self.0).acquire_many_owned(pieces).await.ok()?;
        Some(Drawn { _permit: permit })
    }
}

#[cfg(test)]
mod tests {
    use super::{BUDGET, Memory, ORDINARY};
    use futures_util::FutureExt as _;

    #[test]
    fn large_answers_wait_for_each_other_and_ordinary_ones_for_nobody() {
        let memory = Memory::default();
        let draw = |bytes| memory.draw(bytes).now_or_never();
        let mut drawn: Vec<_> = (0..BUDGET / (8 << 20))
            .map(|_| draw(8 << 20).unwrap().unwrap())
            .collect();
        assert!(draw(ORDINARY + 1).is_none(), "it did not wait");
        assert!(draw(ORDINARY).unwrap().is_none());
        drawn.pop();
        assert!(draw(ORDINARY + 1).unwrap().is_some());
        drawn.clear();
        assert!(
            draw(usize::MAX).unwrap().is_some(),
            "nobody can draw more than there is"
        );
    }
}
