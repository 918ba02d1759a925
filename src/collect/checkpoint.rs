//! The checkpoint of a refresh: read, moved forward by conditional writes, lost to whoever was faster.

use std::sync::atomic::{AtomicBool, Ordering};

use azure_core::http::Etag;
use uuid::Uuid;

use super::{CollectError, commit, timestamp};
use crate::inventory::encode;
use crate::inventory::refresh::RefreshDocument;
use crate::names::LoginServer;
use crate::store::{BlobKey, Store};

/// The handling of one message, as the mover of a checkpoint. A message may be handled twice at the same time.
#[derive(Debug)]
pub struct Mover {
    message: Uuid,
    has_moved: AtomicBool,
}

impl Mover {
    /// The handling of the message of this id; nothing is moved yet.
    pub fn new(message: Uuid) -> Self {
        Self {
            message,
            has_moved: AtomicBool::new(false),
        }
    }

    /// Whether this handling moved the checkpoint: nobody else takes care then of what is left to do.
    pub fn has_moved(&self) -> bool {
        self.has_moved.load(Ordering::Relaxed)
    }
}

/// A checkpoint as it was last read or written.
#[derive(Debug)]
pub(super) struct Checkpoint {
    pub(super) document: RefreshDocument,
    etag: Option<Etag>,
}

impl Checkpoint {
    /// The stored checkpoint of a registry, if it has one.
    pub(super) async fn read(store: &Store, login_server: &LoginServer) -> Result<Option<Self>, CollectError> {
        let found = commit::read(store, &BlobKey::Refresh(login_server.clone())).await?;
        Ok(found.map(|(document, etag)| Self {
            document,
            etag: Some(etag),
        }))
    }

    /// A checkpoint that is to take the place of `before` (or of nothing); not written yet.
    pub(super) fn after(before: Option<Self>, document: RefreshDocument) -> Self {
        Self {
            document,
            etag: before.and_then(|before| before.etag),
        }
    }

    /// Writes the document with a new version and commit id. False: somebody else moved the checkpoint, and the work
    /// is theirs now.
    pub(super) async fn save(&mut self, store: &Store, mover: &Mover) -> Result<bool, CollectError> {
        self.document.updated_by = mover.message;
        self.document.version += 1;
        self.document.commit_id = crate::random::uuid();
        self.document.updated_at = timestamp(crate::clock::now());
        let key = BlobKey::Refresh(self.document.login_server.clone());
        let bytes = encode(&self.document);
        match commit::write(store, &key, bytes, self.document.commit_id, self.etag.clone()).await? {
            commit::Committed::Ours(etag) => {
                self.etag = Some(etag);
                mover.has_moved.store(true, Ordering::Relaxed);
                Ok(true)
            }
            commit::Committed::Theirs => Ok(false),
        }
    }

    /// Whether the message of this handling moved the checkpoint last: if we did not, whoever was given it too.
    pub(super) fn is_updated_by(&self, mover: &Mover) -> bool {
        self.document.updated_by == mover.message
    }
}
