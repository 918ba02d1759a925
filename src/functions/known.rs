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
/// … or when a registry is not in it, but not more often than this.
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

    /// Whether this login server may be contacted.
    pub async fn has(&self, store: &Store, login_server: &LoginServer) -> Result<bool, CollectError> {
        if self.configured.contains(login_server) {
            return Ok(true);
        }
        Ok(self
            .find(store, |registry| registry.login_server == *login_server)
            .await?
            .is_some())
    }

    /// The login server of a registry by its ARM id, if the registry is in the current run.
    pub async fn login_server_of(&self, store: &Store, id: &RegistryId) -> Result<Option<LoginServer>, CollectError> {
        let found = self
            .find(store, |registry| registry.registry_id.as_ref() == Some(id))
            .await?;
        Ok(found.map(|registry| registry.login_server))
    }

    async fn find(
        &self,
        store: &Store,
        wanted: impl Fn(&RunRegistry) -> bool,
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
        let enough = if found.is_some() {
            REFRESH_AFTER
        } else {
            ASK_AGAIN_AFTER
        };
        if age.is_some_and(|age| age < enough) {
            return Ok(found);
        }
        let registries = current_run(store).await?.map(|run| run.registries).unwrap_or_default();
        let found = registries.iter().find(|found| wanted(found)).cloned();
        *lock(&self.run) = Some((Instant::now(), registries));
        Ok(found)
    }
}
