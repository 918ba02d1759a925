//! How wide columns are on a narrow terminal, and what is cut from their texts.

use console::measure_text_width;

/// What a column holds, by which it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Kind {
    /// Sentences and lists: cut first, at the end.
    Text,
    /// Names, which tell rows apart: cut late, and in the middle, because names begin and end alike.
    Name,
    /// One of a few words: hardly cut.
    Word,
    /// One of many words that begin alike: cut last of all.
    #[cfg(feature = "query")]
    Term,
    /// To the right; hardly cut, but for the name of the column.
    Number,
}

/// Lines and blanks beside every column, and the line at the end.
const BESIDE: usize = 3;
const AT_THE_END: usize = 1;
/// The least that is left of texts, of names at first and later, of words, of the names of columns, and of anything.
const TEXT: usize = 14;
const LONG_NAME: usize = 22;
const NAME: usize = 12;
const WORD: usize = 9;
const HEADER: usize = 5;
const LEAST: usize = 3;

/// How wide a column would be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// Its widest text.
    pub(super) texts: usize,
    /// Its name.
    pub(super) name: usize,
    pub(super) kind: Kind,
}

impl Wish {
    pub(super) fn whole(self) -> usize {
        self.texts.max(self.name)
    }

    /// What is left of it in a step, from the first to the last; none: it gives nothing.
    fn least(self, step: usize) -> Option<usize> {
        match (step, self.kind) {
            (0, Kind::Text) => Some(TEXT),
            (1, Kind::Name) => Some(LONG_NAME),
            (2, Kind::Number) => Some(self.texts.max(HEADER)),
            (3, Kind::Word) => Some(self.name.max(WORD)),
            (4, Kind::Name) => Some(NAME),
            (5, _) => Some(LEAST),
            _ => None,
        }
    }
}

const STEPS: usize = 6;

/// The widths of columns in a table that is at most so wide. The widest of those that may give something up gives first.
pub(super) fn fit(wishes: &[Wish], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = wishes.iter().map(|wish| wish.whole()).collect();
    let available = width.saturating_sub(BESIDE * wishes.len() + AT_THE_END);
    for step in 0..STEPS {
        while widths.iter().sum::<usize>() > available {
            let giving = widths.iter_mut().zip(wishes);
            let giving = giving.filter(|(width, wish)| wish.least(step).is_some_and(|least| **width > least));
            let Some((widest, _)) = giving.max_by_key(|(width, _)| **width) else {
                break;
            };
            *widest -= 1;
        }
    }
    widths
}

/// A line that takes at most so many places.
pub(super) fn cut(line: &str, width: usize, kind: Kind, ellipsis: &str) -> String {
    if measure_text_width(line) <= width {
        return line.to_owned();
    }
    let kept = width.saturating_sub(measure_text_width(ellipsis));
    let behind = match kind {
        Kind::Name => kept / 2,
        _ => 0,
    };
    let end: String = taken(line.chars().rev(), behind).chars().rev().collect();
    let begin = taken(line.chars(), kept - behind);
    begin.trim_end().to_owned() + ellipsis + &end
}

/// The first characters that fit.
fn taken(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut text = String::new();
    for character in characters {
        text.push(character);
        if measure_text_width(&text) > width {
            text.pop();
            break;
        }
    }
    text
}
