//! What went wrong, as values that stand in the documents.

use serde::{Deserialize, Serialize};

/// How much of a scope an observation covers. Only `Complete` may remove a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Completeness {
    /// Everything the identity may list was read to its end.
    Complete,
    /// Something is missing; the problems beside it say what.
    Partial,
    /// 401 or 403: nothing could be read for lack of a role or because of the firewall.
    Forbidden,
    /// The service kept asking us to wait.
    Throttled,
    /// No answer: DNS, TLS, connection, time-out, server errors.
    Unreachable,
}

impl Completeness {
    /// The lower-case word used in documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Forbidden => "forbidden",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
        }
    }
}

/// One thing that went wrong, with where and what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Stable code, kebab-case, e.g. `insufficient-scope`, `count-mismatch`.
    pub code: String,
    /// The repository concerned; absent when it is the whole registry or run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// What was tried on what and what came back; at most 512 characters, no control characters.
    pub message: String,
}

impl Problem {
    /// A problem of the whole registry or run.
    pub fn new(code: &str, message: impl std::fmt::Display) -> Self {
        Self {
            code: code.to_owned(),
            repository: None,
            message: sanitize(&message.to_string()),
        }
    }

    /// The same problem, said of a repository.
    pub fn of(mut self, repository: &crate::names::RepositoryName) -> Self {
        self.repository = Some(repository.to_string());
        self
    }
}

/// Cuts text from outside to 512 characters and replaces control characters, so that it cannot break a log or a page.
pub fn sanitize(text: &str) -> String {
    text.chars()
        .take(512)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// A bounded list: the first problems in full, all of them counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problems {
    /// How many there were in all.
    pub count: u64,
    /// The first [`Problems::KEPT`] of them.
    pub first: Vec<Problem>,
}

impl Problems {
    /// So many are kept in full; a document must stay small whatever a registry does.
    pub const KEPT: usize = 100;

    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.count += 1;
        if self.first.len() < Self::KEPT {
            self.first.push(problem);
        }
    }

    /// Adds those of another list.
    pub fn append(&mut self, other: Self) {
        self.count += other.count;
        let room = Self::KEPT.saturating_sub(self.first.len());
        self.first.extend(other.first.into_iter().take(room));
    }

    /// Adds all.
    pub fn extend(&mut self, problems: impl IntoIterator<Item = Problem>) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }
}

#[cfg(test)]
mod tests {
    use super::{Problem, Problems, sanitize};

    #[test]
    fn hostile_text_is_cut_and_cleaned() {
        let clean = sanitize(&format!("\u{1b}]0;x\u{7}\n{}", "y".repeat(1000)));
        assert_eq!(clean.chars().count(), 512);
        assert!(!clean.chars().any(char::is_control));
    }

    #[test]
    fn list_is_bounded_but_counts_all() {
        let mut problems = Problems::default();
        problems.extend((0..1000).map(|n| Problem::new("x", n)));
        assert_eq!((problems.count, problems.first.len()), (1000, Problems::KEPT));
    }
}
