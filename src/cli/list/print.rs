//! Rows on stdout: as they come where the format allows it, all at once for a table and for what is sorted.

use std::cmp::Reverse;

use clap::ValueEnum;
use serde_json::Value;

use crate::cli::table::{Cell, Kind, Table};
use crate::query::row::{Columns, Field, Row, object};

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    Ndjson,
    Csv,
}

/// Takes rows and prints them.
pub(super) struct Printer {
    format: Format,
    columns: Columns,
    sort: Option<usize>,
    limit: usize,
    taken: usize,
    kept: Vec<Row>,
}

impl Printer {
    /// `sort`: place of the column that rows are sorted by.
    pub(super) fn new(format: Format, columns: Columns, sort: Option<usize>, limit: Option<usize>) -> Self {
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
    pub(super) fn is_full(&self) -> bool {
        self.sort.is_none() && self.taken >= self.limit
    }

    pub(super) fn take(&mut self, row: Row) -> anyhow::Result<()> {
        if self.is_full() {
            return Ok(());
        }
        self.taken += 1;
        match self.sort {
            Some(place) => {
                self.kept.push(row);
                // What is sorted need not all be kept.
                if self.kept.len() >= self.limit.saturating_mul(2).max(10_000) {
                    self.shorten(place);
                }
                Ok(())
            }
            None => self.print(row),
        }
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        if let Some(place) = self.sort {
            self.shorten(place);
            let sorted = std::mem::take(&mut self.kept);
            for row in sorted {
                self.print(row)?;
            }
        }
        match self.format {
            Format::Table => self.table(),
            Format::Json => {
                let rows: Vec<Value> = self.kept.iter().map(|row| object(self.columns, row)).collect();
                outln!("{}", serde_json::to_string_pretty(&rows)?);
            }
            Format::Ndjson | Format::Csv => {}
        }
        Ok(())
    }

    fn shorten(&mut self, place: usize) {
        self.kept
            .sort_by_cached_key(|row| Reverse(row.get(place).cloned().unwrap_or(Field::Absent)));
        self.kept.truncate(self.limit);
    }

    fn print(&mut self, row: Row) -> anyhow::Result<()> {
        match self.format {
            Format::Table | Format::Json => self.kept.push(row),
            Format::Ndjson => outln!("{}", serde_json::to_string(&object(self.columns, &row))?),
            Format::Csv => out!("{}", csv_line(row.iter().map(Field::text))),
        }
        Ok(())
    }

    fn table(&self) {
        let columns = self.columns.iter().enumerate().map(|(place, name)| {
            let field = self.kept.first().and_then(|row| row.get(place));
            let kind = match field {
                Some(Field::Number(_) | Field::Bytes(_)) => Kind::Number,
                _ if ["registry", "repository", "tag"].contains(name) => Kind::Name,
                _ => Kind::Text,
            };
            (*name, kind)
        });
        let rows = self.kept.iter().map(|row| row.iter().map(cell).collect());
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
