//! A repository whose lines were read to their end, and its line of the index.

use serde::{Deserialize, Serialize};

use super::piece::Piece;
use super::state::state_hash;
use crate::inventory::index::{Chunks, IndexLine, Summary};
use crate::inventory::problem::{Completeness, Problem};
use crate::inventory::repository::Attributes;
use crate::names::RepositoryName;

/// What the lines add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub manifests: u64,
    pub tags: u64,
    /// Sum of `imageSize`, bytes.
    pub bytes: u64,
    pub indexes: u64,
}

/// A repository whose lines were read to their end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    pub counts: Counts,
    pub summary: Summary,
    /// Those that were not taken before.
    pub pieces: Vec<Piece>,
    /// Of all its chunks.
    pub(super) hashes: Vec<String>,
}

impl Observed {
    /// See [`state_hash`].
    pub fn state_hash(&self, completeness: Completeness, problems: &[Problem]) -> String {
        state_hash(self.hashes.iter().map(String::as_str), completeness, problems, false)
    }

    /// The line of the index; where the chunks are comes from the writer. `etag`: the version of the document that says the
    /// same, known before the lines were read or given by the PUT, without quotes; never one that a listing showed later.
    pub fn line(
        &self,
        repository: RepositoryName,
        etag: Option<String>,
        completeness: Completeness,
        problems: Vec<Problem>,
        attributes: Option<Attributes>,
    ) -> IndexLine {
        IndexLine {
            state_hash: self.state_hash(completeness, &problems),
            repository,
            etag,
            completeness,
            manifests: self.counts.manifests,
            tags: self.counts.tags,
            bytes: self.counts.bytes,
            indexes: self.counts.indexes,
            problems,
            attributes,
            removed_at: None,
            summary: self.summary.clone(),
            chunks: Chunks::default(),
        }
    }
}

/// The line of a repository that the registry does not have any more. `etag`: the version of its tombstone, without quotes.
pub fn removed_line(repository: RepositoryName, etag: Option<String>, removed_at: String) -> IndexLine {
    let observed = Observed {
        counts: Counts::default(),
        summary: Summary::default(),
        pieces: Vec::new(),
        hashes: Vec::new(),
    };
    let line = observed.line(repository, etag, Completeness::Complete, Vec::new(), None);
    IndexLine {
        state_hash: state_hash([], Completeness::Complete, &[], true),
        removed_at: Some(removed_at),
        ..line
    }
}

/// The line of a repository that could not be observed: what the base has, under another completeness. `chunks`: the hashes
/// of its chunks, in order.
pub fn unobserved_line<'c>(
    base: &IndexLine,
    chunks: impl IntoIterator<Item = &'c str>,
    completeness: Completeness,
    problems: Vec<Problem>,
) -> IndexLine {
    IndexLine {
        state_hash: state_hash(chunks, completeness, &problems, false),
        completeness,
        problems,
        ..base.clone()
    }
}
