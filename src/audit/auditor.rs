//! The audits that refreshes make: one profile for all, and what registries share read once per run.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::identities::Identities;
use super::inventory::stored;
use super::record::Slot;
use super::registry::{Extra, Target, read_before, read_registry};
use super::subscription::Subscriptions;
use super::{Basis, audit_with};
use crate::azure::Failure;
use crate::azure::arm::Arm;
use crate::azure::graph::Graph;
use crate::chain::chain;
use crate::collect::registry::Closed;
use crate::collect::{CollectError, run_document};
use crate::inventory::audit::AuditDocument;
use crate::inventory::generation::Generation;
use crate::inventory::pointer::SnapshotPointer;
use crate::inventory::registry::Resource;
use crate::lock::lock;
use crate::posture::profile::Profile;
use crate::store::Store;

/// Rounds of read, audit and write before giving way to whoever keeps auditing the same registry.
const ROUNDS: u32 = 3;

/// Audits registries at the end of their refresh. What it keeps can be lost at any moment.
#[derive(Debug)]
pub struct Auditor {
    profile: Profile,
    /// None: Microsoft Graph is not asked for names.
    graph: Option<Graph>,
    extras: BTreeSet<Extra>,
    newest: Mutex<Option<Arc<Run>>>,
}

/// What the registries of one run share.
#[derive(Debug)]
struct Run {
    generation: Generation,
    subscriptions: Subscriptions,
    /// Those of the run's registries.
    scanned: OnceCell<BTreeSet<String>>,
}

/// A registry at the end of its refresh.
#[derive(Debug, Clone, Copy)]
pub struct Refreshed<'a> {
    pub target: Target<'a>,
    /// The registry as the refresh read it.
    pub resource: Option<&'a Resource>,
    pub generation: &'a Generation,
    /// The newest snapshot.
    pub snapshot: Option<&'a SnapshotPointer>,
}

impl Auditor {
    /// Audits by `profile`.
    pub fn new(profile: Profile, graph: Option<Graph>) -> Self {
        Self {
            profile,
            graph,
            extras: BTreeSet::new(),
            newest: Mutex::default(),
        }
    }

    /// The audit phase of a refresh: audits the registry over its current snapshot, and keeps the audit.
    pub async fn audit_closed(&self, arm: &Arm, store: &Store, closed: Closed) -> Result<(), CollectError> {
        let no_time = || {
            CollectError::Service(Failure::Unavailable {
                target: format!("audit of {}", closed.login_server),
                detail: "no time is left for it in this invocation".to_owned(),
            })
        };
        if closed.deadline.is_soft_over() {
            return Err(no_time());
        }
        for _ in 0..ROUNDS {
            let Some(slot) = Slot::read(store, &closed.login_server).await? else {
                return Ok(());
            };
            let registry = Refreshed {
                target: Target {
                    id: &closed.id,
                    login_server: &closed.login_server,
                },
                resource: closed.resource.as_ref(),
                generation: &closed.generation,
                snapshot: slot.registry.snapshot.as_ref(),
            };
            let audit = self.audit(arm, store, registry, closed.patient);
            let audit = tokio::time::timeout_at(closed.deadline.requests_end(), audit).await;
            if slot.write(store, audit.map_err(|_| no_time())??).await? {
                return Ok(());
            }
        }
        Err(CollectError::Contended {
            what: format!("the audit of {}", closed.login_server),
        })
    }

    /// Audits a registry. `patient`: a failure that may be over soon is an error, so that the same can be tried later;
    /// else what stands on it is unknown.
    pub async fn audit(
        &self,
        arm: &Arm,
        store: &Store,
        registry: Refreshed<'_>,
        patient: bool,
    ) -> Result<AuditDocument, CollectError> {
        let run = self.run(registry.generation);
        let scanned = run
            .scanned
            .get_or_try_init(|| scanned(store, registry.generation))
            .await?;
        let mut profile = self.profile.clone();
        profile.scanned_subscriptions.extend(scanned.iter().cloned());
        let resource = registry.resource.map(read_before);
        let reads = read_registry(arm, &run.subscriptions, registry.target, resource, &self.extras).await;
        if let Some(reason) = reads.passing_failure().filter(|_| patient) {
            return Err(CollectError::Service(Failure::Unavailable {
                target: format!("audit of {}", registry.target.login_server),
                detail: reason.to_owned(),
            }));
        }
        let login_server = registry.target.login_server;
        let inventory = match registry.snapshot {
            None => None,
            Some(snapshot) => match stored(store, login_server, snapshot, &profile).await {
                Err(error @ CollectError::Document { .. }) => {
                    tracing::warn!(%login_server, error = %chain(&error), "the audit leaves the inventory out");
                    None
                }
                inventory => Some(inventory?),
            },
        };
        let basis = Basis::new(inventory.as_ref(), &profile, crate::clock::now());
        let identities = Identities::asked(self.graph.as_ref(), &reads).await;
        Ok(audit_with(&reads, &basis, &identities))
    }

    /// What the registries of a run share. Kept for the newest run only: an older one ends with fewer and fewer.
    fn run(&self, generation: &Generation) -> Arc<Run> {
        let mut newest = lock(&self.newest);
        match newest.as_ref() {
            Some(run) if run.generation == *generation => return Arc::clone(run),
            _ => {}
        }
        let run = Arc::new(Run {
            generation: generation.clone(),
            subscriptions: Subscriptions::default(),
            scanned: OnceCell::new(),
        });
        if newest.as_ref().is_none_or(|newest| newest.generation < run.generation) {
            *newest = Some(Arc::clone(&run));
        }
        run
    }
}

/// The subscriptions of a run's registries.
async fn scanned(store: &Store, generation: &Generation) -> Result<BTreeSet<String>, CollectError> {
    let run = run_document(store, generation).await?;
    let registries = run.into_iter().flat_map(|run| run.registries);
    Ok(registries
        .filter_map(|registry| Some(registry.registry_id?.subscription().to_owned()))
        .collect())
}
