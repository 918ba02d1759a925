//! Stored registries: their last audit, or what can be said without.

use std::collections::BTreeMap;

use anyhow::Context as _;

use super::super::stored::{Chosen, chosen};
use super::Audited;
use super::source::last_inventory;
use crate::app::App;
use crate::audit::registry::{evidence_of, read_before, take_resource};
use crate::audit::{Basis, Reads, Target, stored_audit};
use crate::inventory::audit::{AuditDocument, AuditRecord};
use crate::inventory::registry::RegistryDocument;
use crate::posture::evidence::Read;
use crate::posture::profile::Profile;

/// Why lists are not there in an inventory that was made without an audit.
const WHY: &str = "the stored inventory has no audit, and of Resource Manager the registry alone";

/// Audits what is stored; `own_tags`: the profile's production tags were named for this look.
pub(in crate::cli) async fn audit(
    app: &App,
    profile: &Profile,
    own_tags: bool,
) -> anyhow::Result<(Vec<Audited>, bool)> {
    let Chosen {
        documents,
        mut complete,
    } = chosen(app).await?;
    let mut audited = Vec::new();
    for document in documents {
        let login_server = document.login_server.clone();
        let audit = match saved(app, &document, profile, own_tags).await {
            Ok(audit) => audit,
            Err(error) => {
                errln!("{login_server}: {error:#}");
                complete = false;
                continue;
            }
        };
        audited.push(Audited {
            login_server,
            audit,
            identities: BTreeMap::new(),
        });
    }
    anyhow::ensure!(
        !audited.is_empty(),
        "nothing of the inventory at {} can be judged",
        app.config.store
    );
    Ok((audited, complete))
}

/// The stored audit, or what the stored resource and the stored repositories come to. A stored one is as it was judged,
/// which is said where something else was asked for.
pub(in crate::cli) async fn saved(
    app: &App,
    document: &RegistryDocument,
    profile: &Profile,
    own_tags: bool,
) -> anyhow::Result<AuditDocument> {
    match stored_audit(&app.store, &document.login_server).await? {
        Some(AuditRecord { audit, snapshot, .. }) => {
            if snapshot.as_ref().map(|judged| &judged.generation)
                != document.snapshot.as_ref().map(|now| &now.generation)
            {
                errln!(
                    "{}: its audit is of an earlier snapshot than the current one",
                    document.login_server
                );
            }
            if audit.profile != profile.name {
                let (server, by) = (&document.login_server, &audit.profile);
                errln!("{server}: its audit is stored as it was judged, by the profile {by}");
            }
            if own_tags {
                let server = &document.login_server;
                errln!("{server}: its audit is stored as it was judged, by the production tags of then");
            }
            Ok(audit)
        }
        None => judge(app, document, profile).await,
    }
}

/// Judges the stored resource and the stored repositories.
async fn judge(app: &App, document: &RegistryDocument, profile: &Profile) -> anyhow::Result<AuditDocument> {
    let resource = document.resource.as_ref();
    let id = document.arm_id();
    let id = id.context("its inventory was made without Resource Manager")?;
    let target = Target {
        id: &id,
        login_server: &document.login_server,
    };
    let mut evidence = evidence_of(target);
    let not_asked = || Read::NotAsked { why: WHY.to_owned() };
    let registry = resource.map_or_else(not_asked, read_before);
    take_resource(&mut evidence, registry);
    let reads = Reads::not_asked(evidence, WHY);
    let inventory = last_inventory(app, &document.login_server, profile).await;
    let basis = Basis::new(inventory.as_ref(), profile, crate::clock::now());
    Ok(crate::audit::audit(&reads, &basis))
}
