//! Rows on stdout: as they come where the format allows it, all at once for a table and for what is sorted.

use std::cmp::Reverse;

use clap::ValueEnum;
use serde_json::Value;

use crate::cli::table::{Cell, Kind, Table};
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
}

/// A row that waits, with what programs get in its place.
type Kept = (Row, Option<String>);

impl Printer {
    /// `sort`: place of the column that rows are sorted by.
    pub(in crate::cli) fn new(format: Format, columns: Columns, sort: Option<usize>, limit: Option<usize>) -> Self {
        let printer = Self {
            format,
            columns,
            sort,
            limit: limit.unwrap_or(usize::MAX),
            taken: 0,
            kept: Vec::new(),
        };
        if format == Format::Csv {
            out!("{}", csv_line(columns.iter().map(ToString::to_string)));
        }
        printer
    }

    /// Whether no row more is wanted; never while all have to be seen first.
    pub(in crate::cli) fn is_full(&self) -> bool {
        self.sort.is_none() && self.taken >= self.limit
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
                let rows = self.kept.into_iter();
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
                outln!("{record}");
            }
            Format::Csv => out!("{}", csv_line(row.iter().map(Field::text))),
        }
        Ok(())
    }

    fn table(&self) {
        let columns = self.columns.iter().enumerate().map(|(place, name)| {
            let field = self.kept.first().and_then(|(row, _)| row.get(place));
            let kind = match field {
                Some(Field::Number(_) | Field::Bytes(_)) => Kind::Number,
                _ if ["registry", "repository", "tag", "subject"].contains(name) => Kind::Name,
                _ if ["kind", "completeness", "locked"].contains(name) => Kind::Word,
                _ => Kind::Text,
            };
            (*name, kind)
        });
        let rows = self.kept.iter().map(|(row, _)| row.iter().map(cell).collect());
        outln!("{}", Table::of(columns.collect(), rows.collect()));
    }
}

fn cell(field: &Field) -> Cell {
    match field {
        Field::Absent => "–".into(),
        Field::Bytes(bytes) => indicatif::BinaryBytes(*bytes).to_string().into(),
        Field::Flag(true) => "yes".into(),
        Field::Flag(false) => "no".into(),
        field => field.text().into(),
    }
}

/// One line of CSV; quoting is the library's.
fn csv_line(fields: impl Iterator<Item = String>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into a Vec cannot fail.
    let _ = writer.write_record(fields);
    let line = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&line).into_owned()
}
