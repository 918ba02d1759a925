//! `diff`: what two snapshots of each registry tell apart.

use clap::Args;
use clap::builder::PossibleValuesParser;
use futures_util::StreamExt as _;

use super::at::{At, Until, generations};
use super::audit::with_store;
use super::list::print::{Format, Printer};
use super::list::values::wanted;
use super::options::{SettingArgs, chosen_by, text};
use super::progress::Records;
use super::sign_in::ensure_signed_in;
use super::stored::chosen;
use super::{COMPLETE, FAILED, WITH_PROBLEMS};
use crate::app::App;
use crate::collect::timestamp;
use crate::inventory::generation::Generation;
use crate::inventory::problem::Completeness;
use crate::inventory::registry::RegistryDocument;
use crate::query::audits::{self, audited};
use crate::query::changes::Step;
use crate::query::difference::{COLUMNS, Difference, KINDS, Wanted};
use crate::query::differences::differences;
use crate::snapshot::{Pointed, Snapshot};
use crate::telemetry::{LogTo, start};

const EXAMPLES: &str = "\
What repositories hold is told from two snapshots, the second of which is that of the last run where --to is now or not
given: what events have changed since is in `list changes`. What audits tell apart (verdicts, principals, roles) is the
sum of the change records of the runs between, because only the last audit is kept.

Examples:
  acr-inventory diff --from 2026-11-01 --to now
  acr-inventory diff --from 41 --to 42 --registry contoso --repository 'team/*' --format ndjson
  acr-inventory diff --from 2026-11-01 --kind verdict-changed --kind role-added
  acr-inventory diff --from 2026-11-01 --inventory https://account.blob.core.windows.net/inventory";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// The inventory to read, which other commands call --from: a directory or a container [default: ./inventory]
    #[arg(long, value_name = "DIR|URL", conflicts_with_all = ["output", "store"], value_parser = text)]
    inventory: Option<String>,
    /// The first snapshot: that of this generation, or the last one before this time; a day means its end
    #[arg(long, value_name = "TIME|GENERATION", value_parser = At::parse)]
    from: At,
    /// The second one, in the same way
    #[arg(long, value_name = "TIME|GENERATION|now", default_value = "now", value_parser = At::parse_or_now)]
    to: Until,
    /// Repositories whose names match; may be given several times
    #[arg(long, value_name = "PATTERN", value_parser = text)]
    repository: Vec<String>,
    /// Tags whose names match; may be given several times
    #[arg(long, value_name = "PATTERN", value_parser = text)]
    tag: Vec<String>,
    /// Digests that begin so, also where a tag moved from or to them
    #[arg(long, value_name = "DIGEST", value_parser = text)]
    digest: Option<String>,
    /// Differences of this kind; may be given several times
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(KINDS))]
    kind: Vec<String>,
    /// So many differences at most
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// How differences are printed; with ndjson each is a line in the form of a change record
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(super) async fn run(args: DiffArgs) -> anyhow::Result<u8> {
    let wanted = wanted(&args.repository, &args.tag, args.digest.as_ref(), &args.kind)?;
    let lookup = with_store(args.settings.lookup()?, args.inventory.as_deref());
    start(&lookup, LogTo::Stderr)?;
    let app = App::reading(chosen_by(&lookup)?)?;
    ensure_signed_in(&app, true).await?;
    let chosen = chosen(&app).await?;
    let mut printer = Printer::new(args.format, COLUMNS, None, args.limit);
    let (mut compared, mut is_complete) = (0, chosen.complete);
    for registry in &chosen.documents {
        if printer.is_full() {
            break;
        }
        match ends(&app, registry, &args).await? {
            Ok((from, to)) => {
                compared += 1;
                is_complete &= compare(&app, registry, (&from, &to), &wanted, &mut printer).await?;
            }
            Err(why) => {
                errln!("{}: {why}", registry.login_server);
                is_complete = false;
            }
        }
    }
    if compared == 0 {
        return Ok(FAILED);
    }
    printer.finish()?;
    Ok(match is_complete {
        true => COMPLETE,
        false => WITH_PROBLEMS,
    })
}

/// The generations that are compared, or why there are none.
async fn ends(
    app: &App,
    registry: &RegistryDocument,
    args: &DiffArgs,
) -> anyhow::Result<Result<(Generation, Generation), String>> {
    let Some(current) = &registry.snapshot else {
        return Ok(Err("it was never read".to_owned()));
    };
    let there = generations(&app.store, &registry.login_server).await?;
    let from = match args.from.choose(&there) {
        Ok(from) => from.clone(),
        Err(why) => return Ok(Err(format!("--from: {why}"))),
    };
    let to = match &args.to {
        Until::Now => current.generation.clone(),
        Until::At(at) => match at.choose(&there) {
            Ok(to) => to.clone(),
            Err(why) => return Ok(Err(format!("--to: {why}"))),
        },
    };
    if from > to {
        return Ok(Err(format!("--from is later ({from}) than --to ({to})")));
    }
    Ok(Ok((from, to)))
}

/// Prints what two snapshots tell apart; false where some of it is not known.
async fn compare(
    app: &App,
    registry: &RegistryDocument,
    (from, to): (&Generation, &Generation),
    wanted: &Wanted,
    printer: &mut Printer,
) -> anyhow::Result<bool> {
    let server = &registry.login_server;
    let time = |generation: &Generation| generation.opened().map(timestamp).unwrap_or_default();
    errln!("{server}: from {} to {}", time(from), time(to));
    let (before, after) = (open(app, registry, from).await?, open(app, registry, to).await?);
    let mut is_complete = true;
    for (snapshot, generation) in [(&before, from), (&after, to)] {
        let completeness = snapshot.manifest().completeness;
        if completeness != Completeness::Complete {
            errln!(
                "{server}: what is stored of {} is {}",
                time(generation),
                completeness.as_str()
            );
            is_complete = false;
        }
    }
    let mut found = differences(&before, &after, wanted).boxed();
    while !printer.is_full()
        && let Some(differences) = found.next().await
    {
        take(differences?, printer)?;
    }
    if wanted.asks_for_registries() && wanted.asks_for(audits::KINDS) && !printer.is_full() && from < to {
        let progress = Records::new();
        let on = |step| match step {
            Step::Found(records) => progress.found(records),
            Step::Read => progress.read(),
        };
        let audited = audited(&app.store, server, (from, to), wanted, &on).await?;
        progress.finish();
        is_complete &= super::list::told(&audited.unreadable, audited.unsettled);
        match audited.judged {
            None => errln!("{server}: no audit is stored; verdicts and roles are not compared"),
            Some(judged) if judged.generation < *to => errln!(
                "{server}: the last audit is about what there was at {}; verdicts and roles are compared up to then",
                time(&judged.generation)
            ),
            Some(_) => {}
        }
        take(audited.differences, printer)?;
    }
    Ok(is_complete)
}

fn take(differences: Vec<Difference>, printer: &mut Printer) -> anyhow::Result<()> {
    for difference in differences {
        printer.take_as(difference.row(), Some(serde_json::to_string(&difference)?))?;
    }
    Ok(())
}

async fn open<'a>(app: &'a App, registry: &RegistryDocument, generation: &Generation) -> anyhow::Result<Snapshot<'a>> {
    let pointers = registry.snapshot.iter().chain(&registry.last_complete);
    let pointer = pointers.into_iter().find(|pointer| pointer.generation == *generation);
    let pointed = Pointed {
        generation,
        manifest_sha256: pointer.map(|pointer| pointer.manifest_sha256.as_str()),
    };
    Ok(Snapshot::open(&app.store, &registry.login_server, pointed).await?)
}
