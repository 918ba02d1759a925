//! What a condition says, as a tree; its text form parses back to the same tree.

use std::fmt::{self, Display, Formatter};

use super::super::name_pattern::Comparison;

/// A condition or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// `ActionMatches{'…'}`: the permission asked for follows a pattern. Several patterns in one set are parsed, but what
    /// they mean is not documented.
    ActionMatches(Vec<String>),
    /// `SubOperationMatches{'…'}`: registries document none.
    SubOperationMatches(Vec<String>),
    /// `Exists @Source[name]`: the request or resource has the attribute.
    Exists(Attribute),
    /// `@Source[name] Operator values`
    Compare {
        /// What is compared.
        attribute: Attribute,
        /// How several values are counted.
        quantifier: Option<Quantifier>,
        /// How one value is compared.
        operator: Operator,
        /// With what.
        values: Values,
    },
    /// `!(…)`
    Not(Box<Expression>),
    /// `… AND …`, two or more.
    And(Vec<Expression>),
    /// `… OR …`, two or more.
    Or(Vec<Expression>),
}

/// Where an attribute is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `@Request`
    Request,
    /// `@Resource`
    Resource,
    /// `@Principal`
    Principal,
    /// `@Environment`
    Environment,
}

impl Source {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Request, "Request"),
        (Self::Resource, "Resource"),
        (Self::Principal, "Principal"),
        (Self::Environment, "Environment"),
    ];
}

/// `@Source[name]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Where it is taken from.
    pub source: Source,
    /// Its name.
    pub name: AttributeName,
}

/// The name of an attribute as written. The repository's is in nearly every condition, a hundred times in some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeName {
    /// The repository's name in a request to a registry, spelled as it is documented.
    Repository,
    /// Any other, or the same in another case.
    Other(String),
}

const REPOSITORY_NAME: &str = "Microsoft.ContainerRegistry/registries/repositories:name";

impl From<&str> for AttributeName {
    fn from(name: &str) -> Self {
        match name {
            REPOSITORY_NAME => Self::Repository,
            name => Self::Other(name.to_owned()),
        }
    }
}

impl AttributeName {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Repository => REPOSITORY_NAME,
            Self::Other(name) => name,
        }
    }
}

impl Attribute {
    /// Whether it is the repository's name in a request to a registry.
    pub fn is_repository_name(&self) -> bool {
        self.source == Source::Request && self.has_repository_name()
    }

    /// Whether it is called like the repository's name, wherever it is taken from.
    pub(super) fn has_repository_name(&self) -> bool {
        match &self.name {
            AttributeName::Repository => true,
            AttributeName::Other(name) => name.eq_ignore_ascii_case(REPOSITORY_NAME),
        }
    }
}

/// `ForAnyOfAnyValues:` and the like: how many values on the left, then on the right, must satisfy the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// At least one on the left with at least one on the right.
    AnyOfAny,
    /// Every one on the left with at least one on the right.
    AllOfAny,
    /// At least one on the left with every one on the right.
    AnyOfAll,
    /// Every one on the left with every one on the right.
    AllOfAll,
}

impl Quantifier {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::AnyOfAny, "ForAnyOfAnyValues"),
        (Self::AllOfAny, "ForAllOfAnyValues"),
        (Self::AnyOfAll, "ForAnyOfAllValues"),
        (Self::AllOfAll, "ForAllOfAllValues"),
    ];
}

/// An operator over strings, e.g. `StringNotStartsWithIgnoreCase`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StringOperator {
    /// How.
    pub comparison: Comparison,
    /// `…Not…`
    pub negated: bool,
    /// `…IgnoreCase`
    pub ignore_case: bool,
}

/// How one value is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operator {
    /// Understood where it is about the repository's name.
    String(StringOperator),
    /// Over numbers, GUIDs, times, …: parsed, never evaluated.
    Other(String),
}

/// What stands right of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// One value.
    One(Literal),
    /// `{…, …}`, one or more.
    Set(Vec<Literal>),
    /// Another attribute.
    Attribute(Attribute),
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `'…'`
    Text(String),
    /// Without quotes: a GUID, a number, a time, true or false.
    Bare(String),
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::ActionMatches(patterns) => write_function(f, "ActionMatches", patterns),
            Self::SubOperationMatches(patterns) => write_function(f, "SubOperationMatches", patterns),
            Self::Exists(attribute) => write!(f, "Exists {attribute}"),
            Self::Compare {
                attribute,
                quantifier,
                operator,
                values,
            } => {
                write!(f, "{attribute} ")?;
                let words = Quantifier::ALL.iter().find(|(known, _)| Some(*known) == *quantifier);
                if let Some((_, word)) = words {
                    write!(f, "{word}:")?;
                }
                write!(f, "{operator} {values}")
            }
            Self::Not(inner) => write!(f, "!({inner})"),
            Self::And(parts) => write_joined(f, " AND ", parts),
            Self::Or(parts) => write_joined(f, " OR ", parts),
        }
    }
}

fn write_function(f: &mut Formatter<'_>, name: &str, patterns: &[String]) -> fmt::Result {
    let quoted: Vec<String> = patterns.iter().map(|pattern| format!("'{pattern}'")).collect();
    write!(f, "{name}{{{}}}", quoted.join(", "))
}

fn write_joined(f: &mut Formatter<'_>, sign: &str, parts: &[Expression]) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(sign)?;
        }
        // Leaves and negations hold together by themselves; what joins others needs its parentheses.
        match part {
            Expression::And(_) | Expression::Or(_) => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

impl Display for Attribute {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let source = Source::ALL.iter().find(|(source, _)| *source == self.source);
        write!(f, "@{}[{}]", source.map_or("", |(_, word)| word), self.name.as_str())
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(operator) => Display::fmt(operator, f),
            Self::Other(word) => f.write_str(word),
        }
    }
}

impl Display for StringOperator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let comparison = match self.comparison {
            Comparison::Equals => "Equals",
            Comparison::StartsWith => "StartsWith",
            Comparison::Like => "Like",
        };
        let negation = if self.negated { "Not" } else { "" };
        let case = if self.ignore_case { "IgnoreCase" } else { "" };
        write!(f, "String{negation}{comparison}{case}")
    }
}

impl Display for Values {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(literal) => Display::fmt(literal, f),
            Self::Set(literals) => {
                let shown: Vec<String> = literals.iter().map(Literal::to_string).collect();
                write!(f, "{{{}}}", shown.join(", "))
            }
            Self::Attribute(attribute) => Display::fmt(attribute, f),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Bare(text) => f.write_str(text),
        }
    }
}
