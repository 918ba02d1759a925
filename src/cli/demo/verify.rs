//! Does the inventory say what the registries hold? Possible here, where the truth is known.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};

use crate::inventory::repository::{Header, LineKind, ManifestRecord, TagRecord};
use crate::names::{LoginServer, RepositoryName};
use crate::store::{BlobKey, Store};
use simulator::world::{DataPlaneAccess, Registry, Repository, World};

/// What was compared.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Compared {
    pub(super) registries: usize,
    pub(super) repositories: usize,
    pub(super) manifests: usize,
    pub(super) tags: usize,
}

/// A repository document's content: digests, and tags with what they point to.
type Content = (BTreeSet<String>, BTreeMap<String, String>);

/// The truth, as far as the identity may list it.
pub(super) fn truth(world: &World) -> BTreeMap<String, BTreeMap<String, Content>> {
    let readable = |registry: &&Registry| {
        let seen = world
            .subscriptions
            .get(&registry.subscription)
            .is_some_and(|subscription| subscription.readable);
        seen && !matches!(registry.access, DataPlaneAccess::Firewall | DataPlaneAccess::Denied)
    };
    let registries = world.registries.values().filter(readable);
    registries
        .map(|registry| (registry.login_server.clone(), contents(registry)))
        .collect()
}

fn contents(registry: &Registry) -> BTreeMap<String, Content> {
    registry
        .repositories
        .iter()
        .map(|(name, repository)| (name.clone(), content(repository)))
        .collect()
}

fn content(repository: &Repository) -> Content {
    let manifests = repository
        .manifests
        .iter()
        .filter(|(_, manifest)| manifest.attributes.list_enabled);
    let tags = repository.tags.iter().filter(|(_, tag)| tag.attributes.list_enabled);
    (
        manifests.map(|(digest, _)| digest.clone()).collect(),
        tags.map(|(name, tag)| (name.clone(), tag.digest.clone())).collect(),
    )
}

/// Compares every document with the truth; the first difference is an error.
pub(super) async fn verify(
    store: &Store,
    truth: &BTreeMap<String, BTreeMap<String, Content>>,
) -> anyhow::Result<Compared> {
    let mut compared = Compared::default();
    for (server, repositories) in truth {
        let login_server = LoginServer::parse(server)?;
        let mut stored = BTreeMap::new();
        for name in store.list(&BlobKey::repositories_prefix(&login_server)).await? {
            let repository = BlobKey::repository_of(&login_server, &name).context("a document with a wrong name")?;
            if let Some(content) = read(store, &login_server, &repository).await? {
                stored.insert(repository.to_string(), content);
            }
        }
        for name in repositories.keys().chain(stored.keys()) {
            ensure!(
                stored.get(name) == repositories.get(name),
                "{server}/{name} is not what the registry holds"
            );
        }
        compared.registries += 1;
        compared.repositories += stored.len();
        compared.manifests += stored.values().map(|(manifests, _)| manifests.len()).sum::<usize>();
        compared.tags += stored.values().map(|(_, tags)| tags.len()).sum::<usize>();
    }
    Ok(compared)
}

/// The content of one document; none for the tombstone of a removed repository.
async fn read(
    store: &Store,
    login_server: &LoginServer,
    repository: &RepositoryName,
) -> anyhow::Result<Option<Content>> {
    let key = BlobKey::Repository(login_server.clone(), repository.clone());
    let (_, mut lines) = store.open(&key).await?.context("a listed document that is not there")?;
    let mut content = Content::default();
    while let Some(line) = lines.next_line().await? {
        match LineKind::of(&line) {
            Some(LineKind::Header) => {
                let header: Header = serde_json::from_slice(&line)?;
                if header.removed_at.is_some() {
                    return Ok(None);
                }
            }
            Some(LineKind::Manifest) => {
                let manifest: ManifestRecord = serde_json::from_slice(&line)?;
                content.0.insert(manifest.digest.to_string());
            }
            Some(LineKind::Tag) => {
                let tag: TagRecord = serde_json::from_slice(&line)?;
                content.1.insert(tag.name.to_string(), tag.digest.to_string());
            }
            Some(LineKind::End) => return Ok(Some(content)),
            None => anyhow::bail!("{key} has a line of an unknown form"),
        }
    }
    anyhow::bail!("{key} has no end line")
}
