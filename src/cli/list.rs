//! `list`: what the inventory holds, now or at an earlier moment, and what has changed.

mod changes;
mod conditions;
mod narrow;
pub(super) mod print;
pub(super) mod values;

use std::ops::ControlFlow;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::at::{At, generations};
use super::audit::with_store;
use super::options::{SettingArgs, chosen_by, text};
use super::sign_in::ensure_signed_in;
use super::stored::chosen;
use super::{COMPLETE, FAILED, WITH_PROBLEMS};
use crate::app::App;
use crate::collect::{stored_registry, timestamp};
use crate::inventory::problem::Completeness;
use crate::inventory::registry::RegistryDocument;
use crate::query::difference::KINDS;
use crate::query::filter::Filter;
use crate::query::gone::{gone, gone_since};
use crate::query::held::Held;
use crate::query::platform::Platform;
use crate::query::row::Columns;
use crate::query::{manifests, registries, repositories, tags};
use crate::snapshot::Pointed;
use crate::telemetry::{LogTo, start};
pub(super) use changes::told;
use print::{Format, Printer};
use values::{Moment, age, size};

const EXAMPLES: &str = "\
Sizes are what manifests say: layers that images share count each time. Times are UTC.

Examples:
  acr-inventory list registries
  acr-inventory list repositories --registry contoso --sort size --limit 20
  acr-inventory list tags --repository 'team/*' --older-than 90d --format csv
  acr-inventory list tags --repository team/app --at 2026-11-01
  acr-inventory list manifests --untagged --larger-than 1GiB
  acr-inventory list manifests --platform linux/arm64
  acr-inventory list changes --since 7d --kind tag-moved";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ListArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// What is listed
    #[arg(value_enum)]
    what: What,
    /// The inventory to read: a directory or a container [default: ./inventory]
    #[arg(long, value_name = "DIR|URL", conflicts_with_all = ["output", "store"], value_parser = text)]
    from: Option<String>,
    /// What there was in the snapshot of this generation, or in the last one before this time
    #[arg(long, value_name = "TIME|GENERATION", value_parser = At::parse)]
    at: Option<At>,
    /// Repositories whose names match; may be given several times
    #[arg(long, value_name = "PATTERN", value_parser = text)]
    repository: Vec<String>,
    /// Tags whose names match, or manifests with such a tag; may be given several times
    #[arg(long, value_name = "PATTERN", value_parser = text)]
    tag: Vec<String>,
    /// Digests that begin so
    #[arg(long, value_name = "DIGEST", value_parser = text)]
    digest: Option<String>,
    /// Created at least so long ago, e.g. 90d
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<time::Duration>,
    /// Created not longer ago, e.g. 12h
    #[arg(long, value_name = "AGE", value_parser = age)]
    newer_than: Option<time::Duration>,
    /// Whose time counts for both
    #[arg(long, value_enum, default_value_t = By::Created)]
    by: By,
    /// Repositories or manifests of more bytes, e.g. 1GiB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    larger_than: Option<u64>,
    /// Repositories or manifests of fewer bytes
    #[arg(long, value_name = "SIZE", value_parser = size)]
    smaller_than: Option<u64>,
    /// Manifests without a tag
    #[arg(long)]
    untagged: bool,
    /// What cannot be written: writeEnabled is off
    #[arg(long)]
    locked: bool,
    /// Manifests for this platform, and indexes that are known to have one, or their tags, e.g. linux/arm64
    #[arg(long, value_name = "OS[/ARCHITECTURE[/VARIANT]]", value_parser = Platform::parse)]
    platform: Option<Platform>,
    /// Manifests of this media type
    #[arg(long, value_name = "TYPE", value_parser = text)]
    media_type: Option<String>,
    /// Changes since a day (2026-11-22), a time, or so long ago [default: 7d]
    #[arg(long, value_name = "AGE|TIME", value_parser = Moment::parse)]
    since: Option<Moment>,
    /// Changes until the end of a day, or until a time [default: now]
    #[arg(long, value_name = "AGE|TIME", value_parser = Moment::parse)]
    until: Option<Moment>,
    /// Changes of this kind; may be given several times
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(KINDS))]
    kind: Vec<String>,
    /// Column to sort by (size: that of bytes), the largest and the newest first; without it the order is that of the catalog
    #[arg(long, value_name = "COLUMN", value_parser = text)]
    sort: Option<String>,
    /// So many rows at most
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// How the rows are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Registries,
    Repositories,
    Tags,
    Manifests,
    Changes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Created,
    Updated,
}

impl What {
    fn columns(self) -> Columns {
        match self {
            Self::Registries => registries::COLUMNS,
            Self::Repositories => repositories::COLUMNS,
            Self::Tags => tags::COLUMNS,
            Self::Manifests => manifests::COLUMNS,
            Self::Changes => changes::COLUMNS,
        }
    }
}

pub(super) async fn run(args: ListArgs) -> anyhow::Result<u8> {
    let filter = args.filter()?;
    let columns = args.what.columns();
    let sort = match &args.sort {
        Some(name) => match columns.iter().position(|column| is_meant(column, name)) {
            Some(place) => Some(place),
            None => anyhow::bail!("--sort: there is no column {name:?}; there are {}", columns.join(", ")),
        },
        None => None,
    };
    let lookup = with_store(args.settings.lookup()?, args.from.as_deref());
    start(&lookup, LogTo::Stderr)?;
    let app = App::reading(chosen_by(&lookup)?)?;
    ensure_signed_in(&app, true).await?;
    let chosen = chosen(&app).await?;
    let mut printer = Printer::new(args.format, columns, sort, args.limit);
    if args.what == What::Changes {
        return changes::run(&app, &chosen, &args, printer).await;
    }
    let mut outcome = if chosen.complete { COMPLETE } else { WITH_PROBLEMS };
    if args.what == What::Registries {
        list_registries(&app, chosen.documents, &mut printer).await?;
        printer.finish()?;
        return Ok(outcome);
    }
    for registry in &chosen.documents {
        if printer.is_full() {
            break;
        }
        match held(&app, registry, args.at.as_ref()).await? {
            Ok(mut held) => {
                if held.completeness != Completeness::Complete {
                    errln!(
                        "{}: what is stored of it is {}",
                        registry.login_server,
                        held.completeness.as_str()
                    );
                    outcome = outcome.max(WITH_PROBLEMS);
                }
                let lines = match args.at {
                    // Also what events have changed since is among them, but for the longest.
                    None => app.config.limits.document_lines,
                    Some(_) => u64::MAX,
                };
                rows(args.what, (&mut held, registry, lines), &filter, &mut printer).await?;
            }
            Err(why) => {
                errln!("{}: {why}", registry.login_server);
                outcome = if args.at.is_some() {
                    FAILED
                } else {
                    outcome.max(WITH_PROBLEMS)
                };
            }
        }
    }
    printer.finish()?;
    Ok(outcome)
}

/// The chosen ones, and those that runs no longer find, by login server.
async fn list_registries(app: &App, mut found: Vec<RegistryDocument>, printer: &mut Printer) -> anyhow::Result<()> {
    let selection = &app.config.selection;
    let gone = gone(&app.store).await?;
    for server in &gone {
        if selection.is_closed()
            || !selection.covers(server.registry_name(), server.as_str())
            || found.iter().any(|found| found.login_server == *server)
        {
            continue;
        }
        let stored = stored_registry(&app.store, server).await?;
        found.extend(stored.filter(|stored| stored.arm_id().is_none_or(|id| selection.covers_id(&id))));
    }
    found.sort_by(|a, b| a.login_server.cmp(&b.login_server));
    for registry in &found {
        if printer.is_full() {
            break;
        }
        let since = match gone.contains(&registry.login_server) {
            true => gone_since(&app.store, registry).await?,
            false => None,
        };
        printer.take(registries::row(registry, since))?;
    }
    Ok(())
}

/// Whether a column is meant by a name; `size` is that of whatever is listed.
fn is_meant(column: &str, name: &str) -> bool {
    column == name || (name == "size" && ["bytes", "imageSize"].contains(&column))
}

/// What a registry held at the moment that is asked about; or why that is not known.
async fn held<'a>(
    app: &'a App,
    registry: &RegistryDocument,
    at: Option<&At>,
) -> anyhow::Result<Result<Held<'a>, String>> {
    let none = || "it was never read".to_owned();
    let Some(at) = at else {
        return Ok(Held::now(&app.store, registry).await?.ok_or_else(none));
    };
    let there = generations(&app.store, &registry.login_server).await?;
    let generation = match at.choose(&there) {
        Ok(generation) => generation,
        Err(why) => return Ok(Err(why)),
    };
    if let (At::Time(_), Some(opened)) = (at, generation.opened()) {
        errln!("{}: as it was at {}", registry.login_server, timestamp(opened));
    }
    let pointed = Pointed {
        generation,
        manifest_sha256: None,
    };
    Ok(Ok(Held::at(&app.store, &registry.login_server, pointed).await?))
}

async fn rows(
    what: What,
    (held, registry, most_lines): (&mut Held<'_>, &RegistryDocument, u64),
    filter: &Filter,
    printer: &mut Printer,
) -> anyhow::Result<()> {
    let server = &registry.login_server;
    while !printer.is_full() {
        let Some(repository) = held.next_of(filter).await? else {
            break;
        };
        if let (Some(counts), Some(snapshot)) = (&repository.counts, &registry.snapshot)
            && counts.manifests + counts.tags > most_lines
        {
            errln!(
                "{server}/{} has more than {most_lines} lines: they are those of {}, and of no push since",
                repository.name,
                snapshot.generation
            );
        }
        match what {
            What::Registries | What::Changes => {}
            What::Repositories => {
                if let Some(row) = repositories::row_of(held, repository, server, filter).await? {
                    printer.take(row)?;
                }
            }
            What::Tags => {
                let mut failed = None;
                let take = |row| {
                    failed = printer.take(row).err();
                    match failed.is_some() || printer.is_full() {
                        true => ControlFlow::Break(()),
                        false => ControlFlow::Continue(()),
                    }
                };
                tags::rows_of(held, &repository, server, filter, take).await?;
                failed.map_or(Ok(()), Err)?;
            }
            What::Manifests => {
                for row in manifests::rows_of(held, &repository, server, filter).await? {
                    printer.take(row)?;
                }
            }
        }
    }
    Ok(())
}
