//! Which stored repositories the catalog did not list: two sorted lists, merged.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use crate::collect::CollectError;
use crate::hash::sha256;
use crate::inventory::DocumentError;
use crate::inventory::generation::Generation;
use crate::inventory::refresh::RefreshDocument;
use crate::inventory::snapshot::{IndexEntry, PartRef};
use crate::names::{LoginServer, RepositoryName};
use crate::store::{BlobKey, DOCUMENT_CAP, Store};

/// Names that have a document but are not in the refresh's index, in order. Meaningful only once the catalog was read
/// to its end.
pub(super) async fn stored_but_not_listed(
    store: &Store,
    refresh: &RefreshDocument,
) -> Result<Vec<RepositoryName>, CollectError> {
    let server = &refresh.login_server;
    let names = store.list(&BlobKey::repositories_prefix(server)).await?;
    let mut stored: Vec<RepositoryName> = names
        .iter()
        .filter_map(|name| BlobKey::repository_of(server, name))
        .collect();
    stored.sort_unstable();
    let mut listed = Vec::new();
    for part in &refresh.index {
        listed.extend(
            read_index(store, server, &refresh.generation, part)
                .await?
                .into_iter()
                .map(|entry| entry.repository),
        );
    }
    // In order but for repositories that an earlier try at closing found missing from the catalog.
    listed.sort_unstable();
    let mut listed = listed.into_iter().peekable();
    stored.retain(|name| {
        while listed.next_if(|other| other < name).is_some() {}
        listed.peek() != Some(name)
    });
    Ok(stored)
}

/// Reads an index blob of a snapshot, which has to be what its hash says.
pub(in crate::collect) async fn read_index(
    store: &Store,
    login_server: &LoginServer,
    generation: &Generation,
    part: &PartRef,
) -> Result<Vec<IndexEntry>, CollectError> {
    let unreadable = |detail: String| CollectError::Document {
        key: part.name.clone(),
        source: DocumentError::Malformed(detail),
    };
    let key = BlobKey::snapshot_file(login_server, generation, &part.name)
        .ok_or_else(|| unreadable("its name is not one that a snapshot has".to_owned()))?;
    let (bytes, _) = store
        .read(&key)
        .await?
        .ok_or_else(|| unreadable("it is not there".to_owned()))?;
    if sha256(&bytes) != part.sha256 {
        return Err(unreadable("it does not match its hash".to_owned()));
    }
    parse_index(&bytes).map_err(unreadable)
}

/// Reads an index blob: gzip, one entry per line, not more than any index holds.
pub fn parse_index(bytes: &[u8]) -> Result<Vec<IndexEntry>, String> {
    let mut unpacked = Vec::new();
    let cap = DOCUMENT_CAP as u64;
    let read = MultiGzDecoder::new(bytes).take(cap + 1).read_to_end(&mut unpacked);
    read.map_err(|error| error.to_string())?;
    if unpacked.len() as u64 > cap {
        return Err(format!("it is larger than {cap} bytes, unpacked"));
    }
    let lines = unpacked.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).map_err(|error| error.to_string()))
        .collect()
}
