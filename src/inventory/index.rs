//! The index of a snapshot: one line per repository, in the catalog's order, with what most questions ask and where its
//! lines are.

use serde::{Deserialize, Serialize};

use super::problem::{Completeness, Problem};
use super::repository::Attributes;
use crate::names::RepositoryName;

/// Up to so many chunk references stand in the line itself; a longer list is a member of a pack.
pub const CHUNKS_IN_LINE: usize = 64;

/// What a snapshot knows of one repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexLine {
    pub repository: RepositoryName,
    /// Hash of exactly what a walk observes: the chunks, completeness, the codes of the problems, removed or not. Where it
    /// and the document's version are the known ones, nothing has to be read or written.
    pub state_hash: String,
    /// Version (ETag without quotes) of the repository's document that says the same; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    pub completeness: Completeness,
    pub manifests: u64,
    pub tags: u64,
    /// Sum of `imageSize`, bytes.
    pub bytes: u64,
    /// Multi-platform indexes among the manifests.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub indexes: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// What the registry says of the repository as a whole, when that was read; its locks are among it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// RFC 3339, UTC: when the registry was seen to no longer have the repository. Such a line stays until retention
    /// forgets it, and counts in no total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<String>,
    #[serde(default, skip_serializing_if = "Summary::is_empty")]
    pub summary: Summary,
    pub chunks: Chunks,
}

/// What rules and joined questions need of a repository's lines. Examples are the first few.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Summary {
    /// Patterns that made a tag one of production.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<String>,
    /// Production tags that `writeEnabled: false` on the tag or on its manifest keeps as they are. A lock of the whole
    /// repository stands in its attributes.
    #[serde(skip_serializing_if = "is_zero")]
    pub locked: u64,
    /// The other production tags.
    #[serde(skip_serializing_if = "is_zero")]
    pub unlocked: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unlocked_examples: Vec<String>,
    /// Manifests with a tag of their own.
    #[serde(skip_serializing_if = "is_zero")]
    pub images: u64,
    /// Images with a signature that names them in its tag.
    #[serde(skip_serializing_if = "is_zero")]
    pub signed: u64,
    /// Manifests without a tag that may be signatures, of which the lists do not say what they sign.
    #[serde(skip_serializing_if = "is_zero")]
    pub unattributed: u64,
    /// A tag of each of the first unsigned images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsigned_examples: Vec<String>,
    /// Unsigned images that `readEnabled: false` keeps from being pulled.
    #[serde(skip_serializing_if = "is_zero")]
    pub unsigned_unreadable: u64,
    /// Unsigned images of which the registry does not say whether they may be pulled.
    #[serde(skip_serializing_if = "is_zero")]
    pub unsigned_unsaid: u64,
}

impl Summary {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a repository's lines are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Chunks {
    /// In the order of the lines.
    Here(Vec<ChunkRef>),
    /// More than [`CHUNKS_IN_LINE`].
    Listed(ChunkList),
}

impl Default for Chunks {
    fn default() -> Self {
        Self::Here(Vec::new())
    }
}

/// Some consecutive lines of a repository, in a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChunkRef {
    /// Key of the first line: digest of a manifest or name of a tag.
    pub from: String,
    /// Lines in it.
    pub lines: u32,
    /// `sha256:` of the lines, each with its newline.
    pub sha256: String,
    #[serde(flatten)]
    pub place: Place,
}

/// Some lines of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Number of the pack in the snapshot's manifest.
    pub pack: u32,
    /// Bytes of the pack before the gzip member.
    pub offset: u64,
    /// Size of the gzip member, bytes.
    pub length: u32,
    /// Lines of the member before the first one that is meant.
    #[serde(default, skip_serializing_if = "is_first")]
    pub skip: u32,
}

/// The references to a repository's chunks, one line each, in a gzip member of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChunkList {
    /// References in it.
    pub chunks: u32,
    /// `sha256:` of its lines.
    pub sha256: String,
    #[serde(flatten)]
    pub place: Place,
    /// How many lines of the repository are in which pack, so that it is known without the list what is alive.
    pub packs: Vec<(u32, u64)>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_first(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::IndexLine;

    /// A line comes back as it was written: one that did not change makes no new segment.
    #[track_caller]
    fn assert_comes_back(text: &str) -> IndexLine {
        let line: IndexLine = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&line).unwrap(), text);
        line
    }

    #[test]
    fn lines_are_written_as_they_were_read() {
        let here = assert_comes_back(concat!(
            r#"{"repository":"team/app","stateHash":"sha256:1","etag":"0x8DE0A","completeness":"partial","manifests":3,"#,
            r#""tags":2,"bytes":10,"indexes":1,"problems":[{"code":"count-mismatch","message":"m"}],"attributes":{"#,
            r#""manifestCount":3,"tagCount":2,"changeableAttributes":{"writeEnabled":false}},"summary":{"patterns":["v*"],"#,
            r#""locked":1,"unlocked":1,"unlockedExamples":["v1"],"images":2,"signed":1,"unattributed":1,"#,
            r#""unsignedExamples":["v1"],"unsignedUnreadable":1,"unsignedUnsaid":1},"chunks":[{"from":"sha256:0a","#,
            r#""lines":3,"sha256":"sha256:2","pack":1,"offset":0,"length":99},{"from":"v1","lines":2,"sha256":"sha256:3","#,
            r#""pack":1,"offset":0,"length":99,"skip":3}]}"#,
        ));
        assert!(matches!(here.chunks, super::Chunks::Here(chunks) if chunks[1].place.skip == 3));
        let listed = assert_comes_back(concat!(
            r#"{"repository":"long","stateHash":"sha256:1","completeness":"complete","manifests":40000,"tags":0,"bytes":0,"#,
            r#""chunks":{"chunks":80,"sha256":"sha256:2","pack":2,"offset":7,"length":99,"packs":[[1,39000],[2,1000]]}}"#,
        ));
        assert!(matches!(listed.chunks, super::Chunks::Listed(list) if list.packs == [(1, 39_000), (2, 1_000)]));
        let removed = assert_comes_back(concat!(
            r#"{"repository":"gone","stateHash":"sha256:1","etag":"0x8DE0A","completeness":"complete","manifests":0,"#,
            r#""tags":0,"bytes":0,"removedAt":"2026-11-22T07:30:00Z","chunks":[]}"#,
        ));
        assert!(removed.removed_at.is_some());
    }
}
