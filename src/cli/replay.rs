//! `replay`: dead letters, and on request the quarantine, sent again.

use anyhow::Context as _;
use clap::Args;

use super::audit::with_store;
use super::options::{Format, SettingArgs, text};
use super::table::{Kind, Table};
use super::{COMPLETE, WITH_PROBLEMS};
use crate::app::App;
use crate::azure::service_bus::Sender;
use crate::config::{BrokerConfig, Config};
use crate::replay::{Limits, Outcome, Replayed, dead_letters, quarantined};
use crate::telemetry::{LogTo, start};

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// Queue whose dead letters are sent again [default: both]
    #[arg(long, value_name = "NAME", value_parser = text)]
    queue: Option<String>,
    /// Dead letters of one queue, or quarantined messages, at most
    #[arg(long, value_name = "N", default_value_t = 100)]
    max: usize,
    /// Show what is there and why; send and delete nothing. (Dead letters are locked for a moment meanwhile)
    #[arg(long)]
    dry_run: bool,
    /// The messages in v2/quarantine instead of dead letters
    #[arg(long, conflicts_with = "queue")]
    quarantine: bool,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(super) async fn run(args: ReplayArgs) -> anyhow::Result<u8> {
    args.settings.refuse_choice("replay")?;
    let lookup = args.settings.lookup()?;
    start(&lookup, LogTo::Stderr)?;
    let broker = BrokerConfig::required(&lookup)?;
    // Dead letters have nothing to do with the store.
    let lookup = if args.quarantine {
        lookup
    } else {
        with_store(lookup, None)
    };
    let app = App::reading(Config::read(&lookup)?)?;
    let limits = Limits {
        most: args.max,
        dry_run: args.dry_run,
    };
    let mut done = Vec::new();
    let ended = match args.quarantine {
        true => from_quarantine(&app, &broker, limits, &mut done).await,
        false => from_queues(&app, &broker, args.queue.as_deref(), limits, &mut done).await,
    };
    print(&done, args.format)?;
    match ended {
        Err(error) if done.is_empty() => return Err(error),
        Err(error) => {
            errln!("acr-inventory: {error:#}");
            return Ok(WITH_PROBLEMS);
        }
        Ok(()) => {}
    }
    let is_left = done.iter().any(|one| matches!(one.outcome, Outcome::Left(_)));
    Ok(if is_left { WITH_PROBLEMS } else { COMPLETE })
}

async fn from_queues(
    app: &App,
    broker: &BrokerConfig,
    only: Option<&str>,
    limits: Limits,
    done: &mut Vec<Replayed>,
) -> anyhow::Result<()> {
    let both = [broker.registry_queue.as_str(), broker.repository_queue.as_str()];
    let queues = only.map_or(both.to_vec(), |queue| vec![queue]);
    for queue in queues {
        let (letters, sender) = (app.dead_letters(broker, queue)?, app.sender(broker, queue)?);
        let replayed = dead_letters(&letters, &sender, limits, done).await;
        replayed.with_context(|| format!("replaying the dead letters of {queue}"))?;
    }
    Ok(())
}

async fn from_quarantine(
    app: &App,
    broker: &BrokerConfig,
    limits: Limits,
    done: &mut Vec<Replayed>,
) -> anyhow::Result<()> {
    let registries = app.sender(broker, &broker.registry_queue)?;
    let repositories = app.sender(broker, &broker.repository_queue)?;
    let sender_of = |function: &str| -> Option<&Sender> {
        match function {
            "refresh-registry" => Some(&registries),
            "refresh-repository" => Some(&repositories),
            _ => None,
        }
    };
    let replayed = quarantined(&app.store, sender_of, limits, done).await;
    replayed.context("replaying the quarantine")
}

fn print(done: &[Replayed], format: Format) -> anyhow::Result<()> {
    if format == Format::Json {
        outln!("{}", serde_json::to_string_pretty(done)?);
        return Ok(());
    }
    let rows = done.iter().map(|one| {
        let outcome = match &one.outcome {
            Outcome::Replayed => "replayed".to_owned(),
            Outcome::Found => "found".to_owned(),
            Outcome::Left(why) => format!("left: {why}"),
        };
        [
            one.from.clone(),
            one.about.clone(),
            one.reason.clone(),
            one.since.clone(),
            outcome,
        ]
    });
    let columns = [
        ("from", Kind::Name),
        ("asks for", Kind::Name),
        ("given up because", Kind::Text),
        ("since", Kind::Name),
        ("outcome", Kind::Text),
    ];
    outln!("{}", Table::new(columns, rows));
    let count = |wanted: fn(&Outcome) -> bool| done.iter().filter(|one| wanted(&one.outcome)).count();
    outln!(
        "{} replayed, {} found, {} left",
        count(|outcome| *outcome == Outcome::Replayed),
        count(|outcome| *outcome == Outcome::Found),
        count(|outcome| matches!(outcome, Outcome::Left(_)))
    );
    Ok(())
}
