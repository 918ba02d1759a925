//! One change, wherever it comes from: a record, or the difference of two snapshots. For programs it has the form that
//! change records have.

use globset::GlobSet;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::row::{Columns, Field, Row};
use crate::inventory::change::Change;
use crate::inventory::repository::ChangeableAttributes;
use crate::names::{LoginServer, RepositoryName};

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

/// Columns of what two snapshots tell apart; `subject` is a tag, a digest, a JSON pointer, a rule or a principal.
pub const COLUMNS: Columns = &["registry", "repository", "kind", "subject", "from", "to"];

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

/// Which changes are meant; all of it has to hold.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub repositories: Option<GlobSet>,
    pub tags: Option<GlobSet>,
    /// The beginning of a digest.
    pub digest: Option<String>,
    /// Any of these; empty: all.
    pub kinds: Vec<String>,
    /// Nothing that is in a repository.
    pub of_registries_alone: bool,
}

impl Wanted {
    /// Whether changes in a repository (none: of the registry as a whole) are looked at.
    pub fn repository(&self, name: Option<&str>) -> bool {
        let matches = |globs: &GlobSet| name.is_some_and(|name| globs.is_match(name));
        (name.is_none() || !self.of_registries_alone) && self.repositories.as_ref().is_none_or(matches)
    }

    /// Whether a change is meant, its repository aside.
    pub fn change(&self, what: &What) -> bool {
        let kind = what.kind();
        (self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind))
            && (self.tags.as_ref()).is_none_or(|globs| what.tag().is_some_and(|tag| globs.is_match(tag)))
            && (self.digest.as_ref())
                .is_none_or(|wanted| what.digests().iter().any(|digest| digest.starts_with(wanted.as_str())))
    }

    /// Whether a change of one of these kinds can be meant.
    pub fn asks_for(&self, kinds: &[&str]) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|wanted| kinds.contains(&wanted.as_str()))
    }

    /// Whether a change of the registry as a whole can be meant.
    pub fn asks_for_registries(&self) -> bool {
        self.repository(None) && self.tags.is_none() && self.digest.is_none()
    }
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

    /// What it is about, what that was, and what it is.
    fn told(&self) -> [Field; 3] {
        use Field::Absent;
        let text = |text: &str| Field::Text(text.to_owned());
        let change = match self {
            Self::Change(change) => change,
            Self::Repository(lock) => {
                let (from, to) = switches(&lock.from, &lock.to);
                return [Absent, Field::Text(from), Field::Text(to)];
            }
        };
        match change {
            Change::RepositoryAdded | Change::RepositoryRemoved => [Absent, Absent, Absent],
            Change::ManifestAdded { digest } | Change::ManifestRemoved { digest } => {
                [text(digest.as_str()), Absent, Absent]
            }
            Change::TagCreated { tag, digest } => [text(tag.as_str()), Absent, text(digest.as_str())],
            Change::TagMoved { tag, from, to } => [text(tag.as_str()), text(from.as_str()), text(to.as_str())],
            Change::TagRemoved { tag, digest } => [text(tag.as_str()), text(digest.as_str()), Absent],
            Change::LockChanged { tag, digest, from, to } => {
                let subject = tag.as_ref().map_or(digest.as_str(), |tag| tag.as_str());
                let (from, to) = switches(from, to);
                [text(subject), Field::Text(from), Field::Text(to)]
            }
            Change::SettingChanged { path, from, to } => [text(path), value(from.as_ref()), value(to.as_ref())],
            Change::VerdictChanged { rule, from, to } => [text(rule), text(from.as_str()), text(to.as_str())],
            Change::PrincipalAdded { principal } | Change::PrincipalRemoved { principal } => {
                [text(principal), Absent, Absent]
            }
            Change::RoleAdded { principal, role } => [text(principal), Absent, text(&role.role)],
            Change::RoleRemoved { principal, role } => [text(principal), text(&role.role), Absent],
            Change::ConditionChanged {
                principal, from, to, ..
            } => [
                text(principal),
                Field::maybe(from.as_deref()),
                Field::maybe(to.as_deref()),
            ],
            Change::AccessChanged {
                principal,
                gained,
                lost,
            } => {
                let lost = lost.iter().map(|action| action.as_str());
                let gained = gained.iter().map(|action| action.as_str());
                [text(principal), words(lost), words(gained)]
            }
        }
    }
}

impl From<Change> for What {
    fn from(change: Change) -> Self {
        Self::Change(change)
    }
}

impl Difference {
    /// Its row under [`COLUMNS`].
    pub fn row(&self) -> Row {
        let [subject, from, to] = self.what.told();
        vec![
            Field::Text(self.login_server.to_string()),
            Field::maybe(self.repository.as_ref().map(ToString::to_string)),
            Field::Text(self.what.kind().to_owned()),
            subject,
            from,
            to,
        ]
    }
}

fn words<'w>(words: impl Iterator<Item = &'w str>) -> Field {
    let words: Vec<String> = words.map(str::to_owned).collect();
    match words.is_empty() {
        true => Field::Absent,
        false => Field::List(words),
    }
}

/// A value of the ARM resource, in one line.
fn value(value: Option<&Value>) -> Field {
    match value {
        None => Field::Absent,
        Some(Value::String(text)) => Field::Text(text.clone()),
        Some(value) => Field::Text(value.to_string()),
    }
}

/// The switches that differ, before and after.
fn switches(from: &ChangeableAttributes, to: &ChangeableAttributes) -> (String, String) {
    let named = |switches: &ChangeableAttributes| {
        let flag = |flag: Option<bool>| flag.map(|flag| flag.to_string());
        [
            ("deleteEnabled", flag(switches.delete_enabled)),
            ("writeEnabled", flag(switches.write_enabled)),
            ("readEnabled", flag(switches.read_enabled)),
            ("listEnabled", flag(switches.list_enabled)),
            ("quarantineState", switches.quarantine_state.clone()),
        ]
    };
    let (from, to) = (named(from), named(to));
    let other = |these: &[(&str, Option<String>)], those: &[(&str, Option<String>)]| {
        let differing = these.iter().zip(those).filter(|(this, that)| this.1 != that.1);
        let words = differing.filter_map(|((name, value), _)| Some(format!("{name}={}", value.as_ref()?)));
        words.collect::<Vec<_>>().join(" ")
    };
    (other(&from, &to), other(&to, &from))
}

#[cfg(test)]
mod tests;
