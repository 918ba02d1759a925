//! People who read a snapshot from beginning to end, while others write and thin; some fall asleep over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::instance::{config, machine};
use super::life::Life;
use super::network::Network;
use super::plan::Plan;
use acr_inventory::app::App;
use acr_inventory::azure::http::Http;
use acr_inventory::azure::http::in_process::Exchange;
use acr_inventory::chain::chain;
use acr_inventory::inventory::generation::Generation;
use acr_inventory::names::LoginServer;
use acr_inventory::snapshot::{Depth, Pointed, SnapshotError, Verified, verify};
use acr_inventory::store::BlobKey;
use simulator::lock::lock;

/// Their requests are told from those of all others.
const FIRST_READER: u64 = 2_000;
/// How long they sleep.
const NAPS: &[u64] = &[0, 0, 20, 30, 80];
const HOUR: Duration = Duration::from_secs(3_600);
/// Faults after which the storage may not have answered.
const OF_STORAGE: &[&str] = &["blob-", "storage-", "authority-"];

impl Life {
    /// Somebody reads one of the snapshots that are there.
    pub(super) fn read_a_snapshot(&mut self) {
        let snapshots = self.snapshots();
        let Some((server, generation)) = self.random.pick(&snapshots).cloned() else {
            return;
        };
        let id = FIRST_READER + self.helper();
        let nap = HOUR
            * self
                .random
                .pick(NAPS)
                .copied()
                .map_or(0, |hours| u32::try_from(hours).unwrap_or(0));
        // No hour passes in a life of hours.
        let nap = if self.plan.days.is_some() { nap } else { Duration::ZERO };
        let exchange = napping(self.network.exchange(id), self.random.between(1, 12), nap);
        let app = match reading(&self.plan, &self.network, exchange) {
            Ok(app) => app,
            Err(error) => return self.violation(format!("a reader does not start: {error:#}")),
        };
        self.report.readers += 1;
        let what = format!("snapshot {generation} of {server}");
        self.network.state().line(id, &what, "is read");
        let work = async move { verified(&app, &server, &generation).await };
        self.spawn_helper(id, work, move |life, read| life.judge_reader(&what, read));
    }

    /// What a reader was given was right, or not there any more.
    fn judge_reader(&mut self, what: &str, read: Result<Verified, SnapshotError>) {
        match read {
            Err(_) if self.has_fired(OF_STORAGE) => {}
            Err(error) => self.violation(format!("{what} cannot be read: {}", chain(&error))),
            Ok(verified) => {
                let blobs = lock(&self.blobs);
                let mut findings = verified.findings.iter();
                let wrong = findings.find(|finding| blobs.get("inventory", &finding.blob).is_some());
                let wrong = wrong.map(|wrong| format!("{what}, as it was read: {}: {}", wrong.blob, wrong.what));
                drop(blobs);
                self.report.violations.extend(wrong);
            }
        }
    }

    /// The snapshots that are there, by login server.
    pub(super) fn snapshots(&self) -> Vec<(LoginServer, Generation)> {
        let names = lock(&self.blobs).list("inventory", "v2/registries/");
        let manifests = names.iter().filter_map(|name| {
            let (folder, _) = name.split_once("/snapshots/")?;
            let server = LoginServer::parse(folder.strip_prefix("v2/registries/")?).ok()?;
            let generation = BlobKey::manifest_of(&server, name)?;
            // What another build left is none of ours.
            (generation.number() > 0).then_some((server, generation))
        });
        manifests.collect()
    }

    /// `verify --all --deep`, when nothing goes wrong any more.
    pub(super) async fn verify_all(&mut self) {
        let network = Arc::clone(&self.network);
        let app = reading(&self.plan, &network, network.undisturbed());
        let app = match app {
            Ok(app) => app,
            Err(error) => return self.violation(format!("nothing can be verified: {error:#}")),
        };
        for (server, generation) in self.snapshots() {
            self.report.verified += 1;
            let wrong = match verified(&app, &server, &generation).await {
                Ok(verified) => verified
                    .findings
                    .first()
                    .map(|found| format!("{}: {}", found.blob, found.what)),
                Err(error) => Some(chain(&error)),
            };
            if let Some(wrong) = wrong {
                self.violation(format!(
                    "at rest, snapshot {generation} of {server} does not hold: {wrong}"
                ));
            }
        }
    }
}

async fn verified(app: &App, server: &LoginServer, generation: &Generation) -> Result<Verified, SnapshotError> {
    let pointed = Pointed {
        generation,
        manifest_sha256: None,
    };
    verify(&app.store, server, pointed, Depth::Packs).await
}

fn reading(plan: &Plan, network: &Network, exchange: Exchange) -> anyhow::Result<App> {
    let (_, config) = config(plan)?;
    App::over(config, Http::in_process(exchange), machine(network, &Arc::default()))
}

/// Sleeps before one of its requests.
fn napping(exchange: Exchange, at: u64, nap: Duration) -> Exchange {
    let sent = AtomicU64::new(0);
    Arc::new(move |request| {
        let is_now = sent.fetch_add(1, Ordering::Relaxed) == at;
        let answer = exchange(request);
        Box::pin(async move {
            if is_now {
                tokio::time::sleep(nap).await;
            }
            answer.await
        })
    })
}
