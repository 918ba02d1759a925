//! Real registries: found as `collect` finds them, then read.

use anyhow::Context as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::{Audited, ExtraArgs};
use crate::app::App;
use crate::audit::Slot;
use crate::audit::identities::Identities;
use crate::audit::inventory::{Stored, stored};
use crate::audit::{Basis, Reads, Subscriptions, Target, audit_with, hidden, read_registry};
use crate::azure::arm::Arm;
use crate::chain::chain;
use crate::collect::discover::discover;
use crate::collect::selection::Selection;
use crate::collect::stored_registry;
use crate::inventory::audit::Gap;
use crate::inventory::problem::Completeness;
use crate::names::{LoginServer, RegistryId};
use crate::posture::profile::Profile;

/// Tries of saving an audit; only a refresh of the same registry races for its document.
const ROUNDS: u32 = 10;
/// Registries read at the same time.
const REGISTRIES: usize = 4;

/// Whether everything that was asked for was answered: reads that nobody asked for are not missed.
pub(in crate::cli) fn is_known(gaps: &[Gap]) -> bool {
    gaps.iter().all(Gap::is_not_asked)
}

/// The registries that are there to be read.
pub(in crate::cli) struct Found {
    pub(in crate::cli) registries: Vec<(LoginServer, RegistryId)>,
    /// Those named by their login server that Resource Manager does not show.
    hidden: Vec<LoginServer>,
    /// Every one that is wanted is among them.
    pub(in crate::cli) complete: bool,
}

impl Found {
    /// Reads one of them.
    pub(in crate::cli) async fn read(
        arm: &Arm,
        subscriptions: &Subscriptions,
        (login_server, id): (&LoginServer, &RegistryId),
        extras: ExtraArgs,
    ) -> Reads {
        let target = Target { id, login_server };
        read_registry(arm, subscriptions, target, None, &extras.wanted()).await
    }
}

/// Finds the registries, saying on stderr what cannot be found.
pub(in crate::cli) async fn find(app: &App) -> anyhow::Result<Found> {
    arm(app)?;
    let (registries, discovery) = discover(app.directory(), &app.config.selection, &app.deadline()).await?;
    for problem in &discovery.problems.first {
        errln!("{} ({})", problem.message, problem.code);
    }
    let mut found = Found {
        registries: Vec::new(),
        hidden: Vec::new(),
        complete: discovery.completeness == Completeness::Complete,
    };
    let mut without_id = Vec::new();
    for registry in registries {
        match registry.registry_id {
            Some(id) => found.registries.push((registry.login_server, id)),
            None => without_id.push(registry.login_server),
        }
    }
    if without_id.is_empty() {
        return Ok(found);
    }
    // Named by their login server, so that nobody was asked where they are.
    let (seen, _) = discover(app.directory(), &Selection::default(), &app.deadline()).await?;
    for login_server in without_id {
        let place = seen.iter().find(|registry| registry.login_server == login_server);
        match place.and_then(|registry| registry.registry_id.clone()) {
            Some(id) => found.registries.push((login_server, id)),
            None => {
                errln!("{login_server}: Resource Manager does not show it to this identity");
                found.hidden.push(login_server);
            }
        }
    }
    Ok(found)
}

/// Resource Manager, without which there is nothing to audit.
pub(in crate::cli) fn arm(app: &App) -> anyhow::Result<&Arm> {
    app.arm()
        .ok_or_else(|| anyhow::anyhow!("anonymous cannot ask Resource Manager"))
}

pub(super) async fn audit(
    app: &App,
    mut profile: Profile,
    extras: ExtraArgs,
    save: bool,
) -> anyhow::Result<(Vec<Audited>, bool)> {
    let found = find(app).await?;
    let arm = arm(app)?;
    let subscriptions = Subscriptions::default();
    let scanned = found.registries.iter().map(|(_, id)| id.subscription().to_owned());
    profile.scanned_subscriptions.extend(scanned);
    let placed = found
        .registries
        .iter()
        .map(|(login_server, id)| (login_server, Some(id)));
    let hidden_ones = found.hidden.iter().map(|login_server| (login_server, None));
    let work: Vec<_> = placed
        .chain(hidden_ones)
        .map(|(login_server, id)| {
            let look = Look {
                app,
                arm,
                profile: &profile,
                extras,
            };
            let subscriptions = &subscriptions;
            async move {
                let registry = (login_server, id);
                match save {
                    true => look.saved(registry, subscriptions).await,
                    false => Ok((look.audit(registry, subscriptions).await, true)),
                }
            }
        })
        .collect();
    let audited: Vec<(Audited, bool)> = stream::iter(work).buffered(REGISTRIES).try_collect().await?;
    let complete = found.complete && audited.iter().all(|(_, saved)| *saved);
    Ok((audited.into_iter().map(|(audited, _)| audited).collect(), complete))
}

/// A registry, and where Resource Manager has it; none where it does not show it.
type Place<'a> = (&'a LoginServer, Option<&'a RegistryId>);

/// What every audit of this command goes by.
#[derive(Clone, Copy)]
struct Look<'a> {
    app: &'a App,
    arm: &'a Arm,
    profile: &'a Profile,
    extras: ExtraArgs,
}

impl Look<'_> {
    async fn audit(self, registry: Place<'_>, subscriptions: &Subscriptions) -> Audited {
        let (login_server, id) = registry;
        let reads = match id {
            Some(id) => Found::read(self.arm, subscriptions, (login_server, id), self.extras).await,
            None => hidden(login_server, &self.extras.wanted()),
        };
        let inventory = last_inventory(self.app, registry.0, self.profile).await;
        let basis = Basis::new(inventory.as_ref(), self.profile, crate::clock::now());
        let identities = identities(self.app, &reads, self.extras.names).await;
        Audited {
            login_server: registry.0.clone(),
            audit: audit_with(&reads, &basis, &identities),
            identities: identities.known(),
        }
    }

    /// Audits and saves, again while the document is changed meanwhile. False: there is no document to save it in.
    async fn saved(self, registry: Place<'_>, subscriptions: &Subscriptions) -> anyhow::Result<(Audited, bool)> {
        let server = registry.0;
        let Some(mut slot) = Slot::read(&self.app.store, server).await? else {
            errln!("{server}: its audit is not saved: it was never collected into this inventory");
            return Ok((self.audit(registry, subscriptions).await, false));
        };
        let mut audited = self.audit(registry, subscriptions).await;
        for _ in 0..ROUNDS {
            if slot.write(&self.app.store, audited.audit.clone()).await? {
                return Ok((audited, true));
            }
            let again = Slot::read(&self.app.store, server).await?;
            slot = again.with_context(|| format!("{server}: its document is gone"))?;
            // What was read before the document says nothing any more.
            audited = self.audit(registry, &Subscriptions::default()).await;
        }
        anyhow::bail!("{server}: its document kept changing while it was audited")
    }
}

/// Who the principals of a registry are; with names, Microsoft Graph is asked.
pub(in crate::cli) async fn identities(app: &App, reads: &Reads, names: bool) -> Identities {
    Identities::asked(app.graph().filter(|_| names).as_ref(), reads).await
}

/// The last inventory of the registry, if there is one that can be read.
pub(in crate::cli) async fn last_inventory(app: &App, login_server: &LoginServer, profile: &Profile) -> Option<Stored> {
    let read = async {
        let document = stored_registry(&app.store, login_server).await?;
        let Some(snapshot) = document.and_then(|document| document.snapshot) else {
            return Ok(None);
        };
        stored(&app.store, login_server, &snapshot, profile).await.map(Some)
    };
    read.await.unwrap_or_else(|error| {
        errln!("{login_server}: its inventory is left out: {}", chain(&error));
        None
    })
}
