//! What went wrong, as values that stand in the documents.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::problem_code::ProblemCode;

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

/// The code of a problem as documents have it: one of ours, an Azure service's own, or one that only another version of
/// this program knows. It is the text itself, so that what is read is written back as it was, and a code of ours equals
/// itself wherever it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// The code that an Azure service gave. Codes of ours are made from [`ProblemCode`] alone.
    pub fn of_service(code: String) -> Self {
        Self(Cow::Owned(code))
    }

    /// The text in the documents.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<ProblemCode> for Code {
    fn from(code: ProblemCode) -> Self {
        Self(Cow::Borrowed(code.as_str()))
    }
}

impl PartialEq<ProblemCode> for Code {
    fn eq(&self, code: &ProblemCode) -> bool {
        self.as_str() == code.as_str()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that went wrong, with where and what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What programs may branch on, e.g. `insufficient-scope`, `count-mismatch`.
    pub code: Code,
    /// The repository concerned; absent when it is the whole registry or run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// What was tried on what and what came back; at most 512 characters, no control characters.
    pub message: String,
}

impl Problem {
    /// A problem of the whole registry or run.
    pub fn new(code: impl Into<Code>, message: impl fmt::Display) -> Self {
        Self {
            code: code.into(),
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
    use super::{Code, Problem, Problems, sanitize};
    use crate::inventory::problem_code::ProblemCode;

    #[test]
    fn hostile_text_is_cut_and_cleaned() {
        let clean = sanitize(&format!("\u{1b}]0;x\u{7}\n{}", "y".repeat(1000)));
        assert_eq!(clean.chars().count(), 512);
        assert!(!clean.chars().any(char::is_control));
    }

    #[test]
    fn code_is_the_same_text_whoever_made_it() {
        let stored = r#"{"code":"count-mismatch","repository":"app","message":"m"}"#;
        let ours = Problem {
            repository: Some("app".to_owned()),
            ..Problem::new(ProblemCode::CountMismatch, "m")
        };
        assert_eq!(serde_json::to_string(&ours).unwrap(), stored);
        assert_eq!(serde_json::from_str::<Problem>(stored).unwrap(), ours);
        let code = Code::of_service("AuthorizationFailed".to_owned());
        let written = serde_json::to_string(&Problem::new(code, "m")).unwrap();
        assert_eq!(written, r#"{"code":"AuthorizationFailed","message":"m"}"#);
    }

    #[test]
    fn codes_of_services_and_other_versions_come_back_as_they_were() {
        for code in ["AuthorizationFailed", "403", "a-code-of-tomorrow", "", "Grüße\"\n"] {
            let stored = serde_json::json!({"code": code, "message": "m"}).to_string();
            let problem: Problem = serde_json::from_str(&stored).unwrap();
            assert_eq!(serde_json::to_string(&problem).unwrap(), stored);
            assert!(ProblemCode::ALL.iter().all(|ours| problem.code != *ours), "{code}");
        }
    }

    #[test]
    fn list_is_bounded_but_counts_all() {
        let mut problems = Problems::default();
        problems.extend((0..1000).map(|n| Problem::new(ProblemCode::InvalidTag, n)));
        assert_eq!((problems.count, problems.first.len()), (1000, Problems::KEPT));
    }
}
