//! Clock and randomness that an app works with, where they are not the machine's: a campaign brings its own.
//!
//! They hold for the task that was begun within them. Nothing here begins another: there are no detached tasks.

use std::future::Future;
use std::sync::Arc;

use time::OffsetDateTime;

tokio::task_local! {
    static CURRENT: Surroundings;
}

/// What an app is given instead of the machine's clock and randomness.
#[derive(Clone)]
pub struct Surroundings {
    /// The time of day, UTC.
    pub now: Arc<dyn Fn() -> OffsetDateTime + Send + Sync>,
    /// Bytes for an id that is never used twice.
    pub bytes: Arc<dyn Fn() -> [u8; 16] + Send + Sync>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

/// Runs `work` within `surroundings`; none: on the machine as it is.
pub async fn within<T>(surroundings: Option<&Surroundings>, work: impl Future<Output = T>) -> T {
    match surroundings {
        Some(surroundings) => CURRENT.scope(surroundings.clone(), work).await,
        None => work.await,
    }
}

/// Something of the surroundings of this task; none on the machine as it is.
pub(crate) fn current<T>(read: impl FnOnce(&Surroundings) -> T) -> Option<T> {
    CURRENT.try_with(read).ok()
}
