//! Patterns over repository names: the atoms of conditions and of scope maps.

use serde::{Deserialize, Serialize};

use super::glob::{self, Step};
use super::truth::Truth;

/// How a value is compared with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// The whole name.
    Equals,
    /// The beginning of the name.
    StartsWith,
    /// With `*` and `?`, which a backslash makes ordinary.
    Like,
}

/// One value that names are compared with. Repositories with equal answers from every pattern are alike to every
/// condition and scope map made of these patterns.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamePattern {
    /// How it is compared.
    pub comparison: Comparison,
    /// Whether case matters not. Repository names have lower-case letters only.
    pub ignore_case: bool,
    /// The value as written.
    pub value: String,
}

impl NamePattern {
    /// A pattern that minds case.
    pub fn new(comparison: Comparison, value: &str) -> Self {
        Self {
            comparison,
            ignore_case: false,
            value: value.to_owned(),
        }
    }

    /// Whether a repository of this name matches; see [`matches()`].
    pub fn matches(&self, name: &str) -> Truth {
        matches(self.comparison, self.ignore_case, &self.value, name)
    }

    /// Whether a source says what the value means.
    pub fn is_understood(&self) -> bool {
        is_understood(self.comparison, &self.value)
    }

    /// The prefix, when this matches by prefix and the prefix does not end with `/`: `team` also matches
    /// `team-secrets`. A `Like` value matches by prefix when its only wildcard is a `*` at the end; `*` alone is meant
    /// to match everything.
    pub fn open_prefix(&self) -> Option<&str> {
        let prefix = match self.comparison {
            Comparison::Equals => None,
            Comparison::StartsWith => Some(self.value.as_str()),
            Comparison::Like => self
                .value
                .strip_suffix('*')
                .filter(|prefix| !prefix.is_empty() && !prefix.contains(['*', '?', '\\'])),
        };
        prefix.filter(|prefix| !prefix.ends_with('/'))
    }
}

/// Whether a name compares with a value. `Unknown` for values whose meaning no source gives: empty, outside ASCII, or with
/// a backslash that escapes neither `*` nor `?`. Such a value is unknown for every name alike.
pub fn matches(comparison: Comparison, ignore_case: bool, value: &str, name: &str) -> Truth {
    if !is_understood(comparison, value) {
        return Truth::Unknown;
    }
    let (bytes, name) = (value.as_bytes(), name.as_bytes());
    let same = |part: &[u8]| part == bytes || (ignore_case && part.eq_ignore_ascii_case(bytes));
    Truth::from(match comparison {
        Comparison::Equals => same(name),
        Comparison::StartsWith => name.get(..bytes.len()).is_some_and(same),
        Comparison::Like => glob::matches(&steps(value), name, ignore_case),
    })
}

fn is_understood(comparison: Comparison, value: &str) -> bool {
    let escapes_well = || {
        let mut rest = value.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'\\' && !matches!(rest.next(), Some(b'*' | b'?')) {
                return false;
            }
        }
        true
    };
    !value.is_empty()
        && value.is_ascii()
        && match comparison {
            Comparison::Like => escapes_well(),
            Comparison::Equals | Comparison::StartsWith => !value.contains('\\'),
        }
}

impl std::fmt::Display for NamePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = match self.comparison {
            Comparison::Equals => "is",
            Comparison::StartsWith => "begins with",
            Comparison::Like => "is like",
        };
        let case = if self.ignore_case { " (in any case)" } else { "" };
        write!(f, "{words} {:?}{case}", self.value)
    }
}

fn steps(value: &str) -> Vec<Step> {
    let mut bytes = value.bytes();
    let mut steps = Vec::new();
    while let Some(byte) = bytes.next() {
        steps.push(match byte {
            b'*' => Step::Any,
            b'?' => Step::One,
            b'\\' => Step::Byte(bytes.next().unwrap_or(b'\\')),
            _ => Step::Byte(byte),
        });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::{Comparison, NamePattern, Truth};

    fn pattern(comparison: Comparison, value: &str) -> NamePattern {
        NamePattern::new(comparison, value)
    }

    #[test]
    fn team_is_not_team_secrets() {
        assert_eq!(
            pattern(Comparison::Equals, "team").matches("team-secrets"),
            Truth::False
        );
        let open = pattern(Comparison::StartsWith, "team");
        assert_eq!(open.matches("team-secrets/app"), Truth::True);
        assert_eq!(open.open_prefix(), Some("team"));
        let closed = pattern(Comparison::StartsWith, "team/");
        assert_eq!(closed.matches("team-secrets/app"), Truth::False);
        assert_eq!(closed.matches("team"), Truth::False);
        assert_eq!(closed.open_prefix(), None);
        assert_eq!(pattern(Comparison::Like, "team*").open_prefix(), Some("team"));
        assert_eq!(pattern(Comparison::Like, "team/*").open_prefix(), None);
        assert_eq!(pattern(Comparison::Like, "*").open_prefix(), None);
    }

    #[test]
    fn case_matters_unless_told() {
        let mut upper = pattern(Comparison::StartsWith, "Team/");
        assert_eq!(upper.matches("team/app"), Truth::False);
        upper.ignore_case = true;
        assert_eq!(upper.matches("team/app"), Truth::True);
    }

    #[test]
    fn values_without_a_known_meaning_are_unknown() {
        for (comparison, value) in [
            (Comparison::Equals, ""),
            (Comparison::StartsWith, ""),
            (Comparison::Equals, "a\\b"),
            (Comparison::Like, "a\\b"),
            (Comparison::Like, "a\\"),
            (Comparison::Equals, "ſ"),
        ] {
            assert_eq!(pattern(comparison, value).matches("s"), Truth::Unknown, "{value:?}");
        }
        assert_eq!(pattern(Comparison::Like, "a\\*b?*").matches("a*bcd"), Truth::True);
        assert_eq!(pattern(Comparison::Like, "a\\*").matches("ab"), Truth::False);
    }
}
