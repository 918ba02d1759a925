//! The observed lines: in memory while they are few, in segments beside the inventory when there are many.

use std::collections::VecDeque;

use azure_core::http::Etag;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};

use crate::collect::CollectError;
use crate::collect::repository::{Lane, RepositoryWork};
use crate::collect::stored::{ContentLine, unreadable};
use crate::inventory::refresh::{ScanState, Segment};
use crate::inventory::repository::Attributes;
use crate::names::LoginServer;
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
    /// Whether the registry shows what the event said (true without an event).
    pub(in crate::collect) shows_event: bool,
    /// The repository's own attributes, if they had to be read for the lists.
    pub(in crate::collect) attributes: Option<Attributes>,
}

impl RepositoryScan {
    pub(super) fn new(state: ScanState) -> Self {
        Self {
            state,
            lines: Vec::new(),
            whole: Bytes::new(),
            shows_event: true,
            attributes: None,
        }
    }

    /// Whether more than `limit` bytes are in memory.
    pub(super) fn is_long(&self, limit: usize) -> bool {
        self.lines.len() > limit
    }

    pub(in crate::collect) fn has_segments(&self) -> bool {
        !self.state.segments.is_empty()
    }

    /// No more lines will be added.
    pub(super) fn seal(&mut self) {
        self.whole = std::mem::take(&mut self.lines).into();
    }

    /// Moves what is in memory into a segment.
    pub(super) async fn flush(&mut self, work: &RepositoryWork<'_>) -> Result<(), CollectError> {
        let lines = match self.whole.is_empty() {
            true => std::mem::take(&mut self.lines).into(),
            false => std::mem::take(&mut self.whole),
        };
        if lines.is_empty() {
            return Ok(());
        }
        let (id, bytes) = (crate::random::uuid(), lines.len() as u64);
        let key = BlobKey::Segment(work.login_server.clone(), id);
        let etag = work.store.write(&key, lines.into(), Condition::Always).await?;
        self.state.segments.push(Segment {
            id,
            version: etag.to_string(),
            bytes,
        });
        Ok(())
    }

    /// Puts everything where another invocation finds it; an event has none.
    pub(in crate::collect) async fn suspend(mut self, work: &RepositoryWork<'_>) -> Result<ScanState, CollectError> {
        if work.lane != Lane::Event {
            self.flush(work).await?;
        }
        Ok(self.state)
    }

    /// All lines from the beginning.
    pub(in crate::collect) fn read(&self, login_server: &LoginServer) -> Lines {
        let keys = self
            .state
            .segments
            .iter()
            .map(|segment| BlobKey::Segment(login_server.clone(), segment.id));
        Lines {
            segments: keys.collect(),
            current: None,
            rest: Some(self.whole.clone()),
        }
    }
}

/// Reads observed lines in order.
#[derive(Debug)]
pub(in crate::collect) struct Lines {
    segments: VecDeque<BlobKey>,
    current: Option<(String, LineReader)>,
    rest: Option<Bytes>,
}

impl Lines {
    pub(in crate::collect) async fn next(&mut self, store: &Store) -> Result<Option<ContentLine>, CollectError> {
        loop {
            if let Some((key, reader)) = &mut self.current {
                if let Some(bytes) = reader.next_line().await? {
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
        let key = BlobKey::Segment(login_server.clone(), segment.id);
        if let Err(error) = store.delete(&key, Etag::from(segment.version.clone())).await {
            tracing::warn!(segment = %key, error = %error, "a segment is left behind");
        }
    });
    deletions.await;
}
