//! The one table for people: coloured where the terminal takes colours, cut to its width and never wrapped; whole and
//! plain in a pipe.

mod fit;
mod surface;

use std::fmt::{Display, Formatter};

use comfy_table::presets::{ASCII_FULL_CONDENSED, UTF8_FULL_CONDENSED};
use comfy_table::{Attribute, Color};
use console::measure_text_width;

use crate::access::decision::Verdict as Access;
use crate::inventory::problem::Completeness;
use crate::posture::verdict::{Severity, Verdict};
pub(super) use fit::Kind;
use fit::{Wish, cut, fit};
use surface::Surface;

/// Rows under a header of as many columns.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<(&'static str, Kind)>,
    rows: Vec<Vec<Cell>>,
}

/// What stands in a row under a column, on one line or several.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

/// How a cell looks where there are colours. The word in it always says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    /// Not known, or known in part.
    Doubtful,
    Bad,
    Worst,
    /// Not worth a look.
    Quiet,
}

impl Table {
    /// A table of these columns.
    pub(super) fn new<const N: usize, C: Into<Cell>>(
        columns: [(&'static str, Kind); N],
        rows: impl IntoIterator<Item = [C; N]>,
    ) -> Self {
        let rows = rows.into_iter().map(|row| row.map(Into::into).into());
        Self {
            columns: columns.into(),
            rows: rows.collect(),
        }
    }

    fn draw(&self, surface: Surface) -> String {
        let texts = |cell: &Cell| -> Vec<String> { cell.text.lines().map(|line| surface.printable(line)).collect() };
        let rows: Vec<Vec<Vec<String>>> = self.rows.iter().map(|row| row.iter().map(texts).collect()).collect();
        let names = self.columns.iter().map(|(name, _)| surface.printable(name));
        let names: Vec<String> = names.collect();
        let widths = self.widths(&names, &rows, surface);
        let mut table = comfy_table::Table::new();
        table.load_style(if surface.utf8 {
            UTF8_FULL_CONDENSED
        } else {
            ASCII_FULL_CONDENSED
        });
        // Width and colours are decided here.
        table.force_no_tty();
        if surface.colours {
            table.enforce_styling();
        }
        table.style_text_only();
        let header = names.iter().zip(&widths);
        table.set_header(header.map(|(name, width)| cut(name, *width, Kind::Text, surface.ellipsis())));
        for (row, texts) in self.rows.iter().zip(rows) {
            let cells = row.iter().zip(texts).zip(self.columns.iter().zip(&widths));
            table.add_row(cells.map(|((cell, lines), ((_, kind), width))| {
                let lines = lines.iter().map(|line| cut(line, *width, *kind, surface.ellipsis()));
                cell.tone
                    .on(comfy_table::Cell::new(lines.collect::<Vec<_>>().join("\n")))
            }));
        }
        for (place, (_, kind)) in self.columns.iter().enumerate() {
            if let (Kind::Number, Some(column)) = (kind, table.column_mut(place)) {
                column.set_cell_alignment(comfy_table::CellAlignment::Right);
            }
        }
        table.to_string()
    }

    /// What each column may take.
    fn widths(&self, names: &[String], rows: &[Vec<Vec<String>>], surface: Surface) -> Vec<usize> {
        let columns = names.iter().zip(&self.columns).enumerate();
        let wishes = columns.map(|(place, (name, (_, kind)))| {
            let lines = rows.iter().filter_map(|row| row.get(place)).flatten();
            Wish {
                texts: lines.map(|line| measure_text_width(line)).max().unwrap_or_default(),
                name: measure_text_width(name),
                kind: *kind,
            }
        });
        let wishes: Vec<Wish> = wishes.collect();
        match surface.width {
            Some(width) => fit(&wishes, width),
            None => wishes.into_iter().map(Wish::whole).collect(),
        }
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.draw(Surface::of_stdout()))
    }
}

impl Cell {
    pub(super) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        let text = text.into();
        Self { text, tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl Tone {
    /// Of a finding.
    pub(super) fn of(verdict: Verdict, severity: Severity) -> Self {
        match (verdict, severity) {
            (Verdict::Pass, _) => Self::Good,
            (Verdict::NotApplicable, _) | (_, Severity::Informational) => Self::Quiet,
            (Verdict::Unknown, _) => Self::Doubtful,
            (Verdict::Fail, Severity::Critical) => Self::Worst,
            (Verdict::Fail, Severity::High) => Self::Bad,
            (Verdict::Fail, Severity::Medium) => Self::Doubtful,
            (Verdict::Fail, Severity::Low) => Self::Plain,
        }
    }

    fn on(self, cell: comfy_table::Cell) -> comfy_table::Cell {
        match self {
            Self::Plain => cell,
            Self::Good => cell.fg(Color::DarkGreen),
            Self::Doubtful => cell.fg(Color::DarkYellow),
            Self::Bad => cell.fg(Color::DarkRed),
            Self::Worst => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
            Self::Quiet => cell.add_attribute(Attribute::Dim),
        }
    }
}

impl From<Completeness> for Tone {
    fn from(completeness: Completeness) -> Self {
        match completeness {
            Completeness::Complete => Self::Good,
            Completeness::Partial => Self::Doubtful,
            Completeness::Forbidden | Completeness::Throttled | Completeness::Unreachable => Self::Bad,
        }
    }
}

impl From<Access> for Tone {
    fn from(verdict: Access) -> Self {
        match verdict {
            Access::Unknown => Self::Doubtful,
            Access::Granted | Access::Denied => Self::Plain,
        }
    }
}

#[cfg(test)]
mod tests;
