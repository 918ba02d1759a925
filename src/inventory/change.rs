//! Change records: what one commit changed, one NDJSON file per commit.
//!
//! A record is written just before its commit. It happened if, and only if, the chain says so: the document's
//! `commitId`, or the `previousCommitId` of the record that follows, names it.
//!
//! The record of a repository's document says what changed in the repository; that of the registry document says what
//! changed in its settings, in verdicts on it and in who can do what.

mod differences;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::audit::HeldRole;
use super::repository::ChangeableAttributes;
use crate::access::action::Action;
use crate::names::{Digest, LoginServer, RepositoryName, Tag};
use crate::posture::verdict::Verdict;
pub use differences::{of_manifest, of_tag};

/// First line of a change file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "commit")]
pub struct Commit {
    pub schema_version: u32,
    pub login_server: LoginServer,
    /// Absent in records of the registry document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<RepositoryName>,
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
    /// A value of the registry's ARM resource.
    SettingChanged {
        /// JSON pointer (RFC 6901) into the resource.
        path: String,
        /// Absent: it was not there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Value>,
    },
    /// A rule has another answer.
    VerdictChanged {
        rule: String,
        from: Verdict,
        to: Verdict,
    },
    /// Somebody who was not among those who may have access: an identity with its first role, a token, the admin user or
    /// anonymous access turned on.
    PrincipalAdded {
        principal: String,
    },
    PrincipalRemoved {
        principal: String,
    },
    RoleAdded {
        principal: String,
        #[serde(flatten)]
        role: HeldRole,
    },
    RoleRemoved {
        principal: String,
        #[serde(flatten)]
        role: HeldRole,
    },
    /// The condition of a role assignment.
    ConditionChanged {
        principal: String,
        role: String,
        assignment: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    /// Somebody can do something anywhere in the registry that was out of reach before, or the other way round; by
    /// whatever means, e.g. the definition of a custom role or a token's scope map.
    AccessChanged {
        principal: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gained: Vec<Action>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lost: Vec<Action>,
    },
}
