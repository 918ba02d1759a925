//! The report on stdout: a table of what was tried, then each failure with what mends it.

use super::Format;
use crate::check::{Fix, NEEDS, Outcome, Report};
use crate::cli::table::{Cell, Kind, Table, Tone};

/// Prints a report.
pub(super) fn report(report: &Report, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => outln!("{}", serde_json::to_string_pretty(report)?),
        Format::Table => table(report),
    }
    Ok(())
}

/// The table, and the failures below it.
pub(super) fn table(report: &Report) {
    let rows = report.rows.iter().map(|row| {
        [
            row.on.clone().into(),
            row.check.as_str().into(),
            Cell::toned(row.outcome.as_str(), tone(row.outcome)),
            row.milliseconds.to_string().into(),
            row.detail.clone().into(),
        ]
    });
    if let Some(proxy) = &report.proxy {
        outln!("through the proxy {proxy}");
    }
    let columns = [
        ("on", Kind::Name),
        ("check", Kind::Name),
        ("result", Kind::Word),
        ("ms", Kind::Number),
        ("detail", Kind::Text),
    ];
    outln!("{}", Table::new(columns, rows));
    let count = |outcome| report.rows.iter().filter(|row| row.outcome == outcome).count();
    outln!(
        "{} passed, {} failed, {} skipped",
        count(Outcome::Passed),
        count(Outcome::Failed),
        count(Outcome::Skipped)
    );
    let mut shown: Vec<&Fix> = Vec::new();
    for row in report.rows.iter().filter(|row| row.outcome == Outcome::Failed) {
        outln!("\n{}, {}: {}", row.on, row.check.as_str(), row.detail);
        for fix in &row.fixes {
            // What mends two checks is shown at the first.
            if !shown.contains(&fix) {
                shown.push(fix);
                mend(fix);
            }
        }
    }
}

fn mend(fix: &Fix) {
    let line = |name: &str, text: &str| outln!("  {name:<10} {text}");
    line("why", &fix.why);
    fix.permission.inspect(|permission| line("permission", permission));
    fix.role.inspect(|role| line("role", role));
    fix.scope.iter().for_each(|scope| line("scope", scope));
    fix.az.iter().for_each(|command| line("az", command));
    fix.bicep.iter().for_each(|bicep| line("Bicep", bicep));
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Passed => Tone::Good,
        Outcome::Failed => Tone::Bad,
        Outcome::Skipped => Tone::Doubtful,
    }
}

/// Prints which roles the identity needs.
pub(super) fn roles(format: Format) -> anyhow::Result<()> {
    if format == Format::Json {
        outln!("{}", serde_json::to_string_pretty(NEEDS)?);
        return Ok(());
    }
    let rows = NEEDS.iter().map(|need| {
        let checks: Vec<&str> = need.checks.iter().map(|check| check.as_str()).collect();
        let (names, guids): (Vec<_>, Vec<_>) = need.roles().map(|role| (role.role, role.guid)).unzip();
        [
            names.join(", or "),
            guids.join(", or "),
            need.place().to_owned(),
            checks.join(", "),
        ]
    });
    let columns = [
        ("role", Kind::Name),
        ("id", Kind::Text),
        ("at", Kind::Text),
        ("for", Kind::Text),
    ];
    outln!("{}", Table::new(columns, rows));
    Ok(())
}
