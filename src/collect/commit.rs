//! Conditional writes of whole documents, with the question "was that us?" answered by the commit id.

use azure_core::http::Etag;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::CollectError;
use crate::inventory::decode;
use crate::store::{BlobKey, Condition, Store};

/// How a conditional write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Committed {
    /// Our bytes are the document now.
    Ours(Etag),
    /// Somebody else's are; read again, observe again.
    Theirs,
}

/// Reads a JSON document with its version.
pub(super) async fn read<T: DeserializeOwned>(store: &Store, key: &BlobKey) -> Result<Option<(T, Etag)>, CollectError> {
    let Some((bytes, etag)) = store.read(key).await? else {
        return Ok(None);
    };
    let document = decode(&bytes).map_err(|source| CollectError::Document {
        key: key.to_string(),
        source,
    })?;
    Ok(Some((document, etag)))
}

/// Writes a JSON document over the version `read` (none: nothing was there). Whenever it is not certain that the write
/// was refused, the document is read back and its commit id decides.
pub(super) async fn write(
    store: &Store,
    key: &BlobKey,
    bytes: Vec<u8>,
    commit_id: Uuid,
    read: Option<Etag>,
) -> Result<Committed, CollectError> {
    let written = store.write(key, bytes, Condition::unchanged_since(read)).await;
    settle(store, key, written, commit_id).await
}

/// The version of the document if it carries this commit id.
async fn read_back(store: &Store, key: &BlobKey, commit_id: Uuid) -> Result<Option<Etag>, CollectError> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Stamp {
        commit_id: Uuid,
    }
    let Some((etag, mut lines)) = store.open(key).await? else {
        return Ok(None);
    };
    // One-line documents (NDJSON headers) carry it in the first line, indented ones somewhere in the whole.
    let first = lines.next_line().await?.unwrap_or_default();
    let mut stamp = serde_json::from_slice::<Stamp>(&first).ok();
    if stamp.is_none() {
        let mut whole = first.to_vec();
        whole.extend(lines.read_to_end(crate::store::DOCUMENT_CAP).await?);
        stamp = serde_json::from_slice(&whole).ok();
    }
    Ok(stamp.filter(|stamp| stamp.commit_id == commit_id).map(|_| etag))
}

/// What became of a conditional write, for documents written in pieces too.
pub(super) async fn settle(
    store: &Store,
    key: &BlobKey,
    written: Result<Etag, crate::store::StoreError>,
    commit_id: Uuid,
) -> Result<Committed, CollectError> {
    match written {
        Ok(etag) => Ok(Committed::Ours(etag)),
        Err(error) => match read_back(store, key, commit_id).await {
            Ok(Some(etag)) => Ok(Committed::Ours(etag)),
            Ok(None) if matches!(error, crate::store::StoreError::Conflict { .. }) => Ok(Committed::Theirs),
            _ => Err(error.into()),
        },
    }
}
