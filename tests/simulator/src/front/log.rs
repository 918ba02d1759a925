//! What the simulator was asked: a bounded log, counters that are always on, and violations.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use time::OffsetDateTime;

use super::route::Service;
use crate::lock::lock;

/// One request as the log keeps it: no headers, no bodies, so no secrets.
#[derive(Debug, Clone)]
pub struct LoggedRequest {
    /// Simulated time at which the answer was ready.
    pub at: OffsetDateTime,
    pub service: Service,
    pub method: String,
    /// Without port, lower case.
    pub host: String,
    /// As sent, percent-encoded.
    pub path: String,
    /// As sent, without `?`; empty when there is none.
    pub query: String,
    /// Status sent, or that would have been sent before a fault broke the connection.
    pub status: u16,
    pub authorization_present: bool,
}

/// Everything the simulator remembers about requests.
#[derive(Debug, Default)]
pub(super) struct Log {
    capacity: usize,
    requests: Mutex<VecDeque<LoggedRequest>>,
    counters: [AtomicU64; Service::COUNT],
    violations: Mutex<Vec<String>>,
}

/// Violations kept at most: a client in a loop must not fill the memory.
const VIOLATIONS: usize = 1_000;

impl Log {
    /// A log that keeps the newest `capacity` requests.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            ..Self::default()
        }
    }

    /// Counts a request, and keeps it if the log keeps any.
    pub(super) fn record(&self, service: Service, request: impl FnOnce() -> LoggedRequest) {
        self.counters[service as usize].fetch_add(1, Ordering::Relaxed);
        if self.capacity == 0 {
            return;
        }
        let request = request();
        let mut requests = lock(&self.requests);
        if requests.len() == self.capacity {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(super) fn violation(&self, text: String) {
        let mut violations = lock(&self.violations);
        if violations.len() < VIOLATIONS {
            violations.push(text);
        }
    }

    pub(super) fn requests(&self) -> Vec<LoggedRequest> {
        lock(&self.requests).iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        lock(&self.requests).clear();
    }

    pub(super) fn count(&self, service: Service) -> u64 {
        self.counters[service as usize].load(Ordering::Relaxed)
    }

    pub(super) fn violations(&self) -> Vec<String> {
        lock(&self.violations).clone()
    }
}
