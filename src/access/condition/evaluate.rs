//! What a condition answers for one permission and one repository.

use super::super::name_pattern::{self, NamePattern};
use super::super::role::PermissionPattern;
use super::super::truth::Truth;
use super::expression::{Attribute, Expression, Literal, Operator, Quantifier, StringOperator, Values};

impl Expression {
    /// Whether it holds when `permission` is asked for on `repository`; none: the request names no repository, and what
    /// asks for its name is `Unknown`.
    pub fn evaluate(&self, permission: &str, repository: Option<&str>) -> Truth {
        match self {
            Self::ActionMatches(patterns) => match patterns.as_slice() {
                [pattern] if !pattern.contains('*') => pattern.eq_ignore_ascii_case(permission).into(),
                [pattern] => PermissionPattern::new(pattern).matches(permission).into(),
                _ => Truth::Unknown,
            },
            Self::SubOperationMatches(_) => Truth::Unknown,
            Self::Exists(attribute) => match repository {
                Some(_) if attribute.is_repository_name() => Truth::True,
                _ => Truth::Unknown,
            },
            Self::Compare {
                attribute,
                quantifier,
                operator,
                values,
            } => {
                let (Some(name), Some(comparison)) =
                    (repository, NameComparison::of(attribute, *quantifier, operator, values))
                else {
                    return Truth::Unknown;
                };
                comparison.evaluate(name)
            }
            Self::Not(inner) => !inner.evaluate(permission, repository),
            Self::And(parts) => Truth::all(parts.iter().map(|part| part.evaluate(permission, repository))),
            Self::Or(parts) => Truth::any(parts.iter().map(|part| part.evaluate(permission, repository))),
        }
    }

    /// The patterns over repository names in it, each once, in order.
    pub fn name_patterns(&self) -> Vec<NamePattern> {
        let mut patterns = Vec::new();
        self.collect(&mut patterns);
        patterns.sort();
        patterns.dedup();
        patterns
    }

    fn collect(&self, patterns: &mut Vec<NamePattern>) {
        match self {
            Self::ActionMatches(_) | Self::SubOperationMatches(_) | Self::Exists(_) => {}
            Self::Compare {
                attribute,
                quantifier,
                operator,
                values,
            } => {
                if let Some(comparison) = NameComparison::of(attribute, *quantifier, operator, values) {
                    patterns.extend(comparison.patterns());
                }
            }
            Self::Not(inner) => inner.collect(patterns),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.collect(patterns)),
        }
    }
}

/// A comparison of the repository's name that is understood. A repository has one name, so the quantifier's left half
/// says nothing; its right half says whether one value is enough or all are needed.
struct NameComparison<'e> {
    operator: StringOperator,
    values: &'e [Literal],
    all: bool,
}

impl<'e> NameComparison<'e> {
    fn of(
        attribute: &Attribute,
        quantifier: Option<Quantifier>,
        operator: &Operator,
        values: &'e Values,
    ) -> Option<Self> {
        let Operator::String(operator) = operator else {
            return None;
        };
        let values = match values {
            Values::One(literal) => std::slice::from_ref(literal),
            // Several values need a quantifier; without one no source says how they count.
            Values::Set(literals) if quantifier.is_some() || literals.len() == 1 => literals.as_slice(),
            Values::Set(_) | Values::Attribute(_) => return None,
        };
        let are_texts = values.iter().all(|literal| matches!(literal, Literal::Text(_)));
        (are_texts && attribute.is_repository_name()).then_some(Self {
            operator: *operator,
            values,
            all: matches!(quantifier, Some(Quantifier::AnyOfAll | Quantifier::AllOfAll)),
        })
    }

    fn texts(&self) -> impl Iterator<Item = &'e str> + use<'e> {
        self.values.iter().filter_map(|literal| match literal {
            Literal::Text(text) => Some(text.as_str()),
            Literal::Bare(_) => None,
        })
    }

    fn evaluate(&self, name: &str) -> Truth {
        let StringOperator {
            comparison,
            negated,
            ignore_case,
        } = self.operator;
        let truths = self.texts().map(|value| {
            let matched = name_pattern::matches(comparison, ignore_case, value, name);
            if negated { !matched } else { matched }
        });
        if self.all {
            Truth::all(truths)
        } else {
            Truth::any(truths)
        }
    }

    fn patterns(&self) -> impl Iterator<Item = NamePattern> {
        let operator = self.operator;
        self.texts().map(move |value| NamePattern {
            comparison: operator.comparison,
            ignore_case: operator.ignore_case,
            value: value.to_owned(),
        })
    }
}
