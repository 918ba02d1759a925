//! An ARM resource as rules read it: by path, caseless, with absence kept apart from false.

use serde_json::Value;

use super::answer::{Early, Quote, unknown};

/// A resource, and what it was read with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body<'a> {
    value: &'a Value,
    api_version: &'a str,
}

impl<'a> Body<'a> {
    pub(super) fn new(value: &'a Value, api_version: &'a str) -> Self {
        Self { value, api_version }
    }

    /// The value at a dotted path. Null counts as absent: ARM sends either for "not set".
    pub(super) fn at(&self, path: &str) -> Option<&'a Value> {
        at(self.value, path)
    }

    /// A boolean; none when absent.
    pub(super) fn flag(&self, path: &str) -> Result<Option<bool>, Early> {
        match self.at(path) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.strange(path)),
        }
    }

    /// A boolean that has to be there.
    pub(super) fn required_flag(&self, path: &str) -> Result<bool, Early> {
        self.flag(path)?.ok_or_else(|| self.absent(path))
    }

    /// One of the words of an enumeration, as we spell it (ARM varies the case); none when absent. A word that we do not
    /// know is unknown, not the nearest one we do.
    pub(super) fn word(&self, path: &str, words: &[&'static str]) -> Result<Option<&'static str>, Early> {
        let Some(value) = self.at(path) else {
            return Ok(None);
        };
        let found = value
            .as_str()
            .and_then(|text| words.iter().find(|word| word.eq_ignore_ascii_case(text.trim())));
        found.copied().map(Some).ok_or_else(|| self.strange(path))
    }

    /// A word that has to be there.
    pub(super) fn required_word(&self, path: &str, words: &[&'static str]) -> Result<&'static str, Early> {
        self.word(path, words)?.ok_or_else(|| self.absent(path))
    }

    /// A policy's or feature's `enabled` or `disabled`, which has to be there.
    pub(super) fn enabled(&self, path: &str) -> Result<bool, Early> {
        Ok(self.required_word(path, &["enabled", "disabled"])? == "enabled")
    }

    /// What the resource was read with.
    pub(super) fn api_version(&self) -> &'a str {
        self.api_version
    }

    /// The raw values at these paths, null where absent.
    pub(super) fn quote(&self, paths: &[&str]) -> Quote {
        paths.iter().fold(Quote::read_with(self.api_version), |quote, path| {
            quote.and(path, self.at(path).cloned().unwrap_or_default())
        })
    }

    /// The unknown for a property that is not there.
    pub(super) fn absent(&self, path: &str) -> Early {
        let sentence = format!("API version {} answered without {path}.", self.api_version);
        unknown(self.quote(&[path]), sentence)
    }

    /// The unknown for a value of the wrong kind, or a word from a newer service.
    pub(super) fn strange(&self, path: &str) -> Early {
        unknown(
            self.quote(&[path]),
            format!("{path} has a value that is not known here."),
        )
    }

    /// Whether it was read with a version older than the one that brought a property. Versions begin with their date.
    pub(super) fn is_older_than(&self, since: &str) -> bool {
        self.api_version.get(..since.len()).is_none_or(|date| date < since)
    }
}

/// The value at a dotted path of any JSON; null counts as absent.
pub(super) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(value, |value, key| value.get(key))
        .filter(|value| !value.is_null())
}

/// Text at a dotted path.
pub(super) fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    at(value, path).and_then(Value::as_str)
}

/// Whether the text at a path is this word, in any case.
pub(super) fn is(value: &Value, path: &str, word: &str) -> bool {
    text(value, path).is_some_and(|text| text.eq_ignore_ascii_case(word))
}

/// The name of a sub-resource, or a mark for one without.
pub(super) fn name(value: &Value) -> &str {
    text(value, "name").unwrap_or("(unnamed)")
}
