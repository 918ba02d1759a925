//! What the figures should be, beside what they are.

use std::time::Duration;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;

use super::case::Through;
use super::figures::{Row, mebibytes, percentile};
use super::webhook::Deliveries;

/// `starts` are sorted.
pub(super) fn table(rows: &[Row], starts: &[Duration], binary_bytes: u64, webhook: &Deliveries) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(["figure", "target", "measured"]);
    let worst = rows.iter().map(Row::ratio).fold(0.0, f64::max);
    let mut add = |figure: &str, target: &str, measured: String| {
        table.add_row([figure.to_owned(), target.to_owned(), measured]);
    };
    add(
        "requests for the lists over the fewest, worst case",
        "≤ 1.010",
        format!("{worst:.3}"),
    );
    let thousand = |latency: bool| {
        move |row: &&Row| {
            let case = &row.case;
            let size = (case.registries, case.repositories, case.tags) == (1, 1_000, 100);
            size && case.through == Through::Collect && case.latency.is_zero() != latency
        }
    };
    for row in rows.iter().filter(thousand(false)) {
        let (cpu, rss) = (row.used.cpu_seconds, mebibytes(row.used.peak_rss_bytes));
        let figure = |what| format!("{what}, 1,000×100, {} run", row.run);
        let over_floor = row.cpu_over_floor().unwrap_or_default();
        add(
            &figure("CPU ÷ floor"),
            "≤ 4 (first run)",
            format!("{over_floor:.2} ({cpu:.2} s)"),
        );
        if let Some(over_same) = row.cpu_over_same() {
            add(
                &figure("CPU ÷ floor that asks for the content too"),
                "–",
                format!("{over_same:.2}"),
            );
        }
        add(&figure("peak RSS"), "≤ 40 MiB", format!("{rss:.1} MiB"));
    }
    let to_blobs = |row: &&Row| row.case.through == Through::CollectToBlobs;
    for row in rows.iter().filter(|row| thousand(true)(row) || to_blobs(row)) {
        let figure = format!("wall of the lists ÷ floor, {}, {} run", row.case, row.run);
        let (over_floor, wall) = (row.wall_over_floor().unwrap_or_default(), row.wall_of_lists());
        let lists = row.traffic.lists_time.as_secs_f64();
        let measured = format!(
            "{over_floor:.2} ({:.2} s, {lists:.2} s of it from the first to the last request for a list)",
            wall.as_secs_f64()
        );
        add(&figure, "≤ 1.15 (20 ms)", measured);
    }
    for row in rows {
        let (Some(share), Some(rate)) = (row.content_share(), row.traffic.content_per_second()) else {
            continue;
        };
        let figure = format!("single manifests per second ÷ (concurrency ÷ latency), {}", row.case);
        add(&figure, "≥ 0.80 (20 ms)", format!("{share:.2} ({rate:.0}/s)"));
    }
    let peaks = |rows: &mut dyn Iterator<Item = &Row>| {
        let peaks: Vec<f64> = rows.map(|row| mebibytes(row.used.peak_rss_bytes)).collect();
        let (least, most) = peaks
            .iter()
            .fold((f64::MAX, 0.0), |(least, most), peak| (peak.min(least), peak.max(most)));
        (!peaks.is_empty()).then(|| format!("{least:.1} to {most:.1} MiB"))
    };
    let several = |row: &&Row| row.case.registries > 1;
    if let Some(measured) = peaks(&mut rows.iter().filter(several)) {
        add(
            "peak RSS, four registries of 1,000×1,000 at once",
            "≤ 300 MiB",
            measured,
        );
    }
    let small = |row: &&Row| row.case.tags < 1_000_000 && row.case.registries == 1;
    let measured = peaks(&mut rows.iter().filter(small));
    add("peak RSS, over all sizes", "flat", measured.unwrap_or_default());
    if let Some(measured) = peaks(&mut rows.iter().filter(|row| row.case.tags >= 1_000_000)) {
        add(
            "peak RSS, a repository of 1,000,000 manifests",
            "≤ 96 MiB, flat",
            measured,
        );
    }
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1_000.0);
    let (median, p90) = (percentile(starts, 50), percentile(starts, 90));
    let measured = format!("{}, p90 {}", milliseconds(median), milliseconds(p90));
    add("start to first 200, median", "≤ 100 ms", measured);
    add("binary", "≤ 12 MiB", format!("{:.1} MiB", mebibytes(binary_bytes)));
    let measured = format!("{:.0}/s", webhook.per_core_second());
    add("webhook deliveries per second of CPU", "≥ 1,000/s", measured);
    let measured = format!(
        "{:.0}/s, p50 {}, p99 {}, {} refused",
        webhook.per_second(),
        milliseconds(percentile(&webhook.times, 50)),
        milliseconds(percentile(&webhook.times, 99)),
        webhook.refused
    );
    add("webhook, beside its load on one machine", "–", measured);
    let (cpu, rss) = (webhook.cpu_per_thousand(), mebibytes(webhook.peak_rss_bytes));
    let measured = format!("{cpu:.3} s CPU, {rss:.1} MiB peak RSS");
    add("webhook, 1,000 deliveries", "–", measured);
    table
}
