//! Change records: what one commit changed, one NDJSON file per commit.
//!
//! A record is written just before its commit. It happened if, and only if, the chain says so: the document's
//! `commitId`, or the `previousCommitId` of the record that follows, names it.

use serde::{Deserialize, Serialize};

use super::repository::ChangeableAttributes;
use crate::names::{Digest, LoginServer, RepositoryName, Tag};

/// First line of a change file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "commit")]
pub struct Commit {
    pub schema_version: u32,
    pub login_server: LoginServer,
    pub repository: RepositoryName,
    /// Version of the document after this commit.
    pub version: u64,
    pub commit_id: uuid::Uuid,
    #[serde(default)]
    pub previous_commit_id: Option<uuid::Uuid>,
    /// RFC 3339, UTC.
    pub observed_at: String,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Change {
    RepositoryAdded,
    RepositoryRemoved,
    ManifestAdded {
        digest: Digest,
    },
    ManifestRemoved {
        digest: Digest,
    },
    TagCreated {
        tag: Tag,
        digest: Digest,
    },
    TagMoved {
        tag: Tag,
        from: Digest,
        to: Digest,
    },
    TagRemoved {
        tag: Tag,
        digest: Digest,
    },
    /// A lock switch or quarantine state changed on a tag (`tag` set) or a manifest.
    LockChanged {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag: Option<Tag>,
        digest: Digest,
        from: ChangeableAttributes,
        to: ChangeableAttributes,
    },
}
