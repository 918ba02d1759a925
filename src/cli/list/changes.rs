//! `list changes`: what was recorded in a period, in order of time.

use super::print::Printer;
use super::{ListArgs, Moment};
use crate::app::App;
use crate::cli::progress::Records;
use crate::cli::stored::Chosen;
use crate::cli::{COMPLETE, WITH_PROBLEMS};
use crate::query::changes::{self, Changes, Period, Step};
use crate::query::row::Columns;

pub(super) const COLUMNS: Columns = changes::COLUMNS;

/// Days that are looked back without `--since`.
const USUAL_DAYS: i64 = 7;

pub(super) async fn run(app: &App, chosen: &Chosen, args: &ListArgs, mut printer: Printer) -> anyhow::Result<u8> {
    let now = crate::clock::now();
    let since = args.since.unwrap_or(Moment::Ago(time::Duration::days(USUAL_DAYS)));
    let until = args.until.unwrap_or(Moment::Ago(time::Duration::ZERO));
    let period = Period {
        since: since.begin(now),
        until: until.end(now),
    };
    anyhow::ensure!(period.since <= period.until, "--since is later than --until");
    let wanted = args.wanted()?;
    let servers: Vec<_> = chosen
        .documents
        .iter()
        .map(|registry| registry.login_server.clone())
        .collect();
    let mut changes = Changes::new(&app.store, &servers, &wanted, period);
    let progress = Records::new();
    let on = |step| match step {
        Step::Found(records) => progress.found(records),
        Step::Read => progress.read(),
    };
    while !printer.is_full()
        && let Some(day) = changes.next(&on).await?
    {
        progress.aside(|| {
            for difference in day {
                let row = changes::row(&difference);
                printer.take_as(row, Some(serde_json::to_string(&difference)?))?;
            }
            Ok(())
        })?;
    }
    progress.finish();
    printer.finish()?;
    let is_told = told(&changes.unreadable, changes.unsettled);
    Ok(match chosen.complete && is_told {
        true => COMPLETE,
        false => WITH_PROBLEMS,
    })
}

/// Says what is wrong with records on stderr; false where something is.
pub(in crate::cli) fn told(unreadable: &[String], unsettled: u64) -> bool {
    for record in unreadable {
        errln!("{record}");
    }
    if unsettled > 0 {
        errln!(
            "{unsettled} change records follow the same commit as another one, and nothing that was read tells which of \
             them took place"
        );
    }
    unreadable.is_empty() && unsettled == 0
}
