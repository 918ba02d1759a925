//! Words of the language: attributes, operators, and what may stand for a value.

use super::super::super::name_pattern::Comparison;
use super::super::expression::{Attribute, Operator, Quantifier, Source, StringOperator};
use super::super::token::Token;
use super::{ConditionError, unexpected};

/// Words of the language are not values, so that a forgotten value is an error and not the next word.
pub(super) fn is_bare(word: &str) -> bool {
    !["AND", "OR", "NOT", "ActionMatches", "SubOperationMatches", "Exists"]
        .iter()
        .any(|reserved| word.eq_ignore_ascii_case(reserved))
}

pub(super) fn attribute(source: &str, name: &str, position: usize) -> Result<Attribute, ConditionError> {
    let known = Source::ALL.iter().find(|(_, word)| word.eq_ignore_ascii_case(source));
    let Some((source, _)) = known else {
        let shown: String = source.chars().take(40).collect();
        return Err(ConditionError::expected(
            "@Request, @Resource, @Principal or @Environment",
            position,
            &format!("{shown:?}"),
        ));
    };
    Ok(Attribute {
        source: *source,
        name: name.into(),
    })
}

/// An operator with its quantifier. Families of operators that are not about strings are known by their first word.
pub(super) fn operator(word: &str, position: usize) -> Result<(Option<Quantifier>, Operator), ConditionError> {
    let (quantifier, name) = match word.split_once(':') {
        Some((first, name)) => {
            let known = Quantifier::ALL
                .iter()
                .find(|(_, known)| known.eq_ignore_ascii_case(first));
            let Some((quantifier, _)) = known else {
                return Err(unexpected(
                    "ForAnyOfAnyValues or its siblings",
                    position,
                    Some(Token::Word(word)),
                ));
            };
            (Some(*quantifier), name)
        }
        None => (None, word),
    };
    let lower = name.to_ascii_lowercase();
    if let Some(operator) = string_operator(&lower) {
        return Ok((quantifier, Operator::String(operator)));
    }
    let families = ["string", "numeric", "bool", "guid", "datetime", "time", "ip", "version"];
    if families.iter().any(|family| lower.starts_with(family)) && !name.contains(':') {
        return Ok((quantifier, Operator::Other(name.to_owned())));
    }
    Err(unexpected(
        "an operator such as StringEquals",
        position,
        Some(Token::Word(word)),
    ))
}

fn string_operator(lower: &str) -> Option<StringOperator> {
    let rest = lower.strip_prefix("string")?;
    let (negated, rest) = rest.strip_prefix("not").map_or((false, rest), |rest| (true, rest));
    let (ignore_case, rest) = rest
        .strip_suffix("ignorecase")
        .map_or((false, rest), |rest| (true, rest));
    let comparison = match rest {
        "equals" => Comparison::Equals,
        "startswith" => Comparison::StartsWith,
        "like" => Comparison::Like,
        _ => return None,
    };
    Some(StringOperator {
        comparison,
        negated,
        ignore_case,
    })
}
