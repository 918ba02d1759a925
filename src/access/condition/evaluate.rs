//! What a condition answers for one permission and one repository.

use super::super::name_pattern::{self, NamePattern};
use super::super::role::PermissionPattern;
use super::super::truth::Truth;
use super::expression::{Attribute, Expression, Literal, Operator, Quantifier, Source, StringOperator, Values};

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

    /// The first part that no request to a registry decides, in words, with what was probably meant.
    pub fn undecided(&self) -> Option<String> {
        match self {
            Self::ActionMatches(patterns) if patterns.len() > 1 => {
                Some("what several patterns in one ActionMatches mean is not documented".to_owned())
            }
            Self::ActionMatches(_) => None,
            Self::SubOperationMatches(_) => Some("registries document no suboperation, and it asks for one".to_owned()),
            Self::Exists(attribute) => not_told(attribute),
            Self::Compare { attribute, .. } if attribute.is_of_assignments() => None,
            Self::Compare {
                attribute,
                quantifier,
                operator,
                values,
            } => not_told(attribute)
                .or_else(|| match values {
                    Values::Attribute(other) => not_told(other),
                    _ => None,
                })
                .or_else(|| {
                    let is_understood = NameComparison::of(attribute, *quantifier, operator, values).is_some();
                    (!is_understood).then(|| {
                        let compared = format!("{attribute} by {operator}");
                        format!("it compares {compared} with {values}, of which it is not documented what it means")
                    })
                }),
            Self::Not(inner) => inner.undecided(),
            Self::And(parts) | Self::Or(parts) => parts.iter().find_map(Self::undecided),
        }
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

/// Says of an attribute that a request does not tell it.
fn not_told(attribute: &Attribute) -> Option<String> {
    if attribute.is_repository_name() || attribute.is_of_assignments() {
        return None;
    }
    let requested = Attribute {
        source: Source::Request,
        ..attribute.clone()
    };
    let cure = match attribute.has_repository_name() {
        true => format!("; {requested} is what it tells, and probably what is meant"),
        false => String::new(),
    };
    Some(format!(
        "it asks for {attribute}, which a request to the registry does not tell{cure}"
    ))
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
