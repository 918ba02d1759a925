//! Where documents live: an Azure Blob container or a local directory, with the same names and conditions.
//!
//! Architecture invariants: [`BlobKey`] is the only place that knows paths; a conditional write either took place
//! under its condition or says [`StoreError::Conflict`]; any other error of a write leaves open whether it took place,
//! and the caller reads back.

mod blob;
mod deletions;
mod directory;
mod documents;
mod key;
mod lines;
mod listing;
mod writer;

use std::sync::atomic::{AtomicU64, Ordering};

use azure_core::http::Etag;

pub use blob::BlobStore;
pub use directory::DirectoryStore;
pub use documents::Documents;
pub use key::{BlobKey, QuarantineId};
pub use lines::LineReader;
pub use listing::{ListPage, Listed, bare, quoted};
pub use writer::StagedWriter;

/// Largest JSON document that is read into memory, bytes.
pub const DOCUMENT_CAP: usize = 32 << 20;

/// The store of one process.
#[derive(Debug)]
pub struct Store {
    backend: Backend,
    operations: Operations,
}

#[derive(Debug)]
enum Backend {
    Blob(BlobStore),
    Directory(DirectoryStore),
}

/// Operations sent so far; a blob operation is what Azure bills.
#[derive(Debug, Default)]
pub struct Operations {
    pub reads: AtomicU64,
    pub writes: AtomicU64,
    pub lists: AtomicU64,
    pub deletes: AtomicU64,
}

/// Under which condition a write may take place.
#[derive(Debug, Clone)]
pub enum Condition {
    /// Only if nothing is there; else [`StoreError::Conflict`].
    Create,
    /// Only over the version that was read; else [`StoreError::Conflict`].
    Replace(Etag),
    /// Whatever is there: for names that carry their own UUID and are written once.
    Always,
}

impl Condition {
    /// The condition "nobody has written since I read": `etag` of what was read, none if nothing was there.
    pub fn unchanged_since(etag: Option<Etag>) -> Self {
        etag.map_or(Self::Create, Self::Replace)
    }
}

/// A store operation that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The condition of a write did not hold: somebody else wrote first, or our own earlier try did.
    #[error("{key} was written by somebody else in the meantime")]
    Conflict { key: String },
    /// The identity may not; trying again does not help.
    #[error("storage refused access to {key}: {message}")]
    Denied { key: String, message: String },
    /// Storage keeps the document as it is for somebody, and nothing was written or deleted; trying again does not help
    /// until they let go.
    #[error("{key} cannot be changed: {by} ({message})")]
    Held {
        key: String,
        by: &'static str,
        message: String,
    },
    /// The container is not there.
    #[error("the container does not exist ({key}): {message}")]
    NoContainer { key: String, message: String },
    /// A document is larger than any that this build writes.
    #[error("{key} is larger than {cap} bytes")]
    TooLarge { key: String, cap: usize },
    /// The disk is full.
    #[error("no space left writing {key}")]
    Full { key: String },
    /// Anything else: network, time-out, server error, file system. Whether a write took place is not known.
    #[error("{what} {key} failed")]
    Failed {
        what: &'static str,
        key: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Store {
    /// A store in an Azure Blob container.
    pub fn blob(backend: BlobStore) -> Self {
        Self {
            backend: Backend::Blob(backend),
            operations: Operations::default(),
        }
    }

    /// A store in a local directory.
    pub fn directory(backend: DirectoryStore) -> Self {
        Self {
            backend: Backend::Directory(backend),
            operations: Operations::default(),
        }
    }

    /// Counters for reports.
    pub fn operations(&self) -> &Operations {
        &self.operations
    }

    /// Reads a whole document of at most [`DOCUMENT_CAP`] bytes, with the version that a later write can be bound to.
    pub async fn read(&self, key: &BlobKey) -> Result<Option<(Vec<u8>, Etag)>, StoreError> {
        let Some((etag, mut lines)) = self.open(key).await? else {
            return Ok(None);
        };
        Ok(Some((lines.read_to_end(DOCUMENT_CAP).await?, etag)))
    }

    /// Opens a document for reading in pieces; what is read is one version, whoever writes meanwhile.
    pub async fn open(&self, key: &BlobKey) -> Result<Option<(Etag, LineReader)>, StoreError> {
        self.operations.reads.fetch_add(1, Ordering::Relaxed);
        let name = key.to_string();
        match &self.backend {
            Backend::Blob(blob) => blob.open(&name).await,
            Backend::Directory(directory) => directory.open(&name).await,
        }
    }

    /// Reads part of a blob whose name is used once, so that no version of it has to be told. Fewer bytes than asked for:
    /// it ends there. None: it is not there.
    pub async fn read_range(
        &self,
        key: &BlobKey,
        offset: u64,
        length: usize,
    ) -> Result<Option<bytes::Bytes>, StoreError> {
        self.operations.reads.fetch_add(1, Ordering::Relaxed);
        let name = key.to_string();
        match &self.backend {
            Backend::Blob(blob) => blob.read_range(&name, offset, length).await,
            Backend::Directory(directory) => directory.read_range(&name, offset, length).await,
        }
    }

    /// Writes a whole document under a condition; the new version.
    pub async fn write(&self, key: &BlobKey, bytes: Vec<u8>, condition: Condition) -> Result<Etag, StoreError> {
        let mut writer = self.writer(key);
        writer.write(&bytes).await?;
        writer.commit(condition).await
    }

    /// Begins a document that is written in pieces and becomes visible all at once, at its commit.
    pub fn writer(&self, key: &BlobKey) -> StagedWriter<'_> {
        StagedWriter::new(self, key.to_string(), key.is_synced())
    }

    /// Names under a prefix, in no particular order.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.operations.lists.fetch_add(1, Ordering::Relaxed);
        match &self.backend {
            Backend::Blob(blob) => blob.list(prefix).await,
            Backend::Directory(directory) => directory.list(prefix).await,
        }
    }

    /// One request of a listing: what begins with `prefix`, in the order of names, from `marker` on.
    pub async fn list_page(&self, prefix: &str, marker: Option<&str>) -> Result<ListPage, StoreError> {
        self.operations.lists.fetch_add(1, Ordering::Relaxed);
        match &self.backend {
            Backend::Blob(blob) => blob.list_page(prefix, marker).await,
            Backend::Directory(directory) => directory.list_page(prefix, marker).await,
        }
    }

    /// Deletes one version of a document; deleting what is gone already is a success.
    pub async fn delete(&self, key: &BlobKey, etag: Etag) -> Result<(), StoreError> {
        self.operations.deletes.fetch_add(1, Ordering::Relaxed);
        let name = key.to_string();
        match &self.backend {
            Backend::Blob(blob) => blob.delete(&name, etag).await,
            Backend::Directory(directory) => directory.delete(&name, etag).await,
        }
    }
}
