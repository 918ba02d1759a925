//! Words and signs of a condition.

use super::parse::ConditionError;

/// One word or sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `{`
    OpenSet,
    /// `}`
    CloseSet,
    /// `,`
    Comma,
    /// `!`
    Not,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `@Source[name]`
    Attribute { source: &'a str, name: &'a str },
    /// `'…'`, without the quotes.
    Text(&'a str),
    /// Letters, digits, `.`, `_`, `-`, `:`: operators, functions, GUIDs, numbers, times.
    Word(&'a str),
}

impl std::fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open => f.write_str("'('"),
            Self::Close => f.write_str("')'"),
            Self::OpenSet => f.write_str("'{'"),
            Self::CloseSet => f.write_str("'}'"),
            Self::Comma => f.write_str("','"),
            Self::Not => f.write_str("'!'"),
            Self::And => f.write_str("'&&'"),
            Self::Or => f.write_str("'||'"),
            Self::Attribute { source, .. } => write!(f, "an attribute of @{source}"),
            Self::Text(_) => f.write_str("a quoted text"),
            Self::Word(word) => write!(f, "{:?}", word.chars().take(40).collect::<String>()),
        }
    }
}

/// The token that begins at or after byte `at`, with the positions of its first byte and of the byte after it; none at
/// the end of the text.
pub(super) fn next(text: &str, at: usize) -> Result<Option<(Token<'_>, usize, usize)>, ConditionError> {
    let rest = text.get(at..).unwrap_or_default();
    let trimmed = rest.trim_start();
    let start = at + rest.len() - trimmed.len();
    let Some(first) = trimmed.chars().next() else {
        return Ok(None);
    };
    let sign = |token, length| Ok(Some((token, start, start + length)));
    match first {
        '(' => sign(Token::Open, 1),
        ')' => sign(Token::Close, 1),
        '{' => sign(Token::OpenSet, 1),
        '}' => sign(Token::CloseSet, 1),
        ',' => sign(Token::Comma, 1),
        '!' => sign(Token::Not, 1),
        '&' if trimmed.starts_with("&&") => sign(Token::And, 2),
        '|' if trimmed.starts_with("||") => sign(Token::Or, 2),
        '\'' => quoted(trimmed, start).map(Some),
        '@' => attribute(trimmed, start).map(Some),
        _ if is_word(first) => {
            let length = trimmed.find(|c| !is_word(c)).unwrap_or(trimmed.len());
            sign(Token::Word(trimmed.get(..length).unwrap_or_default()), length)
        }
        _ => Err(ConditionError::expected(
            "a word or a sign of the language",
            start,
            &format!("{first:?}"),
        )),
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':')
}

/// No source says how a quote stands inside a text, so a backslash before a quote is refused rather than guessed; a
/// doubled quote ends one text and begins another, which no rule of the grammar allows.
fn quoted(trimmed: &str, start: usize) -> Result<(Token<'_>, usize, usize), ConditionError> {
    let inside = trimmed.get(1..).unwrap_or_default();
    let Some(length) = inside.find('\'') else {
        return Err(ConditionError::expected("a closing quote", start, "the end"));
    };
    let value = inside.get(..length).unwrap_or_default();
    if value.ends_with('\\') {
        return Err(ConditionError::expected(
            "a text without an escaped quote",
            start,
            "a backslash before a quote",
        ));
    }
    Ok((Token::Text(value), start, start + length + 2))
}

fn attribute(trimmed: &str, start: usize) -> Result<(Token<'_>, usize, usize), ConditionError> {
    let inside = trimmed.get(1..).unwrap_or_default();
    let source_length = inside
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(inside.len());
    let (source, rest) = inside.split_at_checked(source_length).unwrap_or_default();
    let name = rest
        .strip_prefix('[')
        .and_then(|name| name.split_once(']'))
        .map(|(name, _)| name)
        .filter(|name| !source.is_empty() && !name.trim().is_empty() && !name.contains(['[', '\'']));
    let Some(name) = name else {
        return Err(ConditionError::expected(
            "an attribute such as @Request[name]",
            start,
            "'@'",
        ));
    };
    let token = Token::Attribute {
        source,
        name: name.trim(),
    };
    Ok((token, start, start + 1 + source.len() + 1 + name.len() + 1))
}
