//! The checkpoint of a refresh: read, moved forward by conditional writes, lost to whoever was faster.

use azure_core::http::Etag;

use super::{CollectError, commit, timestamp};
use crate::inventory::encode;
use crate::inventory::refresh::RefreshDocument;
use crate::names::LoginServer;
use crate::store::{BlobKey, Store};

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
    pub(super) async fn save(&mut self, store: &Store) -> Result<bool, CollectError> {
        self.document.version += 1;
        self.document.commit_id = crate::random::uuid();
        self.document.updated_at = timestamp(crate::clock::now());
        let key = BlobKey::Refresh(self.document.login_server.clone());
        let bytes = encode(&self.document);
        match commit::write(store, &key, bytes, self.document.commit_id, self.etag.clone()).await? {
            commit::Committed::Ours(etag) => {
                self.etag = Some(etag);
                Ok(true)
            }
            commit::Committed::Theirs => Ok(false),
        }
    }
}
