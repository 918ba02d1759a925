//! `audit.json`: the last audit of a registry, replaced by conditional writes, with a record of what it changed.

mod changes;

use azure_core::http::Etag;

use crate::collect::{CollectError, Committed, read_document, stored_registry, write_changes, write_document};
use crate::inventory::audit::{AuditDocument, AuditRecord};
use crate::inventory::change::Commit;
use crate::inventory::registry::RegistryDocument;
use crate::inventory::{SCHEMA_VERSION, encode};
use crate::names::LoginServer;
use crate::store::{BlobKey, Store};
use changes::changes;

/// Where an audit goes: the record and the registry document, as they were read before the audit.
#[derive(Debug)]
pub struct Slot {
    pub registry: RegistryDocument,
    before: Option<(AuditRecord, Etag)>,
}

impl Slot {
    /// Of a registry; none when it was never collected.
    pub async fn read(store: &Store, login_server: &LoginServer) -> Result<Option<Self>, CollectError> {
        let before = read_document(store, &BlobKey::Audit(login_server.clone())).await?;
        let registry = stored_registry(store, login_server).await?;
        Ok(registry.map(|registry| Self { registry, before }))
    }

    /// Puts an audit, made after the record was read, into its place. False: the record was changed meanwhile, and the
    /// audit may be the older one: read again, audit again.
    pub async fn write(self, store: &Store, audit: AuditDocument) -> Result<bool, CollectError> {
        let (before, etag) = self
            .before
            .map_or((None, None), |(before, etag)| (Some(before), Some(etag)));
        let after = AuditRecord {
            schema_version: SCHEMA_VERSION,
            login_server: self.registry.login_server,
            version: before.as_ref().map_or(0, |before| before.version) + 1,
            commit_id: crate::random::uuid(),
            previous_commit_id: before.as_ref().map(|before| before.commit_id),
            generation: self.registry.generation,
            snapshot: self.registry.snapshot,
            audit,
        };
        if let Some(before) = &before {
            let commit = || Commit {
                schema_version: SCHEMA_VERSION,
                login_server: after.login_server.clone(),
                repository: None,
                version: after.version,
                commit_id: after.commit_id,
                previous_commit_id: after.previous_commit_id,
                observed_at: after.audit.audited_at.clone(),
            };
            write_changes(store, commit, &changes(&before.audit, &after.audit)).await?;
        }
        let key = BlobKey::Audit(after.login_server.clone());
        let committed = write_document(store, &key, encode(&after), after.commit_id, etag).await?;
        Ok(committed != Committed::Theirs)
    }
}

/// The last audit of a registry as stored, if there is one.
pub async fn stored_audit(store: &Store, login_server: &LoginServer) -> Result<Option<AuditRecord>, CollectError> {
    let read = read_document(store, &BlobKey::Audit(login_server.clone())).await?;
    Ok(read.map(|(record, _)| record))
}
