//! What a line of the index says of a repository's lines, made again from them.

use bytes::Bytes;

use super::Verified;
use crate::inventory::index::{ChunkRef, IndexLine};
use crate::inventory::repository::LineKind;
use crate::snapshot::reader::Everything;
use crate::snapshot::{Counts, KnownChunks, RepositoryLines, Snapshot, SnapshotError, TagPatterns};
use crate::store::BlobKey;

/// Reads everything; what cannot be read is a finding of its pack, and nothing is said of its repository.
pub(super) async fn verify(snapshot: &Snapshot<'_>, verified: &mut Verified) -> Result<(), SnapshotError> {
    let server = &snapshot.manifest().login_server;
    let mut everything = snapshot.everything();
    let mut patterns = TagPatterns::default();
    loop {
        let base = match verified.found(everything.next_repository().await)? {
            // A segment that cannot be read; it is known already.
            None => continue,
            Some(None) => return Ok(()),
            Some(Some(base)) => base,
        };
        if !patterns.made(&base.line.summary) {
            patterns = TagPatterns::new(&base.line.summary.patterns);
        }
        let Some(read) = repository(&mut everything, &patterns, verified).await? else {
            continue;
        };
        if let Err(what) = read.and_then(|read| agrees(&base.line, read, &patterns)) {
            let key = BlobKey::Index(server.clone(), base.segment.reference.name.clone());
            verified.add(&key, format!("{}: {what}", base.line.repository));
        }
    }
}

/// What the lines of a repository add up to; none where not all of them can be read.
async fn repository(
    everything: &mut Everything<'_>,
    patterns: &TagPatterns,
    verified: &mut Verified,
) -> Result<Option<Result<RepositoryLines, String>>, SnapshotError> {
    let (mut lines, mut last, mut is_whole) = (RepositoryLines::default(), None, true);
    let mut taken = Ok(());
    loop {
        match verified.found(everything.next_chunk().await)? {
            None => is_whole = false,
            Some(None) => break,
            Some(Some((chunk, text))) if taken.is_ok() => taken = take(&chunk, &text, &mut lines, &mut last, patterns),
            Some(Some(_)) => {}
        }
    }
    Ok(is_whole.then(|| taken.map(|()| lines)))
}

/// Takes the lines of a chunk, which begin with its key and go on in order.
fn take(
    chunk: &ChunkRef,
    text: &Bytes,
    lines: &mut RepositoryLines,
    last: &mut Option<(bool, String)>,
    patterns: &TagPatterns,
) -> Result<(), String> {
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    for (at, line) in text.lines().enumerate() {
        let key = lines.stored(line, patterns, &KnownChunks::default())?;
        if at == 0 && key != chunk.from {
            return Err(format!("a chunk begins with {key} and not with {}", chunk.from));
        }
        let next = (LineKind::of(line.as_bytes()) == Some(LineKind::Tag), key);
        if last.as_ref().is_some_and(|last| *last >= next) {
            return Err(format!("{} is not in order", next.1));
        }
        *last = Some(next);
    }
    lines.take_pieces();
    Ok(())
}

fn agrees(line: &IndexLine, lines: RepositoryLines, patterns: &TagPatterns) -> Result<(), String> {
    let observed = lines.finish(patterns, &KnownChunks::default());
    let said = Counts {
        manifests: line.manifests,
        tags: line.tags,
        bytes: line.bytes,
        indexes: line.indexes,
    };
    if observed.counts != said {
        return Err("its counts are not those of its lines".to_owned());
    }
    match observed.summary == line.summary {
        true => Ok(()),
        false => Err("its summary is not that of its lines".to_owned()),
    }
}
