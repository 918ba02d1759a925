//! The table of what was measured, in Markdown, so that it can go into tests/README.md as it is.

use std::time::Duration;

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};

use super::case::Case;
use super::floor::{CONCURRENCY, Floor};
use super::least::Least;
use super::traffic::Traffic;
use acr_inventory::cli::resources::Resources;
use acr_inventory::cli::summary::StoreOperations;

/// One run of one case.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) case: Case,
    pub(super) run: &'static str,
    /// What the world of the case takes.
    pub(super) least: Least,
    pub(super) traffic: Traffic,
    pub(super) wall: Duration,
    /// By the process that reads the registry.
    pub(super) used: Resources,
    pub(super) store: StoreOperations,
    /// Sent to both queues.
    pub(super) messages: u64,
    /// The bare client, right before the first run.
    pub(super) floor: Option<Floor>,
}

impl Row {
    /// Requests for the lists over the fewest possible.
    pub(super) fn ratio(&self) -> f64 {
        self.traffic.lists as f64 / self.least.lists as f64
    }

    /// Without the time in which single manifests were read, which the floor does not.
    pub(super) fn wall_of_lists(&self) -> Duration {
        self.wall.saturating_sub(self.traffic.content_time)
    }

    /// [`Row::wall_of_lists`] over the floor's.
    pub(super) fn wall_over_floor(&self) -> Option<f64> {
        let floor = self.floor.as_ref()?;
        Some(self.wall_of_lists().as_secs_f64() / floor.wall.as_secs_f64())
    }

    /// CPU time, all phases, over the floor's.
    pub(super) fn cpu_over_floor(&self) -> Option<f64> {
        let floor = self.floor.as_ref()?;
        Some(self.used.cpu_seconds / floor.used.cpu_seconds)
    }

    /// CPU time over that of the floor that asks for the same: a first run, for the content too.
    pub(super) fn cpu_over_same(&self) -> Option<f64> {
        let floor = self.floor.as_ref().filter(|_| self.traffic.content > 0)?;
        Some(self.used.cpu_seconds / floor.used_in_all.cpu_seconds)
    }

    /// Single manifests in a second, over what the concurrency and the latency allow.
    pub(super) fn content_share(&self) -> Option<f64> {
        let latency = Some(self.case.latency.as_secs_f64()).filter(|latency| *latency > 0.0)?;
        Some(self.traffic.content_per_second()? * latency / CONCURRENCY as f64)
    }
}

const COLUMNS: [&str; 19] = [
    "case",
    "through",
    "run",
    "lists",
    "at least",
    "ratio",
    "content",
    "at least",
    "content/s",
    "wall s",
    "without content s",
    "÷ floor",
    "CPU s",
    "÷ floor",
    "peak RSS MiB",
    "reads",
    "writes",
    "deletes",
    "messages",
];

pub(super) fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(COLUMNS);
    let or_dash = |number: Option<f64>, digits: usize| match number {
        Some(number) => format!("{number:.digits$}"),
        None => "–".to_owned(),
    };
    for row in rows {
        let case = format!("{} {} ms", row.case.size(), row.case.latency.as_millis());
        if let (Some(floor), "first") = (&row.floor, row.run) {
            table.add_row(floor_row(&case, row.least, floor));
            table.add_row(content_row(&case, row.least, floor));
        }
        let traffic = &row.traffic;
        table.add_row([
            case,
            row.case.through.as_str().to_owned(),
            row.run.to_owned(),
            traffic.lists.to_string(),
            row.least.lists.to_string(),
            format!("{:.3}", row.ratio()),
            traffic.content.to_string(),
            row.least.content.to_string(),
            or_dash(traffic.content_per_second(), 0),
            format!("{:.2}", row.wall.as_secs_f64()),
            format!("{:.2}", row.wall_of_lists().as_secs_f64()),
            or_dash(row.wall_over_floor(), 2),
            format!("{:.2}", row.used.cpu_seconds),
            or_dash(row.cpu_over_floor(), 2),
            format!("{:.1}", mebibytes(row.used.peak_rss_bytes)),
            row.store.reads.to_string(),
            row.store.writes.to_string(),
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

fn floor_row(case: &str, least: Least, floor: &Floor) -> [String; COLUMNS.len()] {
    let dash = || "–".to_owned();
    let wall = format!("{:.2}", floor.wall.as_secs_f64());
    [
        case.to_owned(),
        "floor".to_owned(),
        dash(),
        floor.requests.to_string(),
        least.lists.to_string(),
        format!("{:.3}", floor.requests as f64 / least.lists as f64),
        dash(),
        dash(),
        dash(),
        wall.clone(),
        wall,
        dash(),
        format!("{:.2}", floor.used.cpu_seconds),
        dash(),
        format!("{:.1}", mebibytes(floor.used.peak_rss_bytes)),
        dash(),
        dash(),
        dash(),
        dash(),
    ]
}

/// The floor goes on with the content of the indexes.
fn content_row(case: &str, least: Least, floor: &Floor) -> [String; COLUMNS.len()] {
    let seconds = floor.content_time.as_secs_f64();
    let mut row = floor_row(case, least, floor);
    let filled = [
        (1, "floor and content".to_owned()),
        (6, floor.content.to_string()),
        (7, least.content.to_string()),
        (8, format!("{:.0}", floor.content as f64 / seconds)),
        (9, format!("{:.2}", floor.wall.as_secs_f64() + seconds)),
        (12, format!("{:.2}", floor.used_in_all.cpu_seconds)),
        (14, format!("{:.1}", mebibytes(floor.used_in_all.peak_rss_bytes))),
    ];
    for (at, text) in filled {
        if let Some(cell) = row.get_mut(at) {
            *cell = text;
        }
    }
    row
}

pub(super) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The value below which this share (percent) of sorted durations lies.
pub(super) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}
