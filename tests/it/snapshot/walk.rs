//! A walk as a collector makes it, without a registry: it hands every repository to the writer.

use std::collections::{BTreeMap, BTreeSet};

use acr_inventory::inventory::generation::Generation;
use acr_inventory::inventory::index::{ChunkRef, Chunks, IndexLine};
use acr_inventory::inventory::manifest::SnapshotManifest;
use acr_inventory::inventory::pointer::SnapshotPointer;
use acr_inventory::inventory::problem::Completeness;
use acr_inventory::names::{LoginServer, RepositoryName};
use acr_inventory::snapshot::{
    BaseLine, Depth, IndexReader, KnownChunks, Limits, Observed, Pointed, RepositoryLines, Snapshot, SnapshotWriter,
    TagPatterns, publish, verify,
};
use acr_inventory::store::{DirectoryStore, Store};

use super::world::{Repository, World, scramble, server};

/// A directory and what was last published in it.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub store: Store,
    pub server: LoginServer,
    pub limits: Limits,
    pub run: u64,
    pub current: Option<(SnapshotManifest, SnapshotPointer)>,
    /// Version of each document: a walk that writes nothing leaves it as it is.
    pub etags: BTreeMap<RepositoryName, String>,
}

pub fn patterns() -> TagPatterns {
    TagPatterns::new(&["*.7".to_owned()])
}

impl Place {
    pub fn new(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: Store::directory(DirectoryStore::open_root(folder.path()).unwrap()),
            folder,
            server: server(),
            limits,
            run: 0,
            current: None,
            etags: BTreeMap::new(),
        }
    }

    pub fn generation(&self) -> Generation {
        Generation::try_from(format!("{:08}-20261122T073000Z", self.run)).unwrap()
    }

    pub fn base(&self) -> Option<&SnapshotManifest> {
        self.current.as_ref().map(|(manifest, _)| manifest)
    }

    pub fn pointer(&self) -> &SnapshotPointer {
        &self.current.as_ref().unwrap().1
    }

    /// A whole run over `world`, of which the repositories `pushed` are known to have changed (None: it is not known of
    /// any).
    pub async fn walk(&mut self, world: &World, pushed: Option<&BTreeSet<RepositoryName>>) {
        self.run += 1;
        let generation = self.generation();
        let base = self.base().cloned();
        let mut writer = SnapshotWriter::begin(&self.store, &self.server, &generation, base.as_ref(), self.limits);
        let mut index = base.as_ref().map(|base| IndexReader::new(&self.store, base));
        for repository in &world.repositories {
            let known = match &mut index {
                Some(index) => index.find(&repository.name).await.unwrap(),
                None => None,
            };
            let is_pushed = pushed.is_none_or(|pushed| pushed.contains(&repository.name));
            take(&mut writer, &mut self.etags, repository, known.as_ref(), is_pushed).await;
        }
        let previous = self.current.as_ref().map(|(_, pointer)| pointer.clone());
        let manifest = writer.finish(Completeness::Complete, previous).await.unwrap();
        self.current = Some(publish(&self.store, manifest).await.unwrap());
    }

    pub async fn open(&self) -> Snapshot<'_> {
        Snapshot::open(&self.store, &self.server, Pointed::from(self.pointer()))
            .await
            .unwrap()
    }

    /// Names and sizes of the blobs under a folder of the registry.
    pub fn blobs(&self, folder: &str) -> BTreeMap<String, u64> {
        let folder = self
            .folder
            .path()
            .join("v2/registries")
            .join(self.server.as_str())
            .join(folder);
        let entries = std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
        entries
            .map(|entry| {
                (
                    entry.file_name().into_string().unwrap(),
                    entry.metadata().unwrap().len(),
                )
            })
            .collect()
    }

    /// Everything that is stored below a registry's folder.
    pub fn all_blobs(&self) -> BTreeMap<String, u64> {
        let of = |folder: &'static str| {
            let blobs = self.blobs(folder).into_iter();
            blobs.map(move |(name, size)| (format!("{folder}/{name}"), size))
        };
        ["snapshots", "index", "packs"].into_iter().flat_map(of).collect()
    }

    /// What of it was not there `before`.
    pub fn blobs_since(&self, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let mut blobs = self.all_blobs();
        blobs.retain(|name, _| !before.contains_key(name));
        blobs
    }

    /// The current snapshot holds against every hash, to its last byte.
    pub async fn assert_proven(&self) {
        let pointed = Pointed::from(self.pointer());
        let verified = verify(&self.store, &self.server, pointed, Depth::Packs).await.unwrap();
        assert_eq!(verified.findings, BTreeSet::new());
    }
}

/// Reads the lists of a repository, and hands over what came of them.
pub async fn take(
    writer: &mut SnapshotWriter<'_>,
    etags: &mut BTreeMap<RepositoryName, String>,
    repository: &Repository,
    base: Option<&BaseLine>,
    is_pushed: bool,
) {
    let chunks = base.map(|base| chunks(&base.line)).unwrap_or_default();
    // What lies in a pack to be retired has to be in hand; of everything else it may be known that nothing changed.
    let is_wanted = chunks.iter().any(|chunk| writer.retiring().contains(&chunk.place.pack));
    if let Some(base) = base
        && !is_pushed
        && !is_wanted
    {
        return writer.unchanged(base).await.unwrap();
    }
    let known = KnownChunks::new(chunks, writer.retiring());
    let observed = observe(repository, &known);
    let state = observed.state_hash(Completeness::Complete, &[]);
    if base.is_none_or(|base| base.line.state_hash != state) {
        // What a PUT gives: a version that was not there before.
        let version = scramble(scramble(etags.len() as u64) ^ scramble(repository.images.len() as u64));
        etags.insert(repository.name.clone(), format!("0x8DE{:012X}", version >> 16));
    }
    let etag = etags.get(&repository.name).cloned();
    let line = observed.line(repository.name.clone(), etag, Completeness::Complete, Vec::new(), None);
    writer.changed(line, observed.pieces, base).await.unwrap();
}

/// The chunks that stand in a line; of a longer list, none are known here.
pub fn chunks(line: &IndexLine) -> Vec<ChunkRef> {
    match &line.chunks {
        Chunks::Here(chunks) => chunks.clone(),
        Chunks::Listed(_) => Vec::new(),
    }
}

pub fn observe(repository: &Repository, known: &KnownChunks) -> Observed {
    let patterns = patterns();
    let mut lines = RepositoryLines::default();
    for record in repository.manifests() {
        let line = serde_json::to_string(&record).unwrap();
        lines.manifest(&record, &line, known);
    }
    for record in repository.tags() {
        let line = serde_json::to_string(&record).unwrap();
        lines.tag(&record, &line, &patterns, known);
    }
    lines.finish(&patterns, known)
}
