//! The file of waivers: TOML, one `[[waiver]]` each. Every mistake is told with its place, all of them at once.

mod fields;

use time::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, Waiver};
use fields::{Fields, Reader};

/// Something in a file of waivers that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct WaiverError {
    /// Where, from 1.
    pub line: usize,
    pub column: usize,
    /// Which waiver of the file, from 1; none where it is about none of them.
    pub waiver: Option<usize>,
    /// Which of its fields.
    pub field: Option<String>,
    pub why: String,
}

impl std::fmt::Display for WaiverError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, column, why, .. } = self;
        write!(f, "{line}:{column}: ")?;
        match (self.waiver, &self.field) {
            (Some(number), Some(field)) => write!(f, "waiver {number}, {field}: {why}"),
            (Some(number), None) => write!(f, "waiver {number}: {why}"),
            (None, Some(field)) => write!(f, "{field}: {why}"),
            (None, None) => f.write_str(why),
        }
    }
}

const FIELDS: [&str; 6] = ["rule", "registry", "repository", "reason", "owner", "expires"];

/// Reads the waivers of a file as they count on this day.
///
/// # Errors
/// Every mistake in the order of the file: one is no ground to leave a waiver out, because findings would count again
/// or, worse, not count.
pub fn parse(text: &str, today: Date) -> Result<Vec<Entry>, Vec<WaiverError>> {
    let mut reader = Reader {
        text,
        today,
        errors: Vec::new(),
    };
    let entries = reader.file();
    match reader.errors.is_empty() {
        true => Ok(entries),
        false => {
            reader.errors.sort_by_key(|error| (error.line, error.column));
            Err(reader.errors)
        }
    }
}

impl<'t> Reader<'t> {
    fn file(&mut self) -> Vec<Entry> {
        let table = match DeTable::parse(self.text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                self.say(at, None, None, error.message().to_owned());
                return Vec::new();
            }
        };
        let mut entries = Vec::new();
        for (key, value) in &table {
            let at = key.span().start;
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("waiver", DeValue::Array(waivers)) => {
                    for (place, waiver) in waivers.iter().enumerate() {
                        entries.extend(self.waiver(place + 1, waiver));
                    }
                }
                ("waiver", _) => self.say(at, None, Some("waiver"), "write each one as [[waiver]]".to_owned()),
                (other, _) => self.say(
                    at,
                    None,
                    Some(other),
                    "not known here: each one is a [[waiver]]".to_owned(),
                ),
            }
        }
        entries
    }

    fn waiver(&mut self, number: usize, value: &Spanned<DeValue<'t>>) -> Option<Entry> {
        let at = value.span().start;
        let DeValue::Table(table) = value.get_ref() else {
            self.say(at, Some(number), None, "write each one as [[waiver]]".to_owned());
            return None;
        };
        for (key, _) in table
            .iter()
            .filter(|(key, _)| !FIELDS.contains(&key.get_ref().as_ref()))
        {
            let why = format!("not a field; fields are {}", FIELDS.join(", "));
            self.say(key.span().start, Some(number), Some(key.get_ref()), why);
        }
        let fields = Fields { table, number, at };
        // Each is looked at before any is needed, so that all mistakes are told.
        let rule = self.required(&fields, "rule").and_then(|id| self.rule(&fields, id));
        let registry = self.pattern(&fields, "registry");
        let repository = match fields.get("repository") {
            Some(_) => self.pattern(&fields, "repository").map(Some),
            None => Some(None),
        };
        let (reason, owner) = (self.required(&fields, "reason"), self.required(&fields, "owner"));
        let expires = self.expires(&fields);
        let (registry, registry_pattern) = registry?;
        let (repository, repository_pattern) = repository?.unzip();
        Some(Entry {
            number,
            line: self.place(at).0,
            rule: rule?,
            waiver: Waiver {
                registry,
                repository,
                reason: reason?,
                owner: owner?,
                expires: expires?,
            },
            registry: registry_pattern,
            repository: repository_pattern,
        })
    }
}
