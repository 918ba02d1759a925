//! `collect` from somebody's laptop, into the container of the function app: the same core, without queues.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::instance::{config, machine};
use super::life::Life;
use super::looks::INVOCATION;
use super::network::Network;
use super::plan::Plan;
use acr_inventory::app::App;
use acr_inventory::azure::acr::Purpose;
use acr_inventory::azure::http::Http;
use acr_inventory::collect::discover::discover;
use acr_inventory::collect::registry::{MAX_ATTEMPTS, Mover, Progress, RegistryWork, refresh_registry};
use acr_inventory::collect::run::{Wanted, open_run};
use acr_inventory::config::KeepSetting;
use acr_inventory::deadline::Deadline;
use acr_inventory::inventory::generation::Generation;
use acr_inventory::inventory::run::RunRegistry;
use acr_inventory::surroundings::within;
use simulator::lock::lock;

/// Its requests are told from those of the function app's instances.
pub(super) const FIRST_LAPTOP: u64 = 1_000;
/// Attempts in vain before it closes a registry as it is, as the command does.
const CLOSE_AFTER_ATTEMPTS: u32 = 5;

impl Life {
    /// Somebody types `collect`, perhaps with `--keep`; the id of the laptop.
    pub(super) fn collect_from_laptop(&mut self, thins: bool) -> Option<u64> {
        let id = FIRST_LAPTOP + self.helper();
        let app = match laptop(id, &self.plan, &self.network, thins) {
            Ok(app) => app,
            Err(error) => {
                self.violation(format!("the laptop does not start: {error:#}"));
                return None;
            }
        };
        self.fired("laptop-collects");
        // Whoever else is at work cannot be judged meanwhile.
        self.disturb("laptop", true);
        self.laptops.insert(id);
        self.network.state().line(id, "collect", "begins");
        let movers = Arc::clone(&self.laptop_movers);
        let work = async move { within(app.surroundings(), collect(&app, &movers)).await };
        // No invocation has this number.
        let work = INVOCATION.scope(u64::MAX - id, work);
        self.spawn_helper(id, work, move |life, ()| {
            life.network.state().line(id, "collect", "ends");
            life.laptop_is_gone(id);
        });
        Some(id)
    }

    /// A laptop is done, or dead.
    pub(super) fn laptop_is_gone(&mut self, id: u64) {
        if self.laptops.remove(&id) && self.laptops.is_empty() {
            self.disturb("laptop", false);
        }
    }
}

fn laptop(id: u64, plan: &Plan, network: &Arc<Network>, thins: bool) -> anyhow::Result<App> {
    let (_, mut config) = config(plan)?;
    config.keep = match plan.days {
        Some(days) if thins => KeepSetting::For(days.keep),
        _ => KeepSetting::NotSaid,
    };
    App::over(
        config,
        Http::in_process(network.exchange(id)),
        machine(network, &Arc::default()),
    )
}

/// One run, registry after registry; what fails is left to the function app. `movers`: the ids under which checkpoints are
/// moved.
async fn collect(app: &App, movers: &Mutex<BTreeSet<String>>) {
    let found = discover(app.directory(), &app.config.selection, &app.deadline()).await;
    let Ok((registries, discovery)) = found else {
        return;
    };
    let wanted = Wanted {
        selection: app.config.selection.id(),
        registries,
        discovery,
    };
    let Ok(opened) = open_run(&app.store, &wanted).await else {
        return;
    };
    for registry in &opened.open {
        let id = acr_inventory::random::uuid();
        lock(movers).insert(id.to_string());
        refresh_to_end(app, registry, &opened.run.generation, &Mover::new(id)).await;
    }
}

/// Goes on until the refresh is over, is somebody else's, or fails.
async fn refresh_to_end(app: &App, registry: &RunRegistry, generation: &Generation, mover: &Mover) {
    let (mut generation, mut attempt) = (generation.clone(), 0_u32);
    let deadline = Deadline::none();
    loop {
        let work = RegistryWork {
            keep: app.config.keep.if_said(),
            attempt: match attempt > CLOSE_AFTER_ATTEMPTS {
                true => MAX_ATTEMPTS,
                false => attempt,
            },
            ..app.registry_work((&registry.login_server, registry.registry_id.as_ref()), mover, deadline)
        };
        let client = |sku: Option<&str>| app.registry_client(&registry.login_server, sku, Purpose::Walk, deadline);
        let pause = match refresh_registry(&work, &generation, client, &|_| {}).await {
            Ok(Progress::Finished(_) | Progress::Superseded) => return,
            Ok(Progress::Continue {
                generation: joined,
                pause,
                progressed,
                ..
            }) => {
                generation = joined;
                attempt = if progressed { 0 } else { attempt + 1 };
                pause
            }
            Err(error) if error.is_transient() && attempt <= CLOSE_AFTER_ATTEMPTS => {
                attempt += 1;
                Duration::from_secs(1) * 2_u32.pow(attempt.min(5))
            }
            Err(_) => return,
        };
        tokio::time::sleep(pause).await;
    }
}
