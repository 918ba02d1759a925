//! The observed lines: in memory while they are few, in segments beside the inventory when there are many.

use std::collections::VecDeque;
use std::ops::Range;

use azure_core::http::Etag;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use serde::{Deserialize, Serialize};

use crate::collect::CollectError;
use crate::collect::repository::{Lane, RepositoryWork};
use crate::collect::room::{More, Room};
use crate::collect::stored::{ContentLine, unreadable};
use crate::inventory::encode_line;
use crate::inventory::index::ChunkRef;
use crate::inventory::refresh::{ScanState, Segment};
use crate::inventory::repository::{Attributes, ManifestRecord, TagRecord};
use crate::names::LoginServer;
use crate::snapshot::{ChunkReader, Observed, RepositoryLines};
use crate::store::{BlobKey, Condition, LineReader, Store};

/// Segments deleted at the same time.
const DELETIONS: usize = 8;

/// An observation with the lines that are not in segments.
#[derive(Debug)]
pub(in crate::collect) struct RepositoryScan {
    pub(in crate::collect) state: ScanState,
    /// NDJSON, while lines are added.
    pub(super) lines: Vec<u8>,
    /// The same once both lists are read.
    whole: Bytes,
    /// Chunks in `lines` that the base has, by where they are …
    in_base: Vec<(Range<usize>, ChunkRef)>,
    /// … and where the chunk begins that has not ended; none: not in `lines`.
    open: Option<usize>,
    /// Some lines were left to the base.
    names_base: bool,
    /// What the snapshot makes of all lines, while that has room …
    parts: Option<RepositoryLines>,
    /// … and once both lists are read.
    pub(in crate::collect) observed: Option<Observed>,
    /// Taken beyond the room of each repository.
    pub(in crate::collect) more: More,
    /// The same for the digests in `parts`.
    for_digests: More,
    /// Pages that were read in this invocation.
    pub(in crate::collect) fresh: u64,
    /// Whether the registry shows what the event said (true without an event).
    pub(in crate::collect) shows_event: bool,
    /// The repository's own attributes, if they had to be read for the lists.
    pub(in crate::collect) attributes: Option<Attributes>,
}

impl RepositoryScan {
    /// Goes on from `state`; `is_for_snapshot`: an index line will be made of it.
    pub(super) fn new(state: ScanState, is_for_snapshot: bool) -> Self {
        // What was read by another invocation is not in hand.
        let parts = (is_for_snapshot && state.pages == 0).then(RepositoryLines::default);
        Self {
            in_base: Vec::new(),
            open: parts.as_ref().map(|_| 0),
            names_base: false,
            parts,
            observed: None,
            more: More::default(),
            for_digests: More::default(),
            fresh: 0,
            state,
            lines: Vec::new(),
            whole: Bytes::new(),
            shows_event: true,
            attributes: None,
        }
    }

    /// Whether there is room for what is in memory.
    pub(super) fn has_room(&mut self, work: &RepositoryWork<'_>) -> bool {
        work.room.holds(self.lines.len(), work.lane, &mut self.more)
    }

    /// Whether not all of its lines are in memory.
    pub(in crate::collect) fn is_spilled(&self) -> bool {
        self.names_base || !self.state.segments.is_empty()
    }

    /// Adds a manifest.
    pub(super) fn manifest(&mut self, manifest: &ManifestRecord, work: &RepositoryWork<'_>) {
        let start = self.lines.len();
        encode_line(manifest, &mut self.lines);
        if let (Some(parts), Some(line), Some(snapshot)) = (&mut self.parts, line(&self.lines, start), &work.snapshot) {
            let is_ended = parts.manifest(manifest, line, snapshot.known);
            self.note(is_ended, start);
        }
    }

    /// Adds a tag.
    pub(super) fn tag(&mut self, tag: &TagRecord, work: &RepositoryWork<'_>) {
        let start = self.lines.len();
        encode_line(tag, &mut self.lines);
        if let (Some(parts), Some(line), Some(snapshot)) = (&mut self.parts, line(&self.lines, start), &work.snapshot) {
            let is_ended = parts.tag(tag, line, snapshot.patterns, snapshot.known);
            self.note(is_ended, start);
        }
    }

    /// Notes the chunk that ended before the line that begins at `start`.
    fn note(&mut self, is_ended: bool, start: usize) {
        if !is_ended {
            return;
        }
        let known = self.parts.as_ref().and_then(RepositoryLines::last_known);
        if let (Some(open), Some(known)) = (self.open, known) {
            self.in_base.push((open..start, known.clone()));
        }
        self.open = Some(start);
    }

    /// Makes room where there is none for what is held: chunks that the base has are left to it, and what is new goes into a
    /// segment.
    pub(super) async fn spill(&mut self, work: &RepositoryWork<'_>) -> Result<(), CollectError> {
        self.more = More::default();
        let limit = work.room.of(work.lane);
        self.leave_to_base();
        if self.lines.len() > limit {
            // The open chunk may be one that the base has.
            let at = self.open.filter(|open| self.lines.len() - open <= limit);
            let open = at.map(|at| self.lines.split_off(at));
            self.flush(work.store, work.login_server).await?;
            self.open = open.as_ref().map(|_| 0);
            self.lines = open.unwrap_or_default();
        }
        self.bound(work.room, limit);
        Ok(())
    }

    fn leave_to_base(&mut self) {
        let (mut lines, mut from, held) = (Vec::new(), 0, self.lines.len());
        for (range, chunk) in std::mem::take(&mut self.in_base) {
            lines.extend_from_slice(self.lines.get(from..range.start).unwrap_or_default());
            encode_line(&InBase { chunk }, &mut lines);
            from = range.end;
            self.names_base = true;
        }
        lines.extend_from_slice(self.lines.get(from..).unwrap_or_default());
        // Nothing behind the open chunk's beginning was left out.
        self.open = self.open.map(|open| open + lines.len() - held);
        self.lines = lines;
    }

    /// Gives up what the snapshot makes of the lines where more than `limit` bytes of them are new, or where there is no room
    /// for what the summary has to know: it is made of the merged lines then, of one repository after the other.
    fn bound(&mut self, room: &Room, limit: usize) {
        let Some(parts) = &self.parts else { return };
        if parts.text_held() > limit || !room.holds_digests(parts.digests_held(), &mut self.for_digests) {
            (self.parts, self.open) = (None, None);
            self.for_digests = More::default();
        }
    }

    /// No more lines will be added.
    pub(super) fn seal(&mut self, work: &RepositoryWork<'_>) {
        self.whole = std::mem::take(&mut self.lines).into();
        if let (Some(parts), Some(snapshot)) = (self.parts.take(), &work.snapshot) {
            self.observed = Some(parts.finish(snapshot.patterns, snapshot.known));
        }
        self.for_digests = More::default();
    }

    /// Moves what is in memory into a segment.
    async fn flush(&mut self, store: &Store, login_server: &LoginServer) -> Result<(), CollectError> {
        let lines = match self.whole.is_empty() {
            true => std::mem::take(&mut self.lines).into(),
            false => std::mem::take(&mut self.whole),
        };
        if lines.is_empty() {
            return Ok(());
        }
        let (id, bytes) = (crate::random::uuid(), lines.len() as u64);
        let key = BlobKey::Lines(login_server.clone(), id);
        let etag = store.write(&key, lines.into(), Condition::Always).await?;
        self.state.segments.push(Segment {
            id,
            version: etag.to_string(),
            bytes,
        });
        Ok(())
    }

    /// Puts everything where another invocation finds it; an event has none.
    pub(super) async fn suspend(self, work: &RepositoryWork<'_>) -> Result<ScanState, CollectError> {
        match work.lane {
            Lane::Event => Ok(self.state),
            Lane::Walk => self.save(work.store, work.login_server).await,
        }
    }

    /// Puts everything where another invocation finds it.
    pub(in crate::collect) async fn save(
        mut self,
        store: &Store,
        login_server: &LoginServer,
    ) -> Result<ScanState, CollectError> {
        self.flush(store, login_server).await?;
        Ok(self.state)
    }

    /// All lines from the beginning.
    pub(in crate::collect) fn read<'a>(&self, work: &RepositoryWork<'a>) -> Lines<'a> {
        let keys = self
            .state
            .segments
            .iter()
            .map(|segment| BlobKey::Lines(work.login_server.clone(), segment.id));
        let base = work.snapshot.and_then(|snapshot| snapshot.base);
        Lines {
            base: base.map(|(base, _)| base.chunks()),
            chunk: Bytes::new(),
            segments: keys.collect(),
            current: None,
            rest: Some(self.whole.clone()),
        }
    }
}

/// A chunk of the base in the place of its lines.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename = "chunk")]
struct InBase {
    #[serde(flatten)]
    chunk: ChunkRef,
}

/// What it begins with.
const IN_BASE: &[u8] = b"{\"kind\":\"chunk\"";

/// The line that was added last, without its newline.
fn line(lines: &[u8], start: usize) -> Option<&str> {
    let line = lines.get(start..lines.len().saturating_sub(1))?;
    std::str::from_utf8(line).ok()
}

/// Reads observed lines in order.
#[derive(Debug)]
pub(in crate::collect) struct Lines<'a> {
    base: Option<ChunkReader<'a>>,
    /// The rest of a chunk of the base.
    chunk: Bytes,
    segments: VecDeque<BlobKey>,
    current: Option<(String, LineReader)>,
    rest: Option<Bytes>,
}

impl Lines<'_> {
    pub(in crate::collect) async fn next(&mut self, store: &Store) -> Result<Option<ContentLine>, CollectError> {
        loop {
            if let Some(line) = ContentLine::next_of(&mut self.chunk, "the last snapshot")? {
                return Ok(Some(line));
            }
            if let Some((key, reader)) = &mut self.current {
                if let Some(bytes) = reader.next_line().await? {
                    if bytes.starts_with(IN_BASE) {
                        let named: InBase = serde_json::from_slice(&bytes).map_err(|error| unreadable(key, error))?;
                        let Some(base) = &mut self.base else {
                            return Err(unreadable(key, "it names lines of a snapshot that cannot be read"));
                        };
                        self.chunk = base.lines(&named.chunk).await?;
                        continue;
                    }
                    let line = ContentLine::parse(bytes);
                    return line
                        .map(Some)
                        .ok_or_else(|| unreadable(key, "it has a line of an unknown form"));
                }
                self.current = None;
            }
            if let Some(key) = self.segments.pop_front() {
                let name = key.to_string();
                let Some((_, reader)) = store.open(&key).await? else {
                    return Err(unreadable(&name, "it is not there"));
                };
                self.current = Some((name, reader));
            } else if let Some(rest) = self.rest.take() {
                let name = "observed lines".to_owned();
                self.current = Some((name.clone(), LineReader::over(name, rest)));
            } else {
                return Ok(None);
            }
        }
    }
}

/// Deletes the segments of an observation that is over. What cannot be deleted is of no use and no harm.
pub async fn discard(store: &Store, login_server: &LoginServer, segments: &[Segment]) {
    let deletions = stream::iter(segments).for_each_concurrent(DELETIONS, |segment| async move {
        let key = BlobKey::Lines(login_server.clone(), segment.id);
        if let Err(error) = store.delete(&key, Etag::from(segment.version.clone())).await {
            tracing::warn!(segment = %key, error = %error, "a segment is left behind");
        }
    });
    deletions.await;
}

#[cfg(test)]
mod tests {
    use super::RepositoryScan;
    use crate::inventory::index::{ChunkRef, Place};
    use crate::inventory::refresh::ScanState;
    use crate::names::RepositoryName;

    fn scan() -> RepositoryScan {
        let state = ScanState::begun(RepositoryName::parse("team/app").unwrap(), String::new());
        RepositoryScan::new(state, true)
    }

    /// A chunk of one short line: what names it is longer than it is.
    #[test]
    fn what_the_base_has_is_named_in_its_place_whatever_is_longer() {
        let mut scan = scan();
        let place = Place {
            pack: 1,
            offset: 0,
            length: 10,
            skip: 0,
        };
        let chunk = ChunkRef {
            from: "v1".to_owned(),
            lines: 1,
            sha256: "sha256:00".to_owned(),
            place,
        };
        scan.lines = b"new\nold\nopen\n".to_vec();
        scan.in_base = vec![(4..8, chunk)];
        scan.open = Some(8);
        scan.leave_to_base();
        let text = String::from_utf8(scan.lines.clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0], lines[2]), (3, "new", "open"));
        assert!(
            lines[1].starts_with("{\"kind\":\"chunk\",\"from\":\"v1\""),
            "{}",
            lines[1]
        );
        assert_eq!(text.get(scan.open.unwrap()..), Some("open\n"));
        assert!(scan.is_spilled());
    }
}
