//! Readers of what the store holds, by themselves, for fuzzing.

use azure_core::http::Etag;
use futures_util::stream::{self, StreamExt as _};

use super::CollectError;
use super::stored::{StoredDocument, unreadable};
use crate::inventory::repository::{End, Header, LineKind, ManifestRecord, TagRecord};
use crate::names::{LoginServer, RepositoryName};
use crate::store::LineReader;

/// A repository document in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryDocument {
    pub header: Header,
    pub manifests: Vec<ManifestRecord>,
    pub tags: Vec<TagRecord>,
    pub end: End,
}

/// Reads a whole repository document from pieces, as a refresh does line by line.
pub async fn read_repository(
    pieces: Vec<bytes::Bytes>,
    login_server: &LoginServer,
    repository: &RepositoryName,
) -> Result<RepositoryDocument, CollectError> {
    let lines = LineReader::new("document".to_owned(), stream::iter(pieces).map(Ok).boxed());
    let etag = Etag::from("");
    let mut stored = StoredDocument::begin("document".to_owned(), etag, lines, login_server, repository).await?;
    let (mut manifests, mut tags) = (Vec::new(), Vec::new());
    while let Some(line) = stored.next().await? {
        match line.kind {
            LineKind::Manifest => manifests.push(stored.record(&line)?),
            _ => tags.push(stored.record(&line)?),
        }
    }
    let end = stored.end().cloned();
    let end = end.ok_or_else(|| unreadable("document", "it has no end line"))?;
    let header = stored.header;
    Ok(RepositoryDocument {
        header,
        manifests,
        tags,
        end,
    })
}
