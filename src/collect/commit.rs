//! Conditional writes of whole documents, with the question "was that us?" answered by the commit id.

use azure_core::http::Etag;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::CollectError;
use crate::inventory::decode;
use crate::store::{BlobKey, Condition, Store};

/// How a conditional write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Committed {
    /// Our bytes are the document now.
    Ours(Etag),
    /// Somebody else's are; read again, observe again.
    Theirs,
}

/// Reads a JSON document with its version.
pub(crate) async fn read<T: DeserializeOwned>(store: &Store, key: &BlobKey) -> Result<Option<(T, Etag)>, CollectError> {
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
pub(crate) async fn write(
    store: &Store,
    key: &BlobKey,
    bytes: Vec<u8>,
    commit_id: Uuid,
    read: Option<Etag>,
) -> Result<Committed, CollectError> {
    let written = store.write(key, bytes, Condition::unchanged_since(read.clone())).await;
    conclude(store, key, written, commit_id, read).await
}

/// The version of the stored document, and whether it carries this commit id.
async fn read_back(store: &Store, key: &BlobKey, commit_id: Uuid) -> Result<Option<(Etag, bool)>, CollectError> {
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
    Ok(Some((etag, stamp.is_some_and(|stamp| stamp.commit_id == commit_id))))
}

/// What became of a conditional write over the version `read`, for documents written in pieces too. A conflict over a
/// document that is still the one that was read is a fault of the store, not somebody else's write.
pub(super) async fn conclude(
    store: &Store,
    key: &BlobKey,
    written: Result<Etag, crate::store::StoreError>,
    commit_id: Uuid,
    read: Option<Etag>,
) -> Result<Committed, CollectError> {
    let error = match written {
        Ok(etag) => return Ok(Committed::Ours(etag)),
        Err(error) => error,
    };
    match read_back(store, key, commit_id).await {
        Ok(Some((etag, true))) => Ok(Committed::Ours(etag)),
        Ok(found)
            if matches!(error, crate::store::StoreError::Conflict { .. })
                && found.as_ref().map(|(etag, _)| etag) != read.as_ref() =>
        {
            Ok(Committed::Theirs)
        }
        _ => Err(error.into()),
    }
}
