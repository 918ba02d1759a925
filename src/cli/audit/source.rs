//! Real registries: found as `collect` finds them, then read.

use futures_util::stream::{self, StreamExt as _};

use super::{Audited, ExtraArgs};
use crate::app::App;
use crate::audit::inventory::{Stored, stored};
use crate::audit::{Basis, Reads, Subscriptions, Target, hidden, read_registry};
use crate::azure::arm::Arm;
use crate::chain::chain;
use crate::collect::audit::write_audit;
use crate::collect::discover::{Selection, discover};
use crate::collect::stored_registry;
use crate::config::Config;
use crate::inventory::audit::Gap;
use crate::inventory::problem::Completeness;
use crate::names::{LoginServer, RegistryId};
use crate::posture::profile::Profile;

/// Registries read at the same time.
const REGISTRIES: usize = 4;

/// Whether everything that was asked for was answered: reads that nobody asked for are not missed.
pub(in crate::cli) fn is_known(gaps: &[Gap]) -> bool {
    gaps.iter().all(|gap| gap.why.starts_with("not asked"))
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
    let (registries, discovery) = discover(app.directory(), &app.config.selection).await?;
    for problem in &discovery.problems.first {
        eprintln!("{} ({})", problem.message, problem.code);
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
    let (seen, _) = discover(app.directory(), &Selection::default()).await?;
    for login_server in without_id {
        let place = seen.iter().find(|registry| registry.login_server == login_server);
        match place.and_then(|registry| registry.registry_id.clone()) {
            Some(id) => found.registries.push((login_server, id)),
            None => {
                eprintln!("{login_server}: Resource Manager does not show it to this identity");
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

pub(in crate::cli) async fn audit(
    config: Config,
    mut profile: Profile,
    extras: ExtraArgs,
    save: bool,
) -> anyhow::Result<(Vec<Audited>, bool)> {
    let app = if save { App::new(config)? } else { App::reading(config)? };
    let found = find(&app).await?;
    let arm = arm(&app)?;
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
            let (app, profile, subscriptions) = (&app, &profile, &subscriptions);
            async move {
                let reads = match id {
                    Some(id) => Found::read(arm, subscriptions, (login_server, id), extras).await,
                    None => hidden(login_server, &extras.wanted()),
                };
                let inventory = last_inventory(app, login_server, profile).await;
                let basis = Basis {
                    repositories: inventory.as_ref().map_or(&[], |stored| &stored.repositories),
                    inventory: inventory.as_ref().map(|stored| &stored.summary),
                    profile,
                    now: crate::clock::now(),
                };
                Audited {
                    login_server: login_server.clone(),
                    audit: crate::audit::audit(&reads, &basis),
                }
            }
        })
        .collect();
    let audited: Vec<Audited> = stream::iter(work).buffered(REGISTRIES).collect().await;
    let mut complete = found.complete;
    if save {
        for registry in &audited {
            if !write_audit(&app.store, &registry.login_server, &registry.audit).await? {
                let server = &registry.login_server;
                eprintln!("{server}: its audit is not saved: it was never collected into this inventory");
                complete = false;
            }
        }
    }
    Ok((audited, complete))
}

/// The last inventory of the registry, if there is one that can be read.
pub(in crate::cli) async fn last_inventory(app: &App, login_server: &LoginServer, profile: &Profile) -> Option<Stored> {
    let read = async {
        match stored_registry(&app.store, login_server).await? {
            Some(document) => stored(&app.store, &document, profile).await,
            None => Ok(None),
        }
    };
    read.await.unwrap_or_else(|error| {
        eprintln!("{login_server}: its inventory is left out: {}", chain(&error));
        None
    })
}
