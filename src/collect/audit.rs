//! The audit's way into the registry document: a conditional write like a refresh's, which leaves everything else as it is.

use azure_core::http::Etag;

use super::CollectError;
use super::close::record;
use super::commit::{self, Committed};
use crate::inventory::audit::AuditDocument;
use crate::inventory::encode;
use crate::inventory::registry::RegistryDocument;
use crate::names::LoginServer;
use crate::store::{BlobKey, Store};

/// Where an audit goes: a registry document as it was read before the audit.
#[derive(Debug)]
pub struct Slot {
    document: RegistryDocument,
    etag: Etag,
}

impl Slot {
    /// The document of a registry; none when it was never collected.
    pub async fn read(store: &Store, login_server: &LoginServer) -> Result<Option<Self>, CollectError> {
        let read = commit::read(store, &BlobKey::Registry(login_server.clone())).await?;
        Ok(read.map(|(document, etag)| Self { document, etag }))
    }

    /// Puts an audit, made after the document was read, into it. False: the document was changed meanwhile, and the audit
    /// may be the older one: read again, audit again.
    pub async fn write(self, store: &Store, audit: AuditDocument) -> Result<bool, CollectError> {
        let before = self.document;
        let after = RegistryDocument {
            version: before.version + 1,
            commit_id: crate::random::uuid(),
            previous_commit_id: Some(before.commit_id),
            audit: Some(audit),
            ..before.clone()
        };
        record(store, &before, &after).await?;
        let key = BlobKey::Registry(after.login_server.clone());
        let committed = commit::write(store, &key, encode(&after), after.commit_id, Some(self.etag)).await?;
        Ok(committed != Committed::Theirs)
    }
}
