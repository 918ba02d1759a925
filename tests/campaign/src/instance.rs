//! One instance of the real function app, with its clients on the simulated network.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;

use super::network::Network;
use super::plan::Plan;
use acr_inventory::app::App;
use acr_inventory::azure::http::Http;
use acr_inventory::config::settings::Lookup;
use acr_inventory::config::{Config, KeepSetting, ServeConfig};
use acr_inventory::functions::{Service, runtime};
use acr_inventory::surroundings::Surroundings;
use simulator::random::seeded;
use simulator::tenant;
use simulator::world::TENANT_ID;
use simulator::world::settings::{APPLICATION_ID, APPLICATION_SECRET};

/// Repositories that one instance reads at the same time; one registry alone may use them up.
const PLACES: usize = 8;

/// A process that could be killed.
pub(super) struct Instance {
    pub(super) id: u64,
    pub(super) router: Router,
    /// How far its machine's clock is off, seconds.
    pub(super) skew: Arc<AtomicI64>,
    /// Messages being worked on, per queue.
    pub(super) busy: [usize; 2],
}

impl Instance {
    pub(super) fn start(id: u64, plan: &Plan, network: &Arc<Network>, skew: i64) -> anyhow::Result<Self> {
        let (lookup, mut config) = config(plan)?;
        config.keep = plan
            .days
            .map_or(KeepSetting::NotSaid, |days| KeepSetting::For(days.keep));
        let skew = Arc::new(AtomicI64::new(skew));
        let app = App::over(config, Http::in_process(network.exchange(id)), machine(network, &skew))?;
        let service = Service::new(app, &ServeConfig::read(&lookup)?)?;
        Ok(Self {
            id,
            router: runtime(Arc::new(service)).into_router(),
            skew,
            busy: [0; 2],
        })
    }
}

/// The settings of whoever works on the inventory of this life.
pub(super) fn config(plan: &Plan) -> anyhow::Result<(Lookup, Config)> {
    let fixed = [
        ("ACR_INVENTORY_CREDENTIAL", "client-secret"),
        ("AZURE_TENANT_ID", TENANT_ID),
        ("AZURE_CLIENT_ID", APPLICATION_ID),
        ("AZURE_CLIENT_SECRET", APPLICATION_SECRET),
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "1"),
    ];
    let mut settings = tenant::queue_settings(tenant::CONTAINER_URL);
    settings.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    settings.extend(
        plan.settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    let lookup = Lookup::new(settings);
    let mut config = Config::read(&lookup)?;
    config.limits.long = plan.long;
    config.limits.document_lines = plan.document_lines;
    config.limits.places = PLACES;
    // None for most, so that many a repository is a long one.
    config.limits.spare = [0, 0, 2][usize::try_from(plan.seed % 3)?];
    config.limits.digests = [64, 0][usize::try_from(plan.seed % 2)?];
    Ok((lookup, config))
}

/// A machine: its clock is off, and what is random follows from the seed.
pub(super) fn machine(network: &Network, skew: &Arc<AtomicI64>) -> Surroundings {
    let (clock, skew) = (Arc::clone(&network.front().world().clock), Arc::clone(skew));
    Surroundings {
        now: Arc::new(move || clock.now() + time::Duration::seconds(skew.load(Ordering::Relaxed))),
        bytes: Arc::new(|| seeded::bytes().unwrap_or_default()),
    }
}
