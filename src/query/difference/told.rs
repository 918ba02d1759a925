//! A change as people read it: a row of what it is about, what that was and what it is.

use serde_json::Value;

use super::{Difference, What};
use crate::inventory::change::Change;
use crate::inventory::repository::ChangeableAttributes;
use crate::query::row::{Columns, Field, Row};

/// Columns of what two snapshots tell apart; `subject` is a tag, a digest, a JSON pointer, a rule or a principal.
pub const COLUMNS: Columns = &["registry", "repository", "kind", "subject", "from", "to"];

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

impl What {
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
