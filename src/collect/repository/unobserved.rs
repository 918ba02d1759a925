//! A repository that could not be read: the snapshot keeps what is known of it, marked as not complete.

use super::SnapshotLine;
use crate::collect::CollectError;
use crate::collect::stored::StoredDocument;
use crate::collect::stored_names::Known;
use crate::inventory::problem::{Completeness, Problem};
use crate::names::{LoginServer, RepositoryName};
use crate::snapshot::{KnownChunks, RepositoryLines, TagPatterns, unobserved_line};
use crate::store::{Store, bare};

/// What the snapshot takes of it, and the content hash of its document where that was read. `chunks`: hashes of the base's
/// chunks, where it has some.
pub(in crate::collect) async fn unobserved(
    (store, login_server): (&Store, &LoginServer),
    (name, known): (&RepositoryName, &Known),
    chunks: Option<&[String]>,
    patterns: &TagPatterns,
    completeness: Completeness,
    problem: Problem,
) -> Result<(SnapshotLine, String), CollectError> {
    let live = known.base.as_ref().filter(|base| base.line.removed_at.is_none());
    // What is there is what the base has; or nobody knows what is there.
    let base = || {
        let line = live.zip(chunks).map(|(base, chunks)| {
            let chunks = chunks.iter().map(String::as_str);
            let line = unobserved_line(&base.line, chunks, completeness, vec![problem.clone()]);
            match line.state_hash == base.line.state_hash {
                true => SnapshotLine::Unchanged(Box::new(base.clone())),
                false => SnapshotLine::Kept(Box::new(line)),
            }
        });
        line.unwrap_or_else(|| {
            let nothing = RepositoryLines::default().finish(patterns, &KnownChunks::default());
            let line = nothing.line(name.clone(), None, completeness, vec![problem.clone()], None);
            SnapshotLine::Anew(Box::new(line), Vec::new())
        })
    };
    if known.vouched().is_some() || known.listed.is_none() {
        return Ok((base(), String::new()));
    }
    // An event has written it since.
    let copied = match StoredDocument::open(store, login_server, name).await {
        Ok(Some(stored)) if stored.header.removed_at.is_none() && stored.has_lines() => copy(stored, patterns).await,
        Ok(_) => return Ok((base(), String::new())),
        Err(error) => Err(error),
    };
    match copied {
        Ok((seen, stored)) => {
            let end = stored.end();
            let attributes = end.and_then(|end| end.attributes.clone());
            let content_hash = end.map(|end| end.content_hash.clone()).unwrap_or_default();
            let etag = Some(bare(&stored.etag));
            let line = seen.line(name.clone(), etag, completeness, vec![problem], attributes);
            Ok((SnapshotLine::Anew(Box::new(line), seen.pieces), content_hash))
        }
        Err(CollectError::Document { .. }) => Ok((base(), String::new())),
        Err(error) => Err(error),
    }
}

/// What the snapshot makes of a document's lines. In memory: it is as large as the document.
async fn copy<'a>(
    mut stored: StoredDocument<'a>,
    patterns: &TagPatterns,
) -> Result<(crate::snapshot::Observed, StoredDocument<'a>), CollectError> {
    let (mut lines, known) = (RepositoryLines::default(), KnownChunks::default());
    while let Some(line) = stored.next().await? {
        let text = String::from_utf8_lossy(&line.bytes);
        let taken = lines.stored(&text, patterns, &known);
        taken.map_err(|detail| crate::collect::stored::unreadable("a line of a repository", detail))?;
    }
    Ok((lines.finish(patterns, &known), stored))
}
