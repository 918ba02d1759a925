//! How often Resource Manager may be asked: our own budget for each subscription, and its `Retry-After`. One for all
//! invocations of the process.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Context, Request, StatusCode};
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::time::Instant;
use url::Url;

use crate::azure::retry_after::{LONGEST_WAIT_IN_PLACE, retry_after};
use crate::lock::lock;

/// Resource Manager refills 25 reads a second for each subscription and principal: half of it, rounded down. The rest
/// is for other processes of this principal.
const PER_SECOND: NonZero<u32> = NonZero::new(12).unwrap();
/// Its bucket holds 250: half of that too. A discovery and the audits of six registries go through without a wait.
const BURST: NonZero<u32> = NonZero::new(125).unwrap();
/// For a 429 that says no time: half of the bucket is full again.
const FALLBACK: Duration = Duration::from_secs(5);

/// The budget, as a policy that every try of every request passes.
#[derive(Debug)]
pub struct ArmBudget {
    limiter: RateLimiter<Bucket, HashMapStateStore<Bucket>, RuntimeClock, NoOpMiddleware<Nanos>>,
    closed: Mutex<HashMap<Bucket, Instant>>,
}

/// What Resource Manager counts by; the principal is always ours.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Bucket {
    /// By its id, lower case.
    Subscription(String),
    /// What lies in no subscription.
    Tenant,
    /// It counts its questions itself; a run has a few, so that only its `Retry-After` matters here.
    ResourceGraph,
}

impl Bucket {
    fn of(url: &Url) -> Self {
        let path = url.path().to_ascii_lowercase();
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        match (parts.next(), parts.next()) {
            (Some("subscriptions"), Some(id)) => Self::Subscription(id.to_owned()),
            (Some("providers"), Some("microsoft.resourcegraph")) => Self::ResourceGraph,
            _ => Self::Tenant,
        }
    }
}

/// Nothing may be sent for so long, which is too long to wait for in place.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("Resource Manager wants to be left alone for {} s", .0.as_secs())]
pub struct Closed(pub Duration);

/// The runtime's clock, so that the budget flows in as time passes for everything else, simulated time included.
#[derive(Debug, Clone)]
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

impl Default for ArmBudget {
    fn default() -> Self {
        let quota = Quota::per_second(PER_SECOND).allow_burst(BURST);
        let clock = RuntimeClock(Instant::now());
        Self {
            limiter: RateLimiter::new(quota, HashMapStateStore::default(), clock),
            closed: Mutex::default(),
        }
    }
}

impl ArmBudget {
    /// Waits for a turn.
    async fn pass(&self, bucket: &Bucket) -> Result<(), Closed> {
        loop {
            let wait = match self.closed_for(bucket) {
                Some(wait) if wait > LONGEST_WAIT_IN_PLACE => return Err(Closed(wait)),
                Some(wait) => wait,
                None => match self.limiter.check_key(bucket) {
                    Ok(()) => return Ok(()),
                    Err(early) => early.wait_time_from(self.limiter.clock().now()),
                },
            };
            tokio::time::sleep(wait.max(Duration::from_millis(1))).await;
        }
    }

    fn closed_for(&self, bucket: &Bucket) -> Option<Duration> {
        let mut closed = lock(&self.closed);
        let left = closed.get(bucket)?.saturating_duration_since(Instant::now());
        if left.is_zero() {
            closed.remove(bucket);
            return None;
        }
        Some(left)
    }

    /// Never shorter than any answer asked for.
    fn close_for(&self, bucket: Bucket, wait: Duration) {
        let until = Instant::now() + wait;
        let mut closed = lock(&self.closed);
        let known = closed.entry(bucket).or_insert(until);
        *known = until.max(*known);
    }
}

#[async_trait::async_trait]
impl Policy for ArmBudget {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let bucket = Bucket::of(request.url());
        let passed = self.pass(&bucket).await;
        passed.map_err(|closed| azure_core::Error::with_error(ErrorKind::Other, closed, "not sent"))?;
        let Some((first, rest)) = next.split_first() else {
            return Err(azure_core::Error::with_message(
                ErrorKind::Other,
                "the pipeline ends before its transport",
            ));
        };
        let response = first.send(context, request, rest).await?;
        if let Some(wait) = asked_to_wait(&response) {
            self.close_for(bucket, wait);
        }
        Ok(response)
    }
}

/// A 429 stops everybody; another fault only where it says for how long.
fn asked_to_wait(response: &AsyncRawResponse) -> Option<Duration> {
    let given = response.headers().get_optional_str(&"retry-after".into());
    match response.status() {
        StatusCode::TooManyRequests => Some(retry_after(given, FALLBACK)),
        StatusCode::ServiceUnavailable => given.map(|given| retry_after(Some(given), FALLBACK)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
