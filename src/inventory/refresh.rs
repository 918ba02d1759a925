//! The checkpoint `refresh.json`: how far the refresh in progress has come.

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use super::manifest::{PackRef, SegmentRef};
use super::pointer::SnapshotPointer;
use super::problem::{Completeness, Problem, Problems};
use super::registry::{Resource, Totals};
use crate::names::{LoginServer, RegistryId, RepositoryName};

/// State of one registry's refresh; the only place that holds its cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshDocument {
    pub schema_version: u32,
    pub login_server: LoginServer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_id: Option<RegistryId>,
    pub generation: Generation,
    pub version: u64,
    pub commit_id: uuid::Uuid,
    /// Id of the message whose handling wrote this version.
    #[serde(default)]
    pub updated_by: uuid::Uuid,
    pub phase: Phase,
    /// Every repository up to and including this one is in the snapshot that is being made.
    #[serde(default)]
    pub cursor: Option<RepositoryName>,
    /// Repositories behind it whose lists were begun, and how far each has been read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<ScanState>,
    /// The snapshot that the one that is being made is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<SnapshotPointer>,
    /// What is in the store of the snapshot that is being made, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<SegmentRef>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<PackRef>,
    /// … and its open ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry: Option<CarryRef>,
    /// How much of the catalog could be read so far.
    pub catalog: Completeness,
    /// Totals of the snapshot, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    pub problems: Problems,
    /// The ARM resource, read when the refresh was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// True when the registry had no snapshot yet: its first inventory has no change records.
    #[serde(default)]
    pub baseline: bool,
    /// RFC 3339, UTC.
    pub started_at: String,
    pub updated_at: String,
    /// Requests sent to the registry so far, all invocations together.
    pub requests: u64,
    /// How the run ended for this registry; set at the end of phase `close`, whatever comes later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Completeness>,
    /// RFC 3339, UTC: when the outcome was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<String>,
    #[serde(default)]
    pub content: ContentWork,
    /// RFC 3339, UTC: when snapshots were last thinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retained_at: Option<String>,
}

/// Where a refresh stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Reading catalog and lists from the cursor on, and verifying by name what is stored and not in the catalog.
    List,
    /// Everything was read; the snapshot is published. The run ends with it.
    Close,
    /// Resource Manager is read and the registry judged.
    Audit,
    /// What only manifests say is read, one request per digest that is not known yet.
    Content,
    /// Snapshots that are not to be kept, and what nobody names, are deleted: once a day.
    Retention,
    /// Nothing left to do in this generation.
    Done,
}

impl Phase {
    /// Whether the run has its outcome: a newer generation need not wait.
    pub fn is_after_close(self) -> bool {
        matches!(self, Self::Audit | Self::Content | Self::Retention | Self::Done)
    }
}

/// What is left to read of manifests themselves. It outlives a generation: the next one carries it on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContentWork {
    /// Blobs of [`super::content::ContentTask`] lines, read in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<Segment>,
    /// So many of their lines are done, …
    #[serde(default)]
    pub done: u64,
    /// … of which so many by an older generation.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub done_before: u64,
    /// Blobs of tasks to come back to in a later generation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<Segment>,
    /// Multi-platform indexes in this generation's snapshot.
    #[serde(default)]
    pub indexes: u64,
    /// Those whose content could not be had, as far as the lists are done.
    #[serde(default)]
    pub refused: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The blob with the open ends of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CarryRef {
    pub id: uuid::Uuid,
    /// ETag without quotes, which its deletion is bound to.
    pub version: String,
    /// `sha256:` of the blob's bytes.
    pub sha256: String,
    /// Size of the blob, bytes.
    pub size: u64,
}

/// How far the lists of one repository have been read: an observation that outlives an invocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScanState {
    pub repository: RepositoryName,
    /// RFC 3339, UTC: when it began.
    pub observed_at: String,
    /// The same by the registry's clock (see [`super::repository::Header::observed_from`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_from: Option<String>,
    /// Version (ETag without quotes) of the stored document before it began; absent: there was none. Another version by now,
    /// and the observation has to begin again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<String>,
    pub stage: Stage,
    /// Last digest or tag that was read of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// What was read, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    pub pages: u64,
    pub manifests: u64,
    pub tags: u64,
    /// Sum of `imageSize`, bytes.
    pub bytes: u64,
    /// Multi-platform indexes among the manifests.
    #[serde(default)]
    pub indexes: u64,
    /// The (tag, digest) pairs of both lists.
    pub by_manifest: Pairs,
    pub by_tag: Pairs,
    /// A list was not there (404), although the repository is: what it counts has to say whether that is all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub list_missing: bool,
    /// Why the lists are not complete; empty when they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// How often it had to begin again because somebody else wrote the document.
    #[serde(default)]
    pub restarts: u32,
}

impl ScanState {
    /// Nothing has been read yet.
    pub fn begun(repository: RepositoryName, observed_at: String) -> Self {
        Self {
            repository,
            observed_at,
            observed_from: None,
            stored: None,
            stage: Stage::Manifests,
            cursor: None,
            segments: Vec::new(),
            pages: 0,
            manifests: 0,
            tags: 0,
            bytes: 0,
            indexes: 0,
            by_manifest: Pairs::default(),
            by_tag: Pairs::default(),
            list_missing: false,
            problems: Vec::new(),
            restarts: 0,
        }
    }
}

/// Which list is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Manifests,
    Tags,
    /// Both were read to their ends.
    Read,
}

/// A blob of observed lines, deleted once they are merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    pub id: uuid::Uuid,
    /// ETag, which a deletion is bound to.
    pub version: String,
    /// Size of the blob.
    pub bytes: u64,
}

/// A set of pairs as count and sum of their hashes: equal for equal sets, whatever their order, in constant memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairs {
    pub count: u64,
    pub sum: u64,
}
