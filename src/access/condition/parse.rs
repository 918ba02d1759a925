//! From the text of a condition to its tree, with bounded length and depth.

mod error;
mod words;

use super::expression::{Attribute, Expression, Literal, Values};
use super::token::{self, Token};
pub use error::ConditionError;
use error::unexpected;
use words::{attribute, is_bare, operator};

/// Longest condition that is parsed, in bytes; ARM takes a fraction of that.
pub const MAX_LENGTH: usize = 256 * 1024;
/// Deepest nesting of parentheses and negations that is parsed: what people write has fewer than ten, and the stack is
/// never at risk.
pub const MAX_DEPTH: usize = 64;

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
