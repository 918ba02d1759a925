//! From the text of a condition to its tree, with bounded length and depth.

use super::super::name_pattern::Comparison;
use super::expression::{Attribute, Expression, Literal, Operator, Quantifier, Source, StringOperator, Values};
use super::token::{self, Token};

/// Longest condition that is parsed, in bytes; ARM takes a fraction of that.
pub const MAX_LENGTH: usize = 256 * 1024;
/// Deepest nesting of parentheses and negations that is parsed: what people write has fewer than ten, and the stack is
/// never at risk.
pub const MAX_DEPTH: usize = 64;

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
    pub(super) fn expected(expected: &'static str, position: usize, found: &str) -> Self {
        Self {
            position,
            expected,
            found: found.to_owned(),
        }
    }

    pub(super) fn version(version: &str) -> Self {
        let shown: String = version.chars().take(16).collect();
        Self::expected("condition version 2.0", 0, &format!("version {shown:?}"))
    }
}

/// Parses a condition of version 2.0. Words of the language are taken in any case, as ARM takes them.
///
/// `AND` and `OR` side by side without parentheses are refused: the documentation asks for the parentheses and does not
/// say which binds closer.
pub fn parse(text: &str) -> Result<Expression, ConditionError> {
    if text.len() > MAX_LENGTH {
        return Err(ConditionError::expected("at most 262144 bytes", MAX_LENGTH, "more"));
    }
    let mut parser = Parser { text, at: 0 };
    let expression = parser.sequence(0)?;
    match parser.peek()? {
        None => Ok(expression),
        Some((token, position)) => Err(unexpected("AND, OR or the end", position, Some(token))),
    }
}

fn unexpected(expected: &'static str, position: usize, token: Option<Token<'_>>) -> ConditionError {
    let found = token.map_or_else(|| "the end".to_owned(), |token| token.to_string());
    ConditionError::expected(expected, position, &found)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

/// `AND` or `OR`.
#[derive(PartialEq)]
enum Joint {
    And,
    Or,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Result<Option<(Token<'a>, usize)>, ConditionError> {
        Ok(token::next(self.text, self.at)?.map(|(token, start, _)| (token, start)))
    }

    fn next(&mut self) -> Result<(Option<Token<'a>>, usize), ConditionError> {
        match token::next(self.text, self.at)? {
            Some((token, start, end)) => {
                self.at = end;
                Ok((Some(token), start))
            }
            None => Ok((None, self.text.len())),
        }
    }

    fn take(&mut self, wanted: Token<'_>, expected: &'static str) -> Result<(), ConditionError> {
        match self.next()? {
            (Some(token), _) if token == wanted => Ok(()),
            (token, position) => Err(unexpected(expected, position, token)),
        }
    }

    /// `part (AND part)*` or `part (OR part)*`
    fn sequence(&mut self, depth: usize) -> Result<Expression, ConditionError> {
        let first = self.part(depth)?;
        let Some((joint, _)) = self.joint()? else {
            return Ok(first);
        };
        let mut parts = vec![first];
        while let Some((next, position)) = self.joint()? {
            if next != joint {
                return Err(ConditionError::expected(
                    "parentheses where AND and OR meet",
                    position,
                    "both side by side",
                ));
            }
            self.next()?;
            parts.push(self.part(depth)?);
        }
        Ok(match joint {
            Joint::And => Expression::And(parts),
            Joint::Or => Expression::Or(parts),
        })
    }

    fn joint(&self) -> Result<Option<(Joint, usize)>, ConditionError> {
        Ok(self.peek()?.and_then(|(token, position)| match token {
            Token::And => Some((Joint::And, position)),
            Token::Or => Some((Joint::Or, position)),
            Token::Word(word) if word.eq_ignore_ascii_case("AND") => Some((Joint::And, position)),
            Token::Word(word) if word.eq_ignore_ascii_case("OR") => Some((Joint::Or, position)),
            _ => None,
        }))
    }

    fn part(&mut self, depth: usize) -> Result<Expression, ConditionError> {
        const EXPECTED: &str = "'(', NOT, an attribute, ActionMatches, SubOperationMatches or Exists";
        let (token, position) = self.next()?;
        if depth >= MAX_DEPTH {
            return Err(unexpected(
                "at most 64 levels of parentheses and negations",
                position,
                token,
            ));
        }
        match token {
            Some(Token::Open) => self.rest_of_parentheses(depth + 1),
            Some(Token::Not) => self.negation(depth + 1),
            Some(Token::Attribute { source, name }) => {
                let attribute = attribute(source, name, position)?;
                self.comparison(attribute)
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("NOT") => self.negation(depth + 1),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("ActionMatches") => {
                Ok(Expression::ActionMatches(self.texts()?))
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("SubOperationMatches") => {
                Ok(Expression::SubOperationMatches(self.texts()?))
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("Exists") => match self.next()? {
                (Some(Token::Attribute { source, name }), position) => {
                    Ok(Expression::Exists(attribute(source, name, position)?))
                }
                (token, position) => Err(unexpected("an attribute", position, token)),
            },
            token => Err(unexpected(EXPECTED, position, token)),
        }
    }

    fn rest_of_parentheses(&mut self, depth: usize) -> Result<Expression, ConditionError> {
        let inner = self.sequence(depth)?;
        self.take(Token::Close, "')', AND or OR")?;
        Ok(inner)
    }

    /// `!(` is one level, not two, so that a tree's own text is never deeper than the text it came from.
    fn negation(&mut self, depth: usize) -> Result<Expression, ConditionError> {
        let inner = if let Some((Token::Open, _)) = self.peek()? {
            self.next()?;
            self.rest_of_parentheses(depth)?
        } else {
            self.part(depth)?
        };
        Ok(Expression::Not(Box::new(inner)))
    }

    fn comparison(&mut self, attribute: Attribute) -> Result<Expression, ConditionError> {
        let (quantifier, operator) = match self.next()? {
            (Some(Token::Word(word)), position) => operator(word, position)?,
            (token, position) => return Err(unexpected("an operator such as StringEquals", position, token)),
        };
        Ok(Expression::Compare {
            attribute,
            quantifier,
            operator,
            values: self.values()?,
        })
    }

    fn values(&mut self) -> Result<Values, ConditionError> {
        match self.next()? {
            (Some(Token::Text(text)), _) => Ok(Values::One(Literal::Text(text.to_owned()))),
            (Some(Token::Word(word)), _) if is_bare(word) => Ok(Values::One(Literal::Bare(word.to_owned()))),
            (Some(Token::Attribute { source, name }), position) => {
                Ok(Values::Attribute(attribute(source, name, position)?))
            }
            (Some(Token::OpenSet), _) => Ok(Values::Set(self.set()?)),
            (token, position) => Err(unexpected("a value, a set of values or an attribute", position, token)),
        }
    }

    /// The rest of `{a, b}`; empty sets have no documented meaning.
    fn set(&mut self) -> Result<Vec<Literal>, ConditionError> {
        let mut literals = Vec::new();
        loop {
            match self.next()? {
                (Some(Token::Text(text)), _) => literals.push(Literal::Text(text.to_owned())),
                (Some(Token::Word(word)), _) if is_bare(word) => literals.push(Literal::Bare(word.to_owned())),
                (token, position) => return Err(unexpected("a value", position, token)),
            }
            match self.next()? {
                (Some(Token::Comma), _) => {}
                (Some(Token::CloseSet), _) => return Ok(literals),
                (token, position) => return Err(unexpected("',' or '}'", position, token)),
            }
        }
    }

    fn texts(&mut self) -> Result<Vec<String>, ConditionError> {
        self.take(Token::OpenSet, "'{'")?;
        let position = self.at;
        let text = |literal| match literal {
            Literal::Text(text) => Ok(text),
            Literal::Bare(word) => Err(ConditionError::expected("a quoted text", position, &word)),
        };
        self.set()?.into_iter().map(text).collect()
    }
}

/// Words of the language are not values, so that a forgotten value is an error and not the next word.
fn is_bare(word: &str) -> bool {
    !["AND", "OR", "NOT", "ActionMatches", "SubOperationMatches", "Exists"]
        .iter()
        .any(|reserved| word.eq_ignore_ascii_case(reserved))
}

fn attribute(source: &str, name: &str, position: usize) -> Result<Attribute, ConditionError> {
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
        name: name.to_owned(),
    })
}

/// An operator with its quantifier. Families of operators that are not about strings are known by their first word.
fn operator(word: &str, position: usize) -> Result<(Option<Quantifier>, Operator), ConditionError> {
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
