//! The table of what was measured, in Markdown, so that it can go into README as it is.

use std::time::Duration;

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};

use super::case::Case;
use acr_inventory::cli::resources::Resources;
use acr_inventory::cli::summary::StoreOperations;

/// One run of one case.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) case: Case,
    pub(super) run: &'static str,
    /// To the registry.
    pub(super) requests: u64,
    pub(super) wall: Duration,
    /// By the process that reads the registry.
    pub(super) used: Resources,
    pub(super) store: StoreOperations,
    /// Sent to both queues.
    pub(super) messages: u64,
}

impl Row {
    /// Requests over the fewest possible.
    pub(super) fn ratio(&self) -> f64 {
        self.requests as f64 / self.case.least() as f64
    }
}

const COLUMNS: [&str; 14] = [
    "case",
    "through",
    "run",
    "requests",
    "at least",
    "ratio",
    "wall s",
    "CPU s",
    "peak RSS MiB",
    "reads",
    "writes",
    "lists",
    "deletes",
    "messages",
];

pub(super) fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(COLUMNS);
    for row in rows {
        let case = &row.case;
        table.add_row([
            format!("{}×{} {} ms", case.repositories, case.tags, case.latency.as_millis()),
            case.through.as_str().to_owned(),
            row.run.to_owned(),
            row.requests.to_string(),
            case.least().to_string(),
            format!("{:.3}", row.ratio()),
            format!("{:.2}", row.wall.as_secs_f64()),
            format!("{:.2}", row.used.cpu_seconds),
            format!("{:.1}", mebibytes(row.used.peak_rss_bytes)),
            row.store.reads.to_string(),
            row.store.writes.to_string(),
            row.store.lists.to_string(),
            row.store.deletes.to_string(),
            row.messages.to_string(),
        ]);
    }
    for column in 3..COLUMNS.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

pub(super) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The value below which this share (percent) of sorted durations lies.
pub(super) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}
