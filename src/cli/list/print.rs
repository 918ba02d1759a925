//! Rows on stdout: as they come where the format allows it, all at once for a table and for what is sorted.

use std::cmp::Reverse;

use clap::ValueEnum;
use serde_json::Value;

use super::narrow::{common_end, kind, left_out, to_the_second, unsaid};
use crate::cli::out::is_closed;
use crate::cli::table::{Cell, Table, Tone, width_of_stdout};
use crate::inventory::problem::Completeness;
use crate::query::row::{Columns, Field, Row, object};

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    Table,
    Json,
    Ndjson,
    Csv,
}

/// Takes rows and prints them.
pub(in crate::cli) struct Printer {
    format: Format,
    columns: Columns,
    sort: Option<usize>,
    limit: usize,
    taken: usize,
    kept: Vec<Kept>,
    /// Lines on their way to stdout.
    lines: String,
}

/// So many bytes of lines are written at once.
const AT_ONCE: usize = 64 << 10;

/// A row that waits, with what programs get in its place.
type Kept = (Row, Option<String>);

impl Printer {
    /// `sort`: place of the column that rows are sorted by.
    pub(in crate::cli) fn new(format: Format, columns: Columns, sort: Option<usize>, limit: Option<usize>) -> Self {
        let mut printer = Self {
            format,
            columns,
            sort,
            limit: limit.unwrap_or(usize::MAX),
            taken: 0,
            kept: Vec::new(),
            lines: String::new(),
        };
        if format == Format::Csv {
            printer.line(&csv_line(columns.iter().map(ToString::to_string)));
        }
        printer
    }

    /// Whether no row more is wanted: there are enough (never while all have to be seen first), or nobody reads any more.
    pub(in crate::cli) fn is_full(&self) -> bool {
        (self.sort.is_none() && self.taken >= self.limit) || is_closed()
    }

    pub(in crate::cli) fn take(&mut self, row: Row) -> anyhow::Result<()> {
        self.take_as(row, None)
    }

    /// The same; JSON has `record`, a line of it, instead of the row's fields.
    pub(in crate::cli) fn take_as(&mut self, row: Row, record: Option<String>) -> anyhow::Result<()> {
        if self.is_full() {
            return Ok(());
        }
        self.taken += 1;
        match self.sort {
            Some(place) => {
                self.kept.push((row, record));
                // What is sorted need not all be kept.
                if self.kept.len() >= self.limit.saturating_mul(2).max(10_000) {
                    self.shorten(place);
                }
                Ok(())
            }
            None => self.print(row, record),
        }
    }

    pub(in crate::cli) fn finish(mut self) -> anyhow::Result<()> {
        if let Some(place) = self.sort {
            self.shorten(place);
            let sorted = std::mem::take(&mut self.kept);
            for (row, record) in sorted {
                self.print(row, record)?;
            }
        }
        match self.format {
            Format::Table => self.table(),
            Format::Json => {
                let columns = self.columns;
                let rows = std::mem::take(&mut self.kept).into_iter();
                let rows = rows.map(|(row, record)| match record {
                    Some(record) => serde_json::from_str(&record),
                    None => Ok(object(columns, &row)),
                });
                let rows: Vec<Value> = rows.collect::<Result<_, _>>()?;
                outln!("{}", serde_json::to_string_pretty(&rows)?);
            }
            Format::Ndjson | Format::Csv => {}
        }
        Ok(())
    }

    fn shorten(&mut self, place: usize) {
        self.kept
            .sort_by_cached_key(|(row, _)| Reverse(row.get(place).cloned().unwrap_or(Field::Absent)));
        self.kept.truncate(self.limit);
    }

    fn print(&mut self, row: Row, record: Option<String>) -> anyhow::Result<()> {
        match self.format {
            Format::Table | Format::Json => self.kept.push((row, record)),
            Format::Ndjson => {
                let record = record.unwrap_or_else(|| object(self.columns, &row).to_string());
                self.line(&(record + "\n"));
            }
            Format::Csv => self.line(&csv_line(row.iter().map(Field::text))),
        }
        Ok(())
    }

    /// Takes a line with its newline.
    fn line(&mut self, line: &str) {
        self.lines.push_str(line);
        if self.lines.len() >= AT_ONCE {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.lines.is_empty() {
            out!("{}", self.lines);
            self.lines.clear();
        }
    }

    fn table(&mut self) {
        let rows: Vec<Row> = std::mem::take(&mut self.kept).into_iter().map(|(row, _)| row).collect();
        let width = width_of_stdout();
        let place = self.columns.iter().position(|name| *name == "registry");
        let registry = |row: &Row| place.and_then(|place| row.get(place)).map(text).unwrap_or_default();
        let registries: Vec<String> = rows.iter().map(registry).collect();
        let end = common_end(registries.iter().map(String::as_str));
        let shown = |(at, field): (usize, &Field)| match (text(field), width) {
            (text, None) => text,
            (text, Some(_)) if Some(at) == place => text.strip_suffix(end).unwrap_or(&text).to_owned(),
            (text, Some(_)) => to_the_second(&text),
        };
        let shown = |row: &Row| row.iter().enumerate().map(shown).collect();
        let texts: Vec<Vec<String>> = rows.iter().map(shown).collect();
        let out = width
            .map(|width| left_out(self.columns, &rows, &texts, width))
            .unwrap_or_default();
        let unsaid = unsaid(self.columns, &rows);
        let is_out = |name: &str| out.contains(name) || unsaid.contains(name);
        let columns = self.columns.iter().enumerate().filter(|(_, name)| !is_out(name));
        let columns = columns.map(|(place, name)| {
            let mut fields = rows.iter().filter_map(|row| row.get(place));
            (*name, kind(name, fields.find(|field| **field != Field::Absent)))
        });
        let cells = texts.into_iter().map(|row| {
            let named = self.columns.iter().zip(row).filter(|(name, _)| !is_out(name));
            named.map(|(name, text)| cell(name, text)).collect()
        });
        outln!("{}", Table::of(columns.collect(), cells.collect()));
        if !out.is_empty() {
            let names: Vec<&str> = self.columns.iter().copied().filter(|name| out.contains(name)).collect();
            errln!("no room here for {}; --format has them", names.join(", "));
        }
    }
}

/// Also where reading fails: what was found before is told.
impl Drop for Printer {
    fn drop(&mut self) {
        self.flush();
    }
}

/// What people read of a field.
fn text(field: &Field) -> String {
    match field {
        Field::Absent => "–".to_owned(),
        Field::Bytes(bytes) => indicatif::BinaryBytes(*bytes).to_string(),
        Field::Flag(true) => "yes".to_owned(),
        Field::Flag(false) => "no".to_owned(),
        field => field.text(),
    }
}

fn cell(column: &str, text: String) -> Cell {
    if column != "completeness" {
        return text.into();
    }
    let known = serde_json::from_value::<Completeness>(text.clone().into());
    Cell::toned(text, known.map_or(Tone::Plain, Tone::from))
}

/// One line of CSV; quoting is the library's.
fn csv_line(fields: impl Iterator<Item = String>) -> String {
    let mut writer = csv::WriterBuilder::new().buffer_capacity(256).from_writer(Vec::new());
    // Writing into a Vec cannot fail.
    let _ = writer.write_record(fields);
    let line = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&line).into_owned()
}
