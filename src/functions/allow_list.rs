//! The registries that may be contacted: those the operator named and those of the last run that was asked for the same.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::collect::CollectError;
use crate::collect::run::current_run;
use crate::collect::selection::Selection;
use crate::inventory::run::RunRegistry;
use crate::lock::lock;
use crate::names::{LoginServer, RegistryId};
use crate::store::{BlobKey, Store};

/// The current run is read again when it is older than this …
const REFRESH_AFTER: Duration = Duration::from_secs(300);
/// … or when a registry is not in it; for callers of the webhook not more often than this.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// What may be contacted, with a short memory.
#[derive(Debug)]
pub struct AllowList {
    selection: Selection,
    /// Whose runs count.
    selection_id: String,
    run: Mutex<Option<(Instant, Vec<RunRegistry>)>>,
}

/// What becomes of an event of a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coverage {
    /// Its registry may be contacted.
    Allowed,
    /// Its registry was inventoried, is not excluded, and the current run does not have it: that may be a run that could
    /// not see everything.
    Missed,
    /// Its registry is excluded or was never discovered. When it is, the run that discovers it reads everything that it
    /// has by then, so the event says nothing that would be missed.
    NotCovered,
}

impl AllowList {
    /// Allows what the operator named in any case.
    pub fn new(selection: Selection) -> Self {
        Self {
            selection_id: selection.id(),
            selection,
            run: Mutex::default(),
        }
    }

    /// Whether this login server may be contacted, as far as was known some seconds ago: for callers of the webhook, who
    /// are many and are told.
    pub async fn allows(&self, store: &Store, login_server: &LoginServer) -> Result<bool, CollectError> {
        self.allows_by(store, login_server, ASK_AGAIN_AFTER).await
    }

    /// Whether this login server may be contacted: for a message of a queue, which is given up if not.
    pub async fn allows_now(&self, store: &Store, login_server: &LoginServer) -> Result<bool, CollectError> {
        self.allows_by(store, login_server, Duration::ZERO).await
    }

    async fn allows_by(&self, store: &Store, wanted: &LoginServer, miss: Duration) -> Result<bool, CollectError> {
        if self.selection.login_servers.contains(wanted) {
            return Ok(true);
        }
        let found = self.find(store, |registry| registry.login_server == *wanted, miss);
        Ok(found.await?.is_some())
    }

    /// What becomes of an event of this registry. A registry was inventoried, or is about to be, if it has a document of
    /// its own or a checkpoint.
    pub(super) async fn coverage(&self, store: &Store, login_server: &LoginServer) -> Result<Coverage, CollectError> {
        if self.allows_now(store, login_server).await? {
            return Ok(Coverage::Allowed);
        }
        if !self
            .selection
            .covers(login_server.registry_name(), login_server.as_str())
        {
            return Ok(Coverage::NotCovered);
        }
        for key in [
            BlobKey::Registry(login_server.clone()),
            BlobKey::Refresh(login_server.clone()),
        ] {
            if store.open(&key).await?.is_some() {
                return Ok(Coverage::Missed);
            }
        }
        Ok(Coverage::NotCovered)
    }

    /// The login server of a known registry by its ARM id. Where Resource Manager was not asked, or the registry has moved
    /// since, its name leads there, and of several of one name the host that a client asked. The run is read anew when it
    /// does not have the registry: it may have been opened a moment ago.
    pub(super) async fn login_server_of(
        &self,
        store: &Store,
        id: &RegistryId,
        host: Option<&LoginServer>,
    ) -> Result<Option<LoginServer>, CollectError> {
        let is_it = |registry: &RunRegistry| registry.registry_id.as_ref() == Some(id);
        if let Some(found) = self.find(store, is_it, Duration::ZERO).await? {
            return Ok(Some(found.login_server));
        }
        let is_named = |server: &&LoginServer| server.registry_name().eq_ignore_ascii_case(id.name());
        let run = lock(&self.run);
        let of_run = run.iter().flat_map(|(_, registries)| registries);
        let known = of_run.map(|registry| &registry.login_server);
        let named: BTreeSet<&LoginServer> = known.chain(&self.selection.login_servers).filter(is_named).collect();
        let found = match host.filter(is_named) {
            Some(host) => named.get(host),
            None => named.first().filter(|_| named.len() == 1),
        };
        Ok(found.map(|server| (*server).clone()))
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
        let run = current_run(store, &self.selection_id).await?;
        let registries = run.map(|run| run.registries).unwrap_or_default();
        let found = registries.iter().find(|found| wanted(found)).cloned();
        *lock(&self.run) = Some((Instant::now(), registries));
        Ok(found)
    }
}
