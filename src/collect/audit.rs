//! The audit's way into the registry document: a conditional write like a refresh's, which leaves everything else as it is.

use super::CollectError;
use super::commit::{self, Committed};
use crate::inventory::audit::AuditDocument;
use crate::inventory::encode;
use crate::inventory::registry::RegistryDocument;
use crate::names::LoginServer;
use crate::store::{BlobKey, Store};

/// Tries of the conditional write; only a refresh of the same registry races for it.
const ROUNDS: u32 = 10;

/// Puts an audit into the document of its registry. False: there is no document, because the registry was never
/// collected.
///
/// The observation is the audit itself, which is as good over a newer document: after a conflict it is put into that.
pub async fn write_audit(
    store: &Store,
    login_server: &LoginServer,
    audit: &AuditDocument,
) -> Result<bool, CollectError> {
    let key = BlobKey::Registry(login_server.clone());
    for _ in 0..ROUNDS {
        let Some((before, etag)) = commit::read::<RegistryDocument>(store, &key).await? else {
            return Ok(false);
        };
        // Two audits at a time: the later one stays.
        if before
            .audit
            .as_ref()
            .is_some_and(|there| there.audited_at > audit.audited_at)
        {
            return Ok(true);
        }
        let commit_id = crate::random::uuid();
        let after = RegistryDocument {
            version: before.version + 1,
            commit_id,
            previous_commit_id: Some(before.commit_id),
            audit: Some(audit.clone()),
            ..before
        };
        if commit::write(store, &key, encode(&after), commit_id, Some(etag)).await? != Committed::Theirs {
            return Ok(true);
        }
    }
    Err(CollectError::Contended { what: key.to_string() })
}
