//! What a registry held: a snapshot, or that with the documents that events have changed since.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::filter::Filter;
use super::platform::{Platform, indexes_for};
use crate::audit::inventory::Line;
use crate::collect::CollectError;
use crate::collect::stored::{ContentLine, StoredDocument, unreadable};
use crate::inventory::problem::Completeness;
use crate::inventory::registry::RegistryDocument;
use crate::inventory::repository::LineKind;
use crate::names::{Digest, LoginServer, RepositoryName};
use crate::snapshot::{BaseLine, Everything, Pointed, Snapshot};
use crate::store::{Documents, Store};

/// The repositories of a registry in the catalog's order.
#[derive(Debug)]
pub struct Held<'a> {
    store: &'a Store,
    login_server: LoginServer,
    everything: Everything<'a>,
    /// The next repository of the snapshot, whose lines come next.
    base: Option<BaseLine>,
    is_base_read: bool,
    /// What documents there are now; none: what the snapshot says counts.
    documents: Option<Documents<'a>>,
    /// The document that the lines are in; none: the snapshot.
    document: Option<StoredDocument<'a>>,
    /// How much the snapshot has of the registry.
    pub completeness: Completeness,
}

/// A repository as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRepository {
    pub name: RepositoryName,
    pub completeness: Completeness,
    /// None where they are not known before the lines were read: see [`Held::counted`].
    pub counts: Option<HeldCounts>,
    /// `writeEnabled` of the repository as a whole, where that was read.
    pub write_enabled: Option<bool>,
}

/// What the lines add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldCounts {
    pub manifests: u64,
    pub tags: u64,
    /// Sum of what the manifests say of their sizes: shared layers count each time.
    pub bytes: u64,
}

impl<'a> Held<'a> {
    /// What a registry holds now, as far as that is stored; none: it was never read to its end.
    pub async fn now(store: &'a Store, registry: &RegistryDocument) -> Result<Option<Self>, CollectError> {
        let Some(pointer) = &registry.snapshot else {
            return Ok(None);
        };
        let mut held = Self::at(store, &registry.login_server, pointer.into()).await?;
        held.documents = Some(Documents::new(store, &registry.login_server, None));
        Ok(Some(held))
    }

    /// What it held when a run ended.
    pub async fn at(store: &'a Store, server: &LoginServer, pointed: Pointed<'_>) -> Result<Self, CollectError> {
        let snapshot = Snapshot::open(store, server, pointed).await?;
        Ok(Self {
            store,
            login_server: server.clone(),
            everything: snapshot.everything(),
            base: None,
            is_base_read: false,
            documents: None,
            document: None,
            completeness: snapshot.manifest().completeness,
        })
    }

    /// The next repository that a filter does not leave out by its name.
    pub async fn next_of(&mut self, filter: &Filter) -> Result<Option<HeldRepository>, CollectError> {
        while let Some(repository) = self.next().await? {
            if filter.repository(repository.name.as_str()) {
                return Ok(Some(repository));
            }
        }
        Ok(None)
    }

    /// The next repository that there was.
    pub async fn next(&mut self) -> Result<Option<HeldRepository>, CollectError> {
        loop {
            self.document = None;
            if self.base.is_none() && !self.is_base_read {
                self.base = self.everything.next_repository().await?;
                self.is_base_read = self.base.is_none();
            }
            let listed = match &mut self.documents {
                Some(documents) => documents.peek().await?.map(|(name, _)| name.clone()),
                None => None,
            };
            let in_base = self.base.as_ref().map(|base| base.line.repository.clone());
            let Some(name) = in_base.into_iter().chain(listed).min() else {
                return Ok(None);
            };
            let base = self.base.take_if(|base| base.line.repository == name);
            let etag = self.documents.as_mut().and_then(|documents| documents.take_if(&name));
            let is_newer = etag.is_some() && base.as_ref().is_none_or(|base| base.line.etag != etag);
            let found = match (is_newer, base) {
                (true, base) => self.of_document(name, base).await?,
                (false, Some(base)) => of_line(base),
                (false, None) => None,
            };
            if let Some(found) = found {
                return Ok(Some(found));
            }
        }
    }

    /// Hands over the lines of the repository that came last, unless they were handed over already: until `take` has
    /// enough. `is_wanted`: by kind and key alone, before a line is read.
    pub(super) async fn lines(
        &mut self,
        is_wanted: impl Fn(&ContentLine) -> bool,
        mut take: impl FnMut(Line) -> ControlFlow<()>,
    ) -> Result<(), CollectError> {
        if let Some(document) = &mut self.document {
            while let Some(line) = document.next().await? {
                if is_wanted(&line) && take(read(&line)?).is_break() {
                    break;
                }
            }
            return Ok(());
        }
        while let Some(mut text) = self.everything.next_lines().await? {
            while let Some(line) = ContentLine::next_of(&mut text, LINE)? {
                if is_wanted(&line) && take(read(&line)?).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The repository with its counts, whatever has to be read for that.
    pub async fn counted(&mut self, mut repository: HeldRepository) -> Result<HeldRepository, CollectError> {
        if repository.counts.is_none() {
            self.lines(|_| false, |_| ControlFlow::Continue(())).await?;
            if let Some(end) = self.document.as_ref().and_then(StoredDocument::end) {
                repository.completeness = end.completeness;
                repository.counts = Some(HeldCounts {
                    manifests: end.manifests,
                    tags: end.tags,
                    bytes: end.bytes,
                });
                let attributes = end.attributes.as_ref();
                repository.write_enabled =
                    attributes.and_then(|attributes| attributes.changeable_attributes.write_enabled);
            }
        }
        Ok(repository)
    }

    /// Which indexes of a repository are known to have a child for a platform. What an index refers to never changes: what
    /// is known now holds for any time.
    pub(super) async fn indexes_for(
        &mut self,
        repository: &RepositoryName,
        platform: &Platform,
    ) -> Result<BTreeSet<Digest>, CollectError> {
        indexes_for(self.store, &self.login_server, repository, platform).await
    }

    /// What an event has written since; of a repository whose lines only snapshots hold: what the snapshot has.
    async fn of_document(
        &mut self,
        name: RepositoryName,
        base: Option<BaseLine>,
    ) -> Result<Option<HeldRepository>, CollectError> {
        let stored = StoredDocument::open(self.store, &self.login_server, &name).await?;
        if stored.as_ref().is_some_and(|stored| stored.header.lines_in_snapshot) {
            return Ok(base.and_then(of_line));
        }
        let live = stored.filter(|stored| stored.header.removed_at.is_none());
        self.document = live;
        Ok(self.document.as_ref().map(|_| HeldRepository {
            name,
            completeness: Completeness::Complete,
            counts: None,
            write_enabled: None,
        }))
    }
}

/// What messages call a line.
const LINE: &str = "a line of a repository";

fn read(line: &ContentLine) -> Result<Line, CollectError> {
    let read = match line.kind {
        LineKind::Manifest => serde_json::from_slice(&line.bytes).map(Line::Manifest),
        _ => serde_json::from_slice(&line.bytes).map(Line::Tag),
    };
    read.map_err(|error| unreadable(LINE, error))
}

fn of_line(base: BaseLine) -> Option<HeldRepository> {
    let line = base.line;
    let attributes = line.attributes.as_ref();
    line.removed_at.is_none().then(|| HeldRepository {
        completeness: line.completeness,
        counts: Some(HeldCounts {
            manifests: line.manifests,
            tags: line.tags,
            bytes: line.bytes,
        }),
        write_enabled: attributes.and_then(|attributes| attributes.changeable_attributes.write_enabled),
        name: line.repository,
    })
}
