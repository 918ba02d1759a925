//! The repository document: NDJSON, one header line, one line per manifest, one per tag, one end line.
//!
//! Manifests come in the order of their digests, tags in the order of their names (byte order), so that two documents
//! can be compared line by line in constant memory. Field names are the service's own.

use serde::{Deserialize, Serialize};

use super::problem::{Completeness, Problem};
use crate::names::{Digest, LoginServer, RepositoryName, Tag};

/// First line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "repository")]
pub struct Header {
    pub schema_version: u32,
    pub login_server: LoginServer,
    /// Name of the repository; a reader checks that it is the one it asked for.
    pub repository: RepositoryName,
    /// 1 for the first commit, then one more for each.
    pub version: u64,
    /// Identity of the write that made this document.
    pub commit_id: uuid::Uuid,
    /// The commit this one follows; change records with another predecessor never happened.
    #[serde(default)]
    pub previous_commit_id: Option<uuid::Uuid>,
    /// RFC 3339, UTC: when the observation that this document holds began.
    pub observed_at: String,
    /// RFC 3339, UTC, whole seconds: a moment before the observation began by the registry's own clock, which is the
    /// clock that dates events. Absent where the registry had said no time yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_from: Option<String>,
    /// Pages of lists that the observation took; 0 where it is not known.
    #[serde(default)]
    pub pages: u64,
    /// Set on a tombstone: when the registry was seen to no longer have the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<String>,
    /// The repository has so many lines that only snapshots hold them: the end line follows at once, and is about those.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lines_in_snapshot: bool,
}

/// The lock switches of a repository, manifest or tag, and what quarantine says of a manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeableAttributes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine_state: Option<String>,
}

/// One manifest. Times are the service's text (UTC, up to 7 fractional digits); `image_size` is bytes and unreliable
/// for imported images and indexes. What the service does not say is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "manifest")]
pub struct ManifestRecord {
    pub digest: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    #[serde(default)]
    pub changeable_attributes: ChangeableAttributes,
}

impl ManifestRecord {
    /// Whether it is a multi-platform index: what it refers to is in no list, only in itself (see
    /// [`super::content`]).
    pub fn is_index(&self) -> bool {
        const INDEXES: [&str; 2] = [
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
        ];
        let media_type = self.media_type.as_deref();
        media_type.is_some_and(|media_type| INDEXES.contains(&media_type))
    }
}

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "tag")]
pub struct TagRecord {
    pub name: Tag,
    pub digest: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<bool>,
    #[serde(default)]
    pub changeable_attributes: ChangeableAttributes,
}

/// Last line: what the lines above add up to. A document without it was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "end")]
pub struct End {
    pub completeness: Completeness,
    /// Lines of kind `manifest`.
    pub manifests: u64,
    /// Lines of kind `tag`.
    pub tags: u64,
    /// Sum of `imageSize`, bytes, of the manifests that have one.
    pub bytes: u64,
    /// The repository's own attributes, when they were read (see [`Attributes`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// `sha256:` over the manifest and tag lines as stored: equal hash, equal content.
    pub content_hash: String,
}

/// What the registry says of the repository as a whole. Read after an event, when the two lists disagree, and before
/// something stored is removed; otherwise carried over from the last reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attributes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<String>,
    /// Counts by the registry's own books; hidden items (`listEnabled: false`) are in them but not in the lists.
    pub manifest_count: u64,
    pub tag_count: u64,
    #[serde(default)]
    pub changeable_attributes: ChangeableAttributes,
}

/// The kind of a line, by its first bytes: every line begins with its `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    Header,
    Manifest,
    Tag,
    End,
}

impl LineKind {
    /// The kind of a stored line, or none if it is not one of ours.
    pub fn of(line: &[u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"{\"kind\":\"")?;
        [
            (b"manifest\"".as_slice(), Self::Manifest),
            (b"tag\"", Self::Tag),
            (b"repository\"", Self::Header),
            (b"end\"", Self::End),
        ]
        .into_iter()
        .find_map(|(prefix, kind)| rest.starts_with(prefix).then_some(kind))
    }
}
