//! Why a condition is not understood.

use super::super::token::Token;

/// Why a condition was not understood, where, and what would have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("condition not understood at byte {position}: expected {expected}, found {found}")]
pub struct ConditionError {
    /// Byte offset in the text.
    pub position: usize,
    /// What the grammar allows there.
    pub expected: &'static str,
    /// What stands there, cut to a few words.
    pub found: String,
}

impl ConditionError {
    pub(in super::super) fn expected(expected: &'static str, position: usize, found: &str) -> Self {
        Self {
            position,
            expected,
            found: found.to_owned(),
        }
    }

    pub(in super::super) fn version(version: &str) -> Self {
        let shown: String = version.chars().take(16).collect();
        Self::expected("condition version 2.0", 0, &format!("version {shown:?}"))
    }
}

/// What stands there is not what the grammar allows there.
pub(super) fn unexpected(expected: &'static str, position: usize, token: Option<Token<'_>>) -> ConditionError {
    let found = token.map_or_else(|| "the end".to_owned(), |token| token.to_string());
    ConditionError::expected(expected, position, &found)
}
