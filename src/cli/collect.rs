//! `collect`: one run, from here, without queues.

use std::time::Duration;

use clap::Args;
use futures_util::stream::{self, StreamExt as _};

use super::options::{Format, SettingArgs, chosen_by, text};
use super::progress::{Progress, RegistryProgress};
use super::resources;
use super::sign_in::ensure_signed_in;
use super::summary::{RegistrySummary, StoreOperations, Summary, print_problems, table};
use super::{COMPLETE, FAILED, WITH_PROBLEMS};
use crate::app::App;
use crate::azure::acr::Purpose;
use crate::chain::chain;
use crate::collect::discover::discover;
use crate::collect::registry::{MAX_ATTEMPTS, Mover, Progress as Refresh, RegistryWork, refresh_registry};
use crate::collect::run::{Wanted, open_run};
use crate::collect::{CollectError, stored_registry};
use crate::deadline::Deadline;
use crate::inventory::generation::Generation;
use crate::inventory::problem::{Completeness, Problem, Problems};
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::refresh::RefreshDocument;
use crate::inventory::run::RunRegistry;
use crate::telemetry::{LogTo, start};

/// Registries worked on at the same time.
const REGISTRIES: usize = 4;
/// Fruitless attempts before a registry that does not answer is closed as it is.
const CLOSE_AFTER_ATTEMPTS: u32 = 5;

#[derive(Debug, Args)]
pub(super) struct CollectArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// Show what would be read and how many requests that takes at least; read no registry, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Delete snapshots that are older, e.g. all=7,daily=90,weekly=365 [default: nothing is deleted]
    #[arg(long, value_name = "DAYS", value_parser = text)]
    keep: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(super) async fn run(args: CollectArgs) -> anyhow::Result<u8> {
    let mut lookup = args.settings.lookup()?;
    if let Some(keep) = &args.keep {
        lookup.set_by("--keep", "ACR_INVENTORY_KEEP", keep);
    }
    start(&lookup, LogTo::Stderr)?;
    let config = chosen_by(&lookup)?;
    config.ensure_discoverable()?;
    let app = if args.dry_run {
        App::reading(config)?
    } else {
        App::new(config)?
    };
    ensure_signed_in(&app, false).await?;
    let (registries, discovery) = discover(app.directory(), &app.config.selection, &app.deadline()).await?;
    for problem in &discovery.problems.first {
        errln!("{} ({})", problem.message, problem.code);
    }
    if args.dry_run {
        return dry_run(&app, &registries, discovery.completeness).await;
    }
    if registries.is_empty() {
        anyhow::bail!("no registry was found");
    }
    let problems = discovery.problems.clone();
    let wanted = Wanted {
        selection: app.config.selection.id(),
        registries,
        discovery,
    };
    let opened = open_run(&app.store, &wanted).await?;
    if opened.joined {
        errln!("joining run {}, which is not finished", opened.run.generation);
    }
    let generation = opened.run.generation.clone();
    let progress = Progress::new();
    let registries = opened.open.iter();
    let work: Vec<_> = registries
        .map(|registry| collect_registry(&app, registry, &generation, &progress))
        .collect();
    let mut summaries: Vec<RegistrySummary> = stream::iter(work).buffer_unordered(REGISTRIES).collect().await;
    // What a joined run has read already was asked for here too, and how that ended counts.
    for registry in &opened.run.registries {
        if let Some(outcome) = registry.outcome {
            summaries.push(ended_before(&app, registry, outcome).await?);
        }
    }
    summaries.sort_by(|a, b| a.login_server.cmp(&b.login_server));
    let summary = Summary {
        generation: generation.to_string(),
        registries: summaries,
        problems,
        requests: app.sent(),
        store: StoreOperations::of(app.store.operations()),
        resources: resources::used(),
    };
    match args.format {
        Format::Table => outln!("{}", table(&summary.registries)),
        Format::Json => outln!("{}", serde_json::to_string_pretty(&summary)?),
    }
    print_problems(&summary.registries);
    let nothing = summary.registries.iter().all(|registry| registry.totals.is_none());
    Ok(match (summary.is_complete(), nothing) {
        (true, _) => COMPLETE,
        (false, true) => FAILED,
        (false, false) => WITH_PROBLEMS,
    })
}

/// A registry that was read before this process joined the run.
async fn ended_before(app: &App, registry: &RunRegistry, status: Completeness) -> anyhow::Result<RegistrySummary> {
    let document = stored_registry(&app.store, &registry.login_server).await?;
    let totals = document.as_ref().and_then(|document| document.totals);
    Ok(RegistrySummary {
        login_server: registry.login_server.to_string(),
        totals,
        requests: 0,
        status,
        problems: document.map(|document| document.status.problems).unwrap_or_default(),
    })
}

async fn collect_registry(
    app: &App,
    registry: &RunRegistry,
    generation: &Generation,
    progress: &Progress,
) -> RegistrySummary {
    let login_server = registry.login_server.as_str();
    let before = stored_registry(&app.store, &registry.login_server).await.ok().flatten();
    let expected = before
        .and_then(|before| before.totals)
        .map(|totals| totals.repositories);
    let shown = progress.registry(login_server, expected);
    let mut problems = Problems::default();
    match refresh_to_end(app, registry, generation, &shown).await {
        Ok(Some(document)) => {
            let status = document.outcome.unwrap_or(Completeness::Partial);
            shown.finish(status.as_str());
            let login_server = login_server.to_owned();
            RegistrySummary {
                login_server,
                totals: document.totals,
                requests: document.requests,
                status,
                problems: document.problems,
            }
        }
        Ok(None) => {
            shown.finish("another process carries on with this refresh");
            let message = "another process carries on with this refresh";
            problems.push(Problem::new(ProblemCode::Superseded, message));
            let (login_server, status) = (login_server.to_owned(), Completeness::Partial);
            RegistrySummary {
                login_server,
                totals: None,
                requests: 0,
                status,
                problems,
            }
        }
        Err(error) => {
            shown.finish(&chain(&error));
            problems.push(error.problem());
            let status = match &error {
                CollectError::Service(failure) => failure.completeness(),
                _ => Completeness::Partial,
            };
            RegistrySummary {
                login_server: login_server.to_owned(),
                totals: None,
                requests: 0,
                status,
                problems,
            }
        }
    }
}

/// Goes on until the refresh is at its end, sleeping where a function app would schedule a message. None: superseded.
async fn refresh_to_end(
    app: &App,
    registry: &RunRegistry,
    generation: &Generation,
    shown: &RegistryProgress,
) -> Result<Option<RefreshDocument>, CollectError> {
    let mut generation = generation.clone();
    let mut attempt = 0;
    let mover = Mover::new(crate::random::uuid());
    loop {
        let deadline = Deadline::none();
        // Nobody else works on what is asked for here.
        let work = RegistryWork {
            keep: app.config.keep.if_said(),
            attempt: match attempt > CLOSE_AFTER_ATTEMPTS {
                true => MAX_ATTEMPTS,
                false => attempt,
            },
            ..app.registry_work(
                (&registry.login_server, registry.registry_id.as_ref()),
                &mover,
                deadline,
            )
        };
        let client_for = |sku: Option<&str>| app.registry_client(&registry.login_server, sku, Purpose::Walk, deadline);
        let watch = |name: &crate::names::RepositoryName| shown.repository(name.as_str());
        let (pause, reason) = match refresh_registry(&work, &generation, client_for, &watch).await {
            Ok(Refresh::Finished(document)) => return Ok(Some(*document)),
            Ok(Refresh::Superseded) => return Ok(None),
            Ok(Refresh::Continue {
                generation: joined,
                pause,
                progressed,
                reason,
            }) => {
                generation = joined;
                attempt = if progressed { 0 } else { attempt + 1 };
                (pause, reason)
            }
            Err(error) if error.is_transient() && attempt <= CLOSE_AFTER_ATTEMPTS => {
                attempt += 1;
                (Duration::from_secs(1) * 2_u32.pow(attempt.min(5)), Some(chain(&error)))
            }
            Err(error) => return Err(error),
        };
        if let Some(reason) = reason {
            shown.note(&format!("waiting {} s: {reason}", pause.as_secs()));
        }
        tokio::time::sleep(pause).await;
    }
}

/// Requests that a registry takes at least: tokens, catalog, and two lists per repository that is known of.
async fn dry_run(app: &App, registries: &[RunRegistry], completeness: Completeness) -> anyhow::Result<u8> {
    let page = u64::from(app.config.limits.page_size);
    for registry in registries {
        let before = stored_registry(&app.store, &registry.login_server).await?;
        let known = before
            .and_then(|before| before.totals)
            .map_or(0, |totals| totals.repositories);
        let requests = 2 + known.div_ceil(page).max(1) + 2 * known;
        let basis = if known > 0 {
            format!("{known} repositories known")
        } else {
            "nothing known yet".to_owned()
        };
        outln!("{}\tat least {requests} requests ({basis})", registry.login_server);
    }
    Ok(if completeness == Completeness::Complete {
        COMPLETE
    } else {
        WITH_PROBLEMS
    })
}
