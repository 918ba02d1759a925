//! Which stored repositories the catalog did not list: two sorted lists, merged.

use std::io::{BufRead as _, BufReader};

use flate2::read::MultiGzDecoder;

use crate::collect::CollectError;
use crate::hash::sha256;
use crate::inventory::DocumentError;
use crate::inventory::refresh::RefreshDocument;
use crate::inventory::snapshot::{IndexEntry, PartRef};
use crate::names::RepositoryName;
use crate::store::{BlobKey, Store};

/// Names that have a document but are not in the refresh's index, in order. Meaningful only once the catalog was read
/// to its end.
pub(super) async fn stored_but_not_listed(
    store: &Store,
    refresh: &RefreshDocument,
) -> Result<Vec<RepositoryName>, CollectError> {
    let server = &refresh.login_server;
    let listed = store.list(&BlobKey::repositories_prefix(server)).await?;
    let mut stored: Vec<RepositoryName> = listed
        .iter()
        .filter_map(|name| BlobKey::repository_of(server, name))
        .collect();
    stored.sort_unstable();
    let mut remaining = stored.into_iter().peekable();
    let mut missing = Vec::new();
    for part in &refresh.index {
        for entry in read_index(store, refresh, part).await? {
            while let Some(name) = remaining.next_if(|name| *name < entry.repository) {
                missing.push(name);
            }
            remaining.next_if(|name| *name == entry.repository);
        }
    }
    missing.extend(remaining);
    Ok(missing)
}

async fn read_index(store: &Store, refresh: &RefreshDocument, part: &PartRef) -> Result<Vec<IndexEntry>, CollectError> {
    let unreadable = |detail: String| CollectError::Document {
        key: part.name.clone(),
        source: DocumentError::Malformed(detail),
    };
    let key = BlobKey::snapshot_file(&refresh.login_server, &refresh.generation, &part.name)
        .ok_or_else(|| unreadable("its name is not one that a snapshot has".to_owned()))?;
    let (bytes, _) = store
        .read(&key)
        .await?
        .ok_or_else(|| unreadable("it is not there".to_owned()))?;
    if sha256(&bytes) != part.sha256 {
        return Err(unreadable("it does not match its hash".to_owned()));
    }
    let lines = BufReader::new(MultiGzDecoder::new(bytes.as_slice())).lines();
    lines
        .map(|line| {
            let line = line.map_err(|error| unreadable(error.to_string()))?;
            serde_json::from_str(&line).map_err(|error| unreadable(error.to_string()))
        })
        .collect()
}
