//! What the registry was asked during one run, as the simulator saw it.

use std::time::Duration;

use super::case::Case;
use simulator::tenant::Tenant;
use simulator::{LoggedRequest, Service};

/// Requests of one run to the registry.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traffic {
    /// Tokens, catalog, lists.
    pub(super) lists: u64,
    /// Single manifests.
    pub(super) content: u64,
    /// From the first request for a single manifest to the answer to the last.
    pub(super) content_time: Duration,
    /// From the first request for a catalog page or a list to the answer to the last.
    pub(super) lists_time: Duration,
}

impl Traffic {
    /// Takes what the log has, and leaves it empty for the next run.
    pub(super) fn take(tenant: &Tenant, case: &Case) -> Self {
        let log = tenant.simulator.requests();
        tenant.simulator.clear_requests();
        let of_registry = log.iter().filter(|request| request.service == Service::Registry);
        let (content, lists): (Vec<_>, Vec<_>) = of_registry.partition(|request| request.path.contains("/manifests/"));
        let time = |requests: &[&LoggedRequest]| {
            let times = requests.iter().map(|request| request.at);
            let span = times.clone().min().zip(times.max()).map(|(first, last)| last - first);
            span.map_or(Duration::ZERO, |span| span.unsigned_abs() + case.latency)
        };
        let is_page = |request: &&LoggedRequest| request.path.starts_with("/acr/v1/");
        let pages: Vec<_> = lists.iter().copied().filter(is_page).collect();
        Self {
            lists: lists.len() as u64,
            content: content.len() as u64,
            content_time: time(&content),
            lists_time: time(&pages),
        }
    }

    /// Single manifests in a second; none where there were too few to tell.
    pub(super) fn content_per_second(&self) -> Option<f64> {
        let seconds = self.content_time.as_secs_f64();
        (self.content >= 1_000 && seconds > 0.0).then(|| self.content as f64 / seconds)
    }
}
