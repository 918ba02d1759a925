//! The fields of one waiver, each with what can be wrong with it.

use globset::{GlobBuilder, GlobMatcher};
use time::Date;
use time::macros::format_description;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::super::super::rule::{Category, RULES};
use super::WaiverError;

/// A file that is being read, and its mistakes so far.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) today: Date,
    pub(super) errors: Vec<WaiverError>,
}

/// One waiver that is being read.
pub(super) struct Fields<'r, 't> {
    pub(super) table: &'r DeTable<'t>,
    pub(super) number: usize,
    pub(super) at: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn required(&mut self, fields: &Fields<'_, 't>, field: &str) -> Option<String> {
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

    pub(super) fn rule(&mut self, fields: &Fields<'_, 't>, id: String) -> Option<String> {
        let Some(rule) = RULES.iter().find(|rule| rule.id == id) else {
            return self.refuse(fields, "rule", format!("no rule has the id {id:?}"));
        };
        if fields.get("repository").is_some() && rule.category != Category::Inventory {
            let why = format!("{id} is about the registry as a whole, and not about some of its repositories");
            return self.refuse(fields, "repository", why);
        }
        Some(id)
    }

    pub(super) fn pattern(&mut self, fields: &Fields<'_, 't>, field: &str) -> Option<(String, GlobMatcher)> {
        let text = self.required(fields, field)?;
        match GlobBuilder::new(&text).case_insensitive(true).build() {
            Ok(glob) => Some((text, glob.compile_matcher())),
            Err(error) => self.refuse(fields, field, error.to_string()),
        }
    }

    /// The last day, which must not be over.
    pub(super) fn expires(&mut self, fields: &Fields<'_, 't>) -> Option<String> {
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

    pub(super) fn say(&mut self, at: usize, waiver: Option<usize>, field: Option<&str>, why: String) {
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
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let begin = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before.get(begin..).unwrap_or_default().chars().count() + 1;
        (before.matches('\n').count() + 1, column)
    }
}

impl<'r, 't> Fields<'r, 't> {
    pub(super) fn get(&self, field: &str) -> Option<&'r Spanned<DeValue<'t>>> {
        let is_it = |key: &Spanned<DeString<'t>>| key.get_ref().as_ref() == field;
        self.table.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value)
    }
}
