//! The simulated services without sockets: requests and answers are values, time is whatever the runtime says.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Body;
use axum::http::Response;

use super::Options;
use super::log::Log;
use super::route::{self, Service};
use super::serve::{self, Shared};
use crate::faults::Faults;
use crate::lock::lock;
use crate::wire::SimRequest;
use crate::world::World;
use crate::world::settings::PageLimits;

/// Everything behind the sockets of [`super::Simulator`], for campaigns under a clock of their own.
#[derive(Clone)]
pub struct InProcess {
    shared: Arc<Shared>,
}

impl InProcess {
    /// The services of this world; of the options only pages, latency, log and further views count.
    pub fn new(world: World, options: Options) -> Self {
        let mut world = world;
        world.pages = PageLimits {
            default: options.default_page,
            maximum: options.maximum_page,
        };
        Self {
            shared: Arc::new(Shared::new(Arc::new(Mutex::new(world)), options)),
        }
    }

    /// Answers one request, faults included.
    pub async fn answer(&self, request: SimRequest) -> Response<Body> {
        serve::answer(&self.shared, Self::service(&request), request).await
    }

    /// The service that a request is for.
    pub fn service(request: &SimRequest) -> Service {
        route::service(request)
    }

    /// The rules that break requests.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The state of the simulated Azure; not to be held across an await.
    pub fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.shared.world)
    }

    /// What the simulated Azure was asked and does not know.
    pub fn violations(&self) -> Vec<String> {
        self.shared.log.violations()
    }
}

impl Shared {
    pub(super) fn new(world: Arc<Mutex<World>>, options: Options) -> Self {
        let (clock, identity_header) = {
            let world = lock(&world);
            let header = format!("canary-identity-header-{:016x}", world.seed);
            (Arc::clone(&world.clock), header)
        };
        Self {
            world,
            clock,
            faults: Faults::default(),
            log: Log::new(options.log_capacity),
            extra: options.extra,
            latency: options.latency,
            identity_header,
        }
    }
}
