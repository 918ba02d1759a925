//! The one table for people: coloured where the terminal takes colours, cut to its width and never wrapped; whole and
//! plain in a pipe.

mod fit;
mod surface;
mod tone;

use std::fmt::{Display, Formatter};

use comfy_table::presets::{ASCII_FULL_CONDENSED, UTF8_FULL_CONDENSED};
use console::measure_text_width;

pub(super) use fit::Kind;
use fit::{Wish, cut, fit};
use surface::Surface;
pub(super) use tone::Tone;

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

    /// The same, where how many columns there are is known only now.
    #[cfg(feature = "query")]
    pub(super) fn of(columns: Vec<(&'static str, Kind)>, rows: Vec<Vec<Cell>>) -> Self {
        Self { columns, rows }
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

/// Places that stdout has beside each other; none: it is no terminal.
#[cfg(feature = "query")]
pub(super) fn width_of_stdout() -> Option<usize> {
    Surface::of_stdout().width
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

#[cfg(test)]
mod tests;
