//! The one registry that is asked about: read now, or as it was stored.

use super::super::audit::{ExtraArgs, Found, arm, find, identities, saved};
use super::super::stored::chosen;
use crate::app::App;
use crate::audit::identities::Identities;
use crate::audit::inventory::names as names_of;
use crate::audit::{Basis, Reads, Subscriptions, audit_with};
use crate::chain::chain;
use crate::collect::stored_registry;
use crate::inventory::audit::AuditDocument;
use crate::inventory::registry::RegistryDocument;
use crate::names::LoginServer;
use crate::posture::profile::Profile;
use crate::snapshot::Snapshot;

/// A registry's audit and what is stored of it.
pub(super) struct Look {
    pub(super) login_server: LoginServer,
    pub(super) audit: AuditDocument,
    /// None when it was never collected.
    pub(super) document: Option<RegistryDocument>,
    pub(super) identities: Identities,
    /// Present when the registry may be asked.
    pub(super) live: Option<Live>,
}

/// What a registry's client has to know.
pub(super) struct Live {
    pub(super) sku: Option<String>,
}

impl Look {
    /// The current snapshot.
    pub(super) async fn snapshot<'a>(&self, app: &'a App) -> Option<Snapshot<'a>> {
        open(app, self.document.as_ref()?).await
    }
}

/// The current snapshot; one that cannot be read is left out, with a line on stderr.
async fn open<'a>(app: &'a App, document: &RegistryDocument) -> Option<Snapshot<'a>> {
    let server = &document.login_server;
    let opened = Snapshot::open(&app.store, server, document.snapshot.as_ref()?.into()).await;
    opened
        .inspect_err(|error| errln!("{server}: its inventory is left out: {}", chain(error)))
        .ok()
}

/// Reads the one registry that is meant.
pub(super) async fn read(app: &App) -> anyhow::Result<(LoginServer, Reads)> {
    let found = find(app).await?;
    let [(login_server, id)] = found.registries.as_slice() else {
        anyhow::bail!(
            "{} registries are meant: name one with --registry",
            found.registries.len()
        );
    };
    let subscriptions = Subscriptions::default();
    let reads = Found::read(arm(app)?, &subscriptions, (login_server, id), ExtraArgs::NONE).await;
    Ok((login_server.clone(), reads))
}

/// Audits the registry now; `repository` is in the table whether or not it was collected.
pub(super) async fn live(app: &App, repository: Option<&str>, names: bool) -> anyhow::Result<Look> {
    let (login_server, reads) = read(app).await?;
    let document = stored_registry(&app.store, &login_server).await?;
    let mut repositories = match &document {
        Some(document) => match open(app, document).await {
            Some(found) => names_of(&found).await?,
            None => Vec::new(),
        },
        None => Vec::new(),
    };
    if let Some(repository) = repository.filter(|name| !repositories.iter().any(|known| known == name)) {
        repositories.push(repository.to_owned());
    }
    let identities = identities(app, &reads, names).await;
    let profile = Profile::default();
    let basis = Basis {
        repositories: &repositories,
        inventory: None,
        profile: &profile,
        now: crate::clock::now(),
    };
    Ok(Look {
        audit: audit_with(&reads, &basis, &identities),
        identities,
        live: Some(Live {
            sku: reads.evidence.sku.clone(),
        }),
        login_server,
        document,
    })
}

/// The one registry that is meant, as it was stored.
pub(super) async fn stored(app: &App) -> anyhow::Result<Look> {
    let mut documents = chosen(app).await?.documents;
    let servers: Vec<&str> = documents.iter().map(|found| found.login_server.as_str()).collect();
    anyhow::ensure!(
        documents.len() == 1,
        "{} registries are meant: name one with --registry, of {}",
        documents.len(),
        servers.join(", ")
    );
    let document = documents.remove(0);
    Ok(Look {
        login_server: document.login_server.clone(),
        audit: saved(app, &document, &Profile::default(), false).await?,
        document: Some(document),
        identities: Identities::default(),
        live: None,
    })
}
