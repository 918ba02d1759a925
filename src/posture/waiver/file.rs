//! The file of waivers: TOML, one `[[waiver]]` each. Every mistake is told with its place, all of them at once.

use globset::{GlobBuilder, GlobMatcher};
use time::Date;
use time::macros::format_description;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::super::rule::{Category, RULES};
use super::{Entry, Waiver};

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

struct Reader<'t> {
    text: &'t str,
    today: Date,
    errors: Vec<WaiverError>,
}

/// One waiver that is being read.
struct Fields<'r, 't> {
    table: &'r DeTable<'t>,
    number: usize,
    at: usize,
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

    fn required(&mut self, fields: &Fields<'_, 't>, field: &str) -> Option<String> {
        let Some(value) = fields.get(field) else {
            self.say(fields.at, Some(fields.number), Some(field), "missing".to_owned());
            return None;
        };
        let why = match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => return Some(text.trim().to_owned()),
            DeValue::String(_) => "it is empty",
            _ => "not a text in quotes",
        };
        self.say(value.span().start, Some(fields.number), Some(field), why.to_owned());
        None
    }

    fn rule(&mut self, fields: &Fields<'_, 't>, id: String) -> Option<String> {
        let Some(rule) = RULES.iter().find(|rule| rule.id == id) else {
            return self.refuse(fields, "rule", format!("no rule has the id {id:?}"));
        };
        if fields.get("repository").is_some() && rule.category != Category::Inventory {
            let why = format!("{id} is about the registry as a whole, and not about some of its repositories");
            return self.refuse(fields, "repository", why);
        }
        Some(id)
    }

    fn pattern(&mut self, fields: &Fields<'_, 't>, field: &str) -> Option<(String, GlobMatcher)> {
        let text = self.required(fields, field)?;
        match GlobBuilder::new(&text).case_insensitive(true).build() {
            Ok(glob) => Some((text, glob.compile_matcher())),
            Err(error) => self.refuse(fields, field, error.to_string()),
        }
    }

    /// The last day, which must not be over.
    fn expires(&mut self, fields: &Fields<'_, 't>) -> Option<String> {
        const FIELD: &str = "expires";
        let Some(value) = fields.get(FIELD) else {
            return self.refuse(fields, FIELD, "missing".to_owned());
        };
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        match Date::parse(&text, format_description!("[year]-[month]-[day]")) {
            Ok(last) if last >= self.today => Some(text),
            Ok(_) => self.refuse(fields, FIELD, format!("it expired: its last day was {text}")),
            Err(_) => self.refuse(fields, FIELD, "not a day such as 2026-12-31".to_owned()),
        }
    }

    fn refuse<T>(&mut self, fields: &Fields<'_, 't>, field: &str, why: String) -> Option<T> {
        let at = fields.get(field).map_or(fields.at, |value| value.span().start);
        self.say(at, Some(fields.number), Some(field), why);
        None
    }

    fn say(&mut self, at: usize, waiver: Option<usize>, field: Option<&str>, why: String) {
        let (line, column) = self.place(at);
        self.errors.push(WaiverError {
            line,
            column,
            waiver,
            field: field.map(str::to_owned),
            why,
        });
    }

    /// Line and column of a byte, from 1.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let begin = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before.get(begin..).unwrap_or_default().chars().count() + 1;
        (before.matches('\n').count() + 1, column)
    }
}

impl<'r, 't> Fields<'r, 't> {
    fn get(&self, field: &str) -> Option<&'r Spanned<DeValue<'t>>> {
        let is_it = |key: &Spanned<DeString<'t>>| key.get_ref().as_ref() == field;
        self.table.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value)
    }
}
