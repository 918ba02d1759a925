//! The report on stdout: a table of what was tried, then each failure with what mends it.

use super::Format;
use crate::check::{Fix, NEEDS, Outcome, Report};
use crate::cli::audit::drawn;

/// Characters of a detail in the table at most.
const WIDTH: usize = 64;

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
            row.on.clone(),
            row.check.as_str().to_owned(),
            row.outcome.as_str().to_owned(),
            row.milliseconds.to_string(),
            beginning(&row.detail),
        ]
    });
    if let Some(proxy) = &report.proxy {
        outln!("through the proxy {proxy}");
    }
    outln!("{}", drawn(&["on", "check", "result", "ms", "detail"], rows));
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

/// The beginning of a text that is shown in full below the table.
fn beginning(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
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
    outln!("{}", drawn(&["role", "id", "at", "for"], rows));
    Ok(())
}
