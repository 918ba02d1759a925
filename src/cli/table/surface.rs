//! What a table is drawn on.

use std::io::IsTerminal as _;

use console::Term;

use crate::config::terminal::{takes_colours, takes_utf8};

/// The width, the colours and the characters that stdout takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surface {
    /// None in a pipe or a file: whoever reads there wants it whole.
    pub(super) width: Option<usize>,
    pub(super) colours: bool,
    /// Lines and signs beyond ASCII.
    pub(super) utf8: bool,
}

/// Our own signs beyond ASCII, and what stands for them. Names from outside stay as they are.
const SIGNS: [(char, &str); 4] = [('…', "..."), ('–', "-"), ('→', "->"), ('\u{fffd}', "?")];

impl Surface {
    /// As the terminal is, and as the environment says.
    pub(super) fn of_stdout() -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        let width = is_terminal.then(|| Term::stdout().size_checked()).flatten();
        Self {
            width: width.map(|(_, columns)| columns.into()).filter(|columns| *columns > 0),
            colours: takes_colours(is_terminal),
            utf8: takes_utf8(),
        }
    }

    pub(super) fn ellipsis(self) -> &'static str {
        match self.utf8 {
            true => "…",
            false => "...",
        }
    }

    /// A line as it can be shown: names come from outside, and control characters would command the terminal.
    pub(super) fn printable(self, line: &str) -> String {
        let shown = line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
        if self.utf8 {
            return shown.collect();
        }
        let mut text = String::new();
        for character in shown {
            match SIGNS.iter().find(|(sign, _)| *sign == character) {
                Some((_, instead)) => text.push_str(instead),
                None => text.push(character),
            }
        }
        text
    }
}
