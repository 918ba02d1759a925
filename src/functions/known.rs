//! The registries that may be contacted: those the operator named and those of the current run.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::collect::CollectError;
use crate::collect::run::current_run;
use crate::inventory::run::RunRegistry;
use crate::lock::lock;
use crate::names::{LoginServer, RegistryId};
use crate::store::Store;

/// The current run is read again when it is older than this …
const REFRESH_AFTER: Duration = Duration::from_secs(300);
/// … or when a registry is not in it; for events not more often than this.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// An allow-list with a short memory.
#[derive(Debug)]
pub struct Known {
    configured: Vec<LoginServer>,
    run: Mutex<Option<(Instant, Vec<RunRegistry>)>>,
}

impl Known {
    /// Knows these in any case.
    pub fn new(configured: Vec<LoginServer>) -> Self {
        Self {
            configured,
            run: Mutex::default(),
        }
    }

    /// Whether this login server may be contacted, as far as was known some seconds ago: for callers of the webhook, who
    /// are many and are told.
    pub async fn has(&self, store: &Store, login_server: &LoginServer) -> Result<bool, CollectError> {
        self.has_by(store, login_server, ASK_AGAIN_AFTER).await
    }

    /// Whether this login server may be contacted: for a message of a queue, which is given up if not.
    pub async fn has_now(&self, store: &Store, login_server: &LoginServer) -> Result<bool, CollectError> {
        self.has_by(store, login_server, Duration::ZERO).await
    }

    async fn has_by(&self, store: &Store, wanted: &LoginServer, miss: Duration) -> Result<bool, CollectError> {
        if self.configured.contains(wanted) {
            return Ok(true);
        }
        let found = self.find(store, |registry| registry.login_server == *wanted, miss);
        Ok(found.await?.is_some())
    }

    /// The login server of a registry by its ARM id, if the registry is in the current run.
    pub async fn login_server_of(&self, store: &Store, id: &RegistryId) -> Result<Option<LoginServer>, CollectError> {
        let found = self
            .find(
                store,
                |registry| registry.registry_id.as_ref() == Some(id),
                ASK_AGAIN_AFTER,
            )
            .await?;
        Ok(found.map(|registry| registry.login_server))
    }

    /// The first registry that is wanted; that there is none is taken from memory for as long as `miss`.
    async fn find(
        &self,
        store: &Store,
        wanted: impl Fn(&RunRegistry) -> bool,
        miss: Duration,
    ) -> Result<Option<RunRegistry>, CollectError> {
        let (age, found) = {
            let run = lock(&self.run);
            match run.as_ref() {
                Some((read_at, registries)) => (
                    Some(read_at.elapsed()),
                    registries.iter().find(|found| wanted(found)).cloned(),
                ),
                None => (None, None),
            }
        };
        let enough = if found.is_some() { REFRESH_AFTER } else { miss };
        if age.is_some_and(|age| age < enough) {
            return Ok(found);
        }
        let registries = current_run(store).await?.map(|run| run.registries).unwrap_or_default();
        let found = registries.iter().find(|found| wanted(found)).cloned();
        *lock(&self.run) = Some((Instant::now(), registries));
        Ok(found)
    }
}
