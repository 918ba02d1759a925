//! Conditions of role assignments, in the language of Azure's attribute-based access control.
//!
//! A condition is parsed, never searched for words. What does not parse, what names an attribute other than the
//! repository's name, and what uses an operator that is not about strings evaluates to `Unknown`.
//! Grammar: <https://learn.microsoft.com/azure/role-based-access-control/conditions-format>

mod delegation;
mod evaluate;
mod expression;
mod parse;
mod token;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use delegation::{Delegation, Roles};
pub use expression::{
    Attribute, AttributeName, Expression, Literal, Operator, Quantifier, Source, StringOperator, Values,
};
pub use parse::{ConditionError, MAX_DEPTH, MAX_LENGTH, parse};

use super::name_pattern::NamePattern;
use super::permission::Permission;
use super::truth::Truth;

/// A condition as an assignment carries it: its text, and what it means where that is understood. Copies share both.
#[derive(Debug, Clone)]
pub struct Condition(Arc<Read>);

#[derive(Debug)]
struct Read {
    text: String,
    parsed: Result<Expression, ConditionError>,
}

impl Condition {
    /// From the two properties of an assignment; none when there is no condition. Only version 2.0 is understood; it is
    /// also what an absent version stands for.
    pub fn from_arm(text: Option<&str>, version: Option<&str>) -> Option<Self> {
        let text = text.filter(|text| !text.trim().is_empty())?;
        let parsed = match version {
            None | Some("" | "2.0") => parse(text),
            Some(version) => Err(ConditionError::version(version)),
        };
        Some(Self(Arc::new(Read {
            text: text.to_owned(),
            parsed,
        })))
    }

    /// The condition as written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What it says, or why that is not understood.
    pub fn parsed(&self) -> Result<&Expression, &ConditionError> {
        self.0.parsed.as_ref()
    }

    /// Whether it holds when `permission` is asked for on `repository` (none: the request names no repository).
    pub fn evaluate(&self, permission: &str, repository: Option<&str>) -> Truth {
        match &self.0.parsed {
            Ok(_) if permission.eq_ignore_ascii_case(Permission::RoleAssignmentsWrite.name()) => {
                self.delegation().allowed
            }
            Ok(expression) => expression.evaluate(permission, repository),
            Err(_) => Truth::Unknown,
        }
    }

    /// What it leaves of the right to assign roles.
    pub fn delegation(&self) -> Delegation {
        let parsed = self.0.parsed.as_ref();
        parsed.map_or_else(|_| Delegation::undecided(), Expression::delegation)
    }

    /// What in it is not decided whatever is asked for, in words; none where all of it is.
    pub fn undecided(&self) -> Option<String> {
        match &self.0.parsed {
            Ok(expression) => expression.undecided(),
            Err(error) => Some(error.to_string()),
        }
    }

    /// The patterns over repository names in it, each once. Repositories that match the same ones are alike to it.
    pub fn name_patterns(&self) -> Vec<NamePattern> {
        self.0
            .parsed
            .as_ref()
            .map(Expression::name_patterns)
            .unwrap_or_default()
    }

    /// The prefixes in it that do not end with `/` and so match more than the folder they name.
    pub fn open_prefixes(&self) -> Vec<String> {
        let patterns = self.name_patterns();
        let prefixes = patterns.iter().filter_map(NamePattern::open_prefix);
        prefixes.map(str::to_owned).collect()
    }
}

/// Equal when they are written alike and understood alike: the same text can be understood in one version and not in
/// another.
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        (self.text(), self.parsed().is_ok()) == (other.text(), other.parsed().is_ok())
    }
}

impl Eq for Condition {}

impl Hash for Condition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.text(), self.parsed().is_ok()).hash(state);
    }
}

#[cfg(test)]
mod tests;
