//! One change, wherever it comes from: a record, or the difference of two snapshots. For programs it has the form that
//! change records have.

mod told;
mod wanted;

use serde::Serialize;
use uuid::Uuid;

use crate::inventory::change::Change;
use crate::inventory::repository::ChangeableAttributes;
use crate::names::{LoginServer, RepositoryName};
pub use told::COLUMNS;
pub use wanted::Wanted;

/// So many of the kinds, the first, are of what a registry holds; the others are of itself.
pub const OF_REPOSITORIES: usize = 8;
/// Every kind of change.
pub const KINDS: [&str; 16] = [
    "repository-added",
    "repository-removed",
    "manifest-added",
    "manifest-removed",
    "tag-created",
    "tag-moved",
    "tag-removed",
    "lock-changed",
    "setting-changed",
    "verdict-changed",
    "principal-added",
    "principal-removed",
    "role-added",
    "role-removed",
    "condition-changed",
    "access-changed",
];

/// A change with where it took place.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    #[serde(flatten)]
    pub what: What,
    pub login_server: LoginServer,
    /// None: it is about the registry as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<RepositoryName>,
    /// The commit that recorded it; none: it is told from two snapshots.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Recorded>,
}

/// When it was recorded, and by which commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// RFC 3339, UTC: when the observation began.
    pub observed_at: String,
    /// Version of the document after the commit.
    pub version: u64,
    pub commit_id: Uuid,
}

/// What has changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum What {
    Change(Change),
    Repository(RepositoryLock),
}

/// A switch of a repository as a whole; as with tags and manifests, but with neither.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename = "lock-changed")]
pub struct RepositoryLock {
    pub from: ChangeableAttributes,
    pub to: ChangeableAttributes,
}

impl What {
    /// Its kind, as a record has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Repository(_) => "lock-changed",
            Self::Change(change) => match change {
                Change::RepositoryAdded => "repository-added",
                Change::RepositoryRemoved => "repository-removed",
                Change::ManifestAdded { .. } => "manifest-added",
                Change::ManifestRemoved { .. } => "manifest-removed",
                Change::TagCreated { .. } => "tag-created",
                Change::TagMoved { .. } => "tag-moved",
                Change::TagRemoved { .. } => "tag-removed",
                Change::LockChanged { .. } => "lock-changed",
                Change::SettingChanged { .. } => "setting-changed",
                Change::VerdictChanged { .. } => "verdict-changed",
                Change::PrincipalAdded { .. } => "principal-added",
                Change::PrincipalRemoved { .. } => "principal-removed",
                Change::RoleAdded { .. } => "role-added",
                Change::RoleRemoved { .. } => "role-removed",
                Change::ConditionChanged { .. } => "condition-changed",
                Change::AccessChanged { .. } => "access-changed",
            },
        }
    }

    fn tag(&self) -> Option<&str> {
        match self {
            Self::Change(
                Change::TagCreated { tag, .. }
                | Change::TagMoved { tag, .. }
                | Change::TagRemoved { tag, .. }
                | Change::LockChanged { tag: Some(tag), .. },
            ) => Some(tag.as_str()),
            _ => None,
        }
    }

    fn digests(&self) -> Vec<&str> {
        match self {
            Self::Change(
                Change::ManifestAdded { digest }
                | Change::ManifestRemoved { digest }
                | Change::TagCreated { digest, .. }
                | Change::TagRemoved { digest, .. }
                | Change::LockChanged { digest, .. },
            ) => vec![digest.as_str()],
            Self::Change(Change::TagMoved { from, to, .. }) => vec![from.as_str(), to.as_str()],
            _ => Vec::new(),
        }
    }
}

impl From<Change> for What {
    fn from(change: Change) -> Self {
        Self::Change(change)
    }
}

#[cfg(test)]
mod tests;
