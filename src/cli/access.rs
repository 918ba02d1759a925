//! `access`: who can do something with a repository, and what a switch of the registry's mode would change.

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::audit::{ExtraArgs, Found, arm, drawn, find, is_known, last_inventory, with_store};
use super::options::SettingArgs;
use super::{COMPLETE, WITH_PROBLEMS};
use crate::access::action::Action;
use crate::access::decision::Verdict;
use crate::access::effective::{Grants, Memberships};
use crate::app::App;
use crate::audit::questions::{Holder, SwitchChange, switched, who_can};
use crate::audit::{Subscriptions, gaps, grants};
use crate::config::Config;
use crate::names::RepositoryName;
use crate::posture::profile::Profile;
use crate::telemetry::{LogTo, start};

#[derive(Debug, Args)]
pub(super) struct AccessArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// Repository that is asked about
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// What somebody wants to do: pull, push, delete, list-catalog, configure, …
    #[arg(long, required_unless_present = "simulate_abac")]
    action: Option<Action>,
    /// Who would lose or gain what if the registry switched its role assignment mode
    #[arg(long, conflicts_with_all = ["action", "repository"])]
    simulate_abac: bool,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

pub(super) async fn run(args: AccessArgs) -> anyhow::Result<u8> {
    let lookup = with_store(args.settings.lookup(), None);
    start(&lookup, LogTo::Stderr)?;
    let repository = args.repository.as_deref().map(RepositoryName::parse).transpose()?;
    if let Some(action) = args.action.filter(|action| action.per_repository()) {
        anyhow::ensure!(
            repository.is_some(),
            "{action} is done to a repository: name it with --repository"
        );
    }
    let app = App::reading(Config::read(&lookup)?)?;
    let found = find(&app).await?;
    let [(login_server, id)] = found.registries.as_slice() else {
        anyhow::bail!(
            "{} registries are meant: name one with --registry",
            found.registries.len()
        );
    };
    let subscriptions = Subscriptions::default();
    let reads = Found::read(arm(&app)?, &subscriptions, (login_server, id), ExtraArgs::NONE).await;
    // Groups are shown as such: who is a member is not known here.
    let grants = grants(&reads, Memberships::Apart, crate::clock::now());
    match args.action {
        Some(action) => {
            let repository = repository.as_ref().map(RepositoryName::as_str);
            print_holders(&grants, action, repository, args.format)?;
        }
        None => {
            let inventory = last_inventory(&app, login_server, &Profile::default()).await;
            if inventory.is_none() {
                eprintln!("{login_server}: without an inventory, repositories are told apart by no name");
            }
            let names = inventory.map(|stored| stored.repositories).unwrap_or_default();
            print_switch(&grants, &names, args.format)?;
        }
    }
    // What decides access: the registry, tokens and scope maps, and the three lists of the subscription.
    let mut gaps = gaps(&reads);
    gaps.retain(|gap| DECISIVE.contains(&gap.what.as_str()));
    for gap in &gaps {
        let permission = gap
            .permission
            .as_deref()
            .map(|permission| format!(": it takes {permission}"));
        eprintln!(
            "{login_server}: {} could not be known: {}{}",
            gap.what,
            gap.why,
            permission.unwrap_or_default()
        );
    }
    Ok(if is_known(&gaps) { COMPLETE } else { WITH_PROBLEMS })
}

const DECISIVE: [&str; 6] = [
    "the registry",
    "the tokens",
    "the scope maps",
    "the role assignments",
    "the role definitions",
    "the deny assignments",
];

fn print_holders(grants: &Grants, action: Action, repository: Option<&str>, format: Format) -> anyhow::Result<()> {
    let holders = who_can(grants, action, repository);
    if format == Format::Json {
        let answer = json!({
            "registryId": grants.facts().registry, "mode": grants.mode(), "action": action, "repository": repository,
            "holders": holders,
        });
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    let row = |holder: Holder| {
        let more = if holder.more_reasons > 0 {
            format!("\nand {} more", holder.more_reasons)
        } else {
            String::new()
        };
        [
            holder.verdict.as_str().to_owned(),
            holder.principal,
            holder.kind.and_then(|kind| kind.arm()).unwrap_or("–").to_owned(),
            holder.reasons.join("\n") + &more,
        ]
    };
    let count = |verdict| holders.iter().filter(|holder| holder.verdict == verdict).count();
    let (granted, unknown) = (count(Verdict::Granted), count(Verdict::Unknown));
    println!(
        "{}",
        drawn(
            &["answer", "principal", "kind", "through, or why it is not known"],
            holders.into_iter().map(row)
        )
    );
    let place = repository.map(|name| format!(" {name}")).unwrap_or_default();
    println!("{action}{place}: {granted} can, of {unknown} it is not known");
    Ok(())
}

fn print_switch(grants: &Grants, names: &[String], format: Format) -> anyhow::Result<()> {
    let (to, changes) = switched(grants, names).context("the registry's role assignment mode could not be read")?;
    if format == Format::Json {
        let answer =
            json!({"registryId": grants.facts().registry, "from": grants.mode(), "to": to, "changes": changes});
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    let count = changes.len();
    let row = |change: SwitchChange| {
        let actions: Vec<&str> = change.actions.iter().map(|action| action.as_str()).collect();
        let turn = format!("{} → {}", change.before.as_str(), change.after.as_str());
        [change.principal, actions.join(", "), change.place, turn]
    };
    println!(
        "{}",
        drawn(
            &["principal", "actions", "where", "before → after"],
            changes.into_iter().map(row)
        )
    );
    println!("switching to {}: {count} changes", to.arm());
    Ok(())
}
