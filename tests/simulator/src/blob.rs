//! Blob storage of the simulated world: block blobs with ETags, conditions, staged blocks and paged listings.
//!
//! [`Blobs`] is the state of one storage account, [`handle`] the thin view over it; both answer as the service does
//! for the operations that the official Rust client sends.

mod access;
mod blocks;
mod conditions;
mod containers;
mod list;
mod objects;
mod ranges;
mod reply;
mod uploads;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use time::OffsetDateTime;

pub use self::view::handle;

use super::clock::Clock;

/// What Put Blob answers when the blob exists and the request said `If-None-Match: *`. Both have been seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CreateConflict {
    /// 409 BlobAlreadyExists.
    #[default]
    BlobAlreadyExists,
    /// 412 ConditionNotMet.
    ConditionNotMet,
}

/// Requests that succeeded, by operation, and those that did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Operations {
    pub create_container: u64,
    pub put: u64,
    pub put_block: u64,
    pub commit: u64,
    pub get: u64,
    pub properties: u64,
    pub list: u64,
    pub delete: u64,
    /// Bytes of blobs that were put whole: with versions, all of them are kept for a while.
    pub put_bytes: u64,
    /// Answers with a status of 400 and above.
    pub errors: u64,
}

/// One storage account. Callers share it behind a lock; no method waits.
#[derive(Debug)]
pub struct Blobs {
    clock: Arc<Clock>,
    containers: BTreeMap<String, Container>,
    next_etag: u64,
    pub operations: Operations,
    /// True: the identity has no data role, everything is 403 AuthorizationPermissionMismatch.
    pub deny: bool,
    pub create_conflict: CreateConflict,
}

#[derive(Debug, Default)]
struct Container {
    etag: String,
    modified: Option<OffsetDateTime>,
    blobs: BTreeMap<String, Blob>,
    /// Uncommitted blocks by blob name, then by block id (base64 as sent).
    staged: BTreeMap<String, BTreeMap<String, Bytes>>,
}

/// A container that was taken away, for [`Blobs::put_container`].
#[derive(Debug)]
pub struct TakenContainer(Container);

/// A committed blob.
#[derive(Debug, Clone)]
struct Blob {
    content: Bytes,
    /// Blocks by id when it was committed from blocks.
    blocks: Vec<(String, Bytes)>,
    etag: String,
    created: OffsetDateTime,
    modified: OffsetDateTime,
    /// Standard content headers (`content-type`, `content-encoding`, …), lower case.
    content_headers: BTreeMap<&'static str, String>,
    metadata: BTreeMap<String, String>,
}

impl Blobs {
    /// An account without containers.
    pub fn new(clock: Arc<Clock>) -> Self {
        Self {
            clock,
            containers: BTreeMap::new(),
            next_etag: 0x1_0000_0001,
            operations: Operations::default(),
            deny: false,
            create_conflict: CreateConflict::default(),
        }
    }

    /// Creates a container without HTTP. False: it is there already.
    pub fn create_container(&mut self, name: &str) -> bool {
        if self.containers.contains_key(name) {
            return false;
        }
        let container = Container {
            etag: self.etag(),
            modified: Some(self.clock.now()),
            ..Container::default()
        };
        self.containers.insert(name.to_owned(), container);
        true
    }

    /// Takes a container away with all that is in it. None: it is not there.
    pub fn take_container(&mut self, name: &str) -> Option<TakenContainer> {
        self.containers.remove(name).map(TakenContainer)
    }

    /// Puts a container back, in the place of what is there by now.
    pub fn put_container(&mut self, name: &str, container: TakenContainer) {
        self.containers.insert(name.to_owned(), container.0);
    }

    /// The committed content of a blob.
    pub fn get(&self, container: &str, name: &str) -> Option<Bytes> {
        let blob = self.containers.get(container)?.blobs.get(name)?;
        Some(blob.content.clone())
    }

    /// The ETag of a blob, quoted as in headers.
    pub fn etag_of(&self, container: &str, name: &str) -> Option<String> {
        let blob = self.containers.get(container)?.blobs.get(name)?;
        Some(blob.etag.clone())
    }

    /// When the account says that a blob was written.
    pub fn modified_of(&self, container: &str, name: &str) -> Option<OffsetDateTime> {
        let blob = self.containers.get(container)?.blobs.get(name)?;
        Some(blob.modified)
    }

    /// Now, by the account's own clock.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Steps the account's own clock forward.
    pub fn advance(&self, by: std::time::Duration) {
        self.clock.advance(by);
    }

    /// Writes a blob without HTTP and creates the container if needed.
    pub fn put(&mut self, container: &str, name: &str, content: impl Into<Bytes>) {
        self.create_container(container);
        let blob = Blob {
            content: content.into(),
            blocks: Vec::new(),
            etag: self.etag(),
            created: self.clock.now(),
            modified: self.clock.now(),
            content_headers: BTreeMap::new(),
            metadata: BTreeMap::new(),
        };
        if let Some(container) = self.containers.get_mut(container) {
            container.store(name, blob);
        }
    }

    /// Makes everything that is there so much older.
    pub fn age(&mut self, by: std::time::Duration) {
        for blob in self
            .containers
            .values_mut()
            .flat_map(|container| container.blobs.values_mut())
        {
            blob.created -= by;
            blob.modified -= by;
        }
    }

    /// Removes a blob without HTTP. False: it was not there.
    pub fn remove(&mut self, container: &str, name: &str) -> bool {
        self.containers
            .get_mut(container)
            .is_some_and(|container| container.blobs.remove(name).is_some())
    }

    /// Names of all committed blobs that begin with `prefix`, in byte order.
    pub fn list(&self, container: &str, prefix: &str) -> Vec<String> {
        self.containers
            .get(container)
            .map(|container| {
                let names = container.blobs.range(prefix.to_owned()..);
                names
                    .map(|(name, _)| name.clone())
                    .take_while(|name| name.starts_with(prefix))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// Bytes of committed content in all containers.
    pub fn total_bytes(&self) -> u64 {
        let blobs = self.containers.values().flat_map(|container| container.blobs.values());
        blobs.map(|blob| blob.content.len() as u64).sum()
    }

    /// A new ETag in the service's form, quoted; each differs from every other of this account.
    fn etag(&mut self) -> String {
        self.next_etag += 0x3_2F1B;
        format!("\"0x8DD{:012X}\"", self.next_etag)
    }
}

impl Container {
    /// Stores a committed blob; staged blocks of that name are discarded, as Put Blob and Put Block List do.
    fn store(&mut self, name: &str, mut blob: Blob) {
        self.staged.remove(name);
        if let Some(old) = self.blobs.get(name) {
            blob.created = old.created;
        }
        self.blobs.insert(name.to_owned(), blob);
    }
}
