//! `check`: can the identity do its job, and what is missing if not.

#[cfg(feature = "simulator")]
mod demo;
mod print;

use clap::Args;

use super::audit::with_store;
use super::options::{Format, SettingArgs, chosen_by};
use super::{COMPLETE, FAILED, WITH_PROBLEMS};
use crate::app::App;
use crate::check::{Ending, Further, Report, run as try_everything};
use crate::config::BrokerConfig;
use crate::config::settings::Lookup;
use crate::telemetry::{LogTo, start};

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Show which roles the identity needs, where and for what; ask nobody
    #[arg(long)]
    roles: bool,
    /// Check the built-in simulator in each state in which something fails, and show what mends it
    #[cfg(feature = "simulator")]
    #[arg(long, conflicts_with = "roles")]
    demo: bool,
}

pub(super) async fn run(args: CheckArgs) -> anyhow::Result<u8> {
    if args.roles {
        return print::roles(args.format).map(|()| COMPLETE);
    }
    #[cfg(feature = "simulator")]
    if args.demo {
        return demo::run(args.format).await.map(|()| COMPLETE);
    }
    let lookup = args.settings.lookup()?;
    start(&lookup, LogTo::Stderr)?;
    let report = check(lookup).await?;
    print::report(&report, args.format)?;
    Ok(exit_code(&report))
}

/// Tries everything that these settings name: the store and the queues only where they are named.
async fn check(lookup: Lookup) -> anyhow::Result<Report> {
    let has_store = lookup.get("ACR_INVENTORY_STORE").is_some();
    let broker = BrokerConfig::read(&lookup)?;
    let config = chosen_by(&with_store(lookup, None))?;
    let location = has_store.then(|| config.store.clone());
    let app = match has_store {
        true => App::new(config)?,
        false => App::reading(config)?,
    };
    let further = Further {
        store: location.as_ref(),
        broker: broker.as_ref(),
    };
    Ok(try_everything(&app, further).await)
}

fn exit_code(report: &Report) -> u8 {
    match report.ending() {
        Ending::AllPassed => COMPLETE,
        Ending::SomethingFailed => WITH_PROBLEMS,
        Ending::NothingToCheck => FAILED,
    }
}
