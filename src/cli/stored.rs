//! Which of the stored registries are meant: the choice of `--registry`, `--subscription`, `--include` and `--exclude`,
//! over what an inventory has.

use crate::app::App;
use crate::collect::{stored_registries, stored_registry};
use crate::config::StoreLocation;
use crate::inventory::registry::RegistryDocument;
use crate::names::{LoginServer, RegistryId};
use crate::store::BlobKey;

/// Registries of an inventory, at least one.
pub(super) struct Chosen {
    pub(super) documents: Vec<RegistryDocument>,
    /// Everything that was asked for is there.
    pub(super) complete: bool,
}

/// Chooses among the registries of the last runs and those that are named. What is not there is said on stderr.
pub(super) async fn chosen(app: &App) -> anyhow::Result<Chosen> {
    let (selection, place) = (&app.config.selection, &app.config.store);
    if matches!(place, StoreLocation::Directory(path) if !path.is_dir()) {
        anyhow::bail!("there is no inventory at {place}");
    }
    let known = stored_registries(&app.store).await?;
    let mut choice = Choice::default();
    for server in &selection.login_servers {
        match stored_registry(&app.store, server).await? {
            Some(document) => choice.take(document),
            None => choice.missing.push(format!("{server} is not in it")),
        }
    }
    if !selection.is_closed() {
        // Also those of earlier runs, by the login server that a registry of this name usually has.
        let usual = |name: &str| LoginServer::parse(&app.config.cloud.usual_login_server(name)).ok();
        let names = selection.names.iter().map(String::as_str);
        let named = names.chain(selection.ids.iter().map(RegistryId::name));
        let candidates = known.iter().cloned().chain(named.filter_map(usual));
        for server in candidates {
            if !selection.covers(server.registry_name(), server.as_str()) {
                continue;
            }
            let Some(document) = stored_registry(&app.store, &server).await? else {
                if known.contains(&server) {
                    choice.missing.push(format!("{server} was never read"));
                }
                continue;
            };
            if document.arm_id().is_none_or(|id| selection.covers_id(&id)) {
                choice.take(document);
            }
        }
        choice.miss(&selection.names, &selection.ids);
    }
    for missing in &choice.missing {
        errln!("{place}: {missing}");
    }
    if choice.found.is_empty() {
        if known.is_empty() {
            let is_older = !app
                .store
                .list_page(BlobKey::older_layout(), None)
                .await?
                .blobs
                .is_empty();
            anyhow::ensure!(
                !is_older,
                "what is at {place} was stored by an older version, in the layout v1, which is not read any more; one run of \
                 `acr-inventory collect` (or of the function app) makes a new inventory beside it"
            );
            anyhow::bail!("there is no inventory at {place}");
        }
        let names: Vec<&str> = known.iter().map(LoginServer::as_str).collect();
        anyhow::bail!(
            "the inventory at {place} has no such registry; its last runs were about {}",
            names.join(", ")
        );
    }
    choice.found.sort_by(|a, b| a.login_server.cmp(&b.login_server));
    Ok(Chosen {
        documents: choice.found,
        complete: choice.missing.is_empty(),
    })
}

#[derive(Default)]
struct Choice {
    found: Vec<RegistryDocument>,
    missing: Vec<String>,
}

impl Choice {
    /// Takes a registry, once.
    fn take(&mut self, document: RegistryDocument) {
        let is_it = |found: &RegistryDocument| found.login_server == document.login_server;
        if !self.found.iter().any(is_it) {
            self.found.push(document);
        }
    }

    /// Says which names and ids nothing was found for.
    fn miss(&mut self, names: &[String], ids: &[RegistryId]) {
        for name in names {
            let has_name = |found: &RegistryDocument| found.login_server.registry_name().eq_ignore_ascii_case(name);
            if !self.found.iter().any(has_name) {
                self.missing.push(format!("no registry named {name:?} is in it"));
            }
        }
        for id in ids {
            if !self.found.iter().any(|found| is_at(found, id)) {
                self.missing.push(format!("no registry with the id {id} is in it"));
            }
        }
    }
}

/// Whether a registry is the one with this id, or may be: by its name, where it was read by its login server alone.
fn is_at(document: &RegistryDocument, id: &RegistryId) -> bool {
    match document.arm_id() {
        Some(own) => own == *id,
        None => document.login_server.registry_name().eq_ignore_ascii_case(id.name()),
    }
}
