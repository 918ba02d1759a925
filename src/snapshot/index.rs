//! An index read in the catalog's order, one segment in memory at a time.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::SnapshotError;
use super::member;
use super::proven::read_proven;
use super::segment::KnownSegment;
use crate::hash::sha256;
use crate::inventory::index::IndexLine;
use crate::inventory::manifest::{SegmentRef, SnapshotManifest};
use crate::names::{LoginServer, RepositoryName};
use crate::store::{BlobKey, Store};

/// A repository as a snapshot has it.
#[derive(Debug, Clone)]
pub struct BaseLine {
    pub line: IndexLine,
    /// As it stands in the segment, with its newline.
    pub(super) text: Bytes,
    pub(super) segment: Arc<KnownSegment>,
}

/// The lines of a snapshot's index.
#[derive(Debug)]
pub struct IndexReader<'a> {
    store: &'a Store,
    login_server: LoginServer,
    segments: VecDeque<SegmentRef>,
    lines: VecDeque<BaseLine>,
}

impl<'a> IndexReader<'a> {
    /// Nothing is read before it is asked for something.
    pub fn new(store: &'a Store, manifest: &SnapshotManifest) -> Self {
        Self::of_segments(store, &manifest.login_server, manifest.segments.clone().into())
    }

    /// Some segments of a snapshot alone.
    pub(super) fn of_segments(store: &'a Store, login_server: &LoginServer, segments: VecDeque<SegmentRef>) -> Self {
        Self {
            store,
            login_server: login_server.clone(),
            segments,
            lines: VecDeque::new(),
        }
    }

    /// Passes over everything before a repository, without reading what does not hold it.
    pub fn seek(&mut self, repository: &RepositoryName) {
        self.lines.retain(|base| base.line.repository >= *repository);
        if self.lines.is_empty() {
            let later = self.segments.partition_point(|segment| segment.first <= *repository);
            self.segments.drain(..later.saturating_sub(1));
        }
    }

    /// The next repository without taking it.
    ///
    /// # Errors
    /// A segment that cannot be read is told once and passed over: whoever can do without its lines asks again.
    pub async fn peek(&mut self) -> Result<Option<&BaseLine>, SnapshotError> {
        while self.lines.is_empty() {
            let Some(segment) = self.segments.pop_front() else {
                break;
            };
            self.lines = read_segment(self.store, &self.login_server, segment).await?.into();
        }
        Ok(self.lines.front())
    }

    /// Takes a repository, passing over everything before it; none if it is not in the index, and what is behind it stays
    /// where it is. Errors as in [`IndexReader::peek`].
    pub async fn find(&mut self, name: &RepositoryName) -> Result<Option<BaseLine>, SnapshotError> {
        while let Some(next) = self.peek().await? {
            match next.line.repository.cmp(name) {
                Ordering::Less => self.lines.pop_front(),
                Ordering::Equal => return Ok(self.lines.pop_front()),
                Ordering::Greater => return Ok(None),
            };
        }
        Ok(None)
    }

    /// The next repository; errors as in [`IndexReader::peek`].
    pub async fn next(&mut self) -> Result<Option<BaseLine>, SnapshotError> {
        self.peek().await?;
        Ok(self.lines.pop_front())
    }
}

/// The lines of a segment, which has to be what its hash says.
pub(super) async fn read_segment(
    store: &Store,
    login_server: &LoginServer,
    segment: SegmentRef,
) -> Result<Vec<BaseLine>, SnapshotError> {
    let key = BlobKey::Index(login_server.clone(), segment.name.clone());
    let bytes = read_proven(store, &key, segment.size, &segment.sha256).await?;
    let text = member::unpack(&bytes).map_err(|error| SnapshotError::malformed(&key, error))?;
    let segment = Arc::new(KnownSegment {
        text_sha256: sha256(&text),
        reference: segment,
    });
    let lines = lines_of(&text).map(|(line, text)| {
        Ok(BaseLine {
            line: line.map_err(|error| SnapshotError::malformed(&key, error))?,
            text,
            segment: Arc::clone(&segment),
        })
    });
    lines.collect()
}

/// Lines of a segment, unpacked, each with its text.
fn lines_of(text: &Bytes) -> impl Iterator<Item = (Result<IndexLine, serde_json::Error>, Bytes)> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| (serde_json::from_slice(line), text.slice_ref(line)))
}

/// Reads a segment by itself, for fuzzing.
#[doc(hidden)]
pub fn parse_segment(packed: &[u8]) -> Result<Vec<IndexLine>, String> {
    let text = member::unpack(packed).map_err(|error| error.to_string())?;
    let lines = lines_of(&text).map(|(line, _)| line.map_err(|error| error.to_string()));
    lines.collect()
}
