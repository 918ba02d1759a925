//! `demo`: the whole job, as Azure would drive it, against the simulator: a Functions host that starts this very
//! binary, fires its timer, delivers its queue messages and passes webhooks on.

mod audit;
mod events;
mod lines;
mod verify;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::COMPLETE;
use super::progress::Spinner;
use super::summary::{RegistrySummary, print_problems, table};
use crate::collect::{stored_refresh, stored_registry};
use crate::names::LoginServer;
use crate::store::{BlobKey, DirectoryStore, Store};
use simulator::Options;
use simulator::function_app::{check, fire_timer, start};
use simulator::tenant::Tenant;
use simulator::world::World;

/// Real time that the delivery of all messages may take.
const LIMIT: Duration = Duration::from_secs(300);

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Directory that the inventory goes to
    #[arg(long, value_name = "DIR", default_value = "inventory")]
    output: PathBuf,
    /// Seed of the simulated world: the same seed, the same registries
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) async fn run(args: DemoArgs) -> anyhow::Result<u8> {
    let store = Store::directory(DirectoryStore::open_root(&args.output)?);
    let output = args
        .output
        .canonicalize()
        .with_context(|| format!("finding {}", args.output.display()))?;
    // Onto an inventory of an earlier demo: its pushes have happened already.
    let again = store.read(&BlobKey::CurrentRun).await?.is_some();
    let mut world = World::demo(args.seed);
    let events = events::Events::new(args.seed, &world)?;
    if again {
        events.apply(&mut world);
    }
    let servers: Vec<String> = world.registries.keys().cloned().collect();
    let tenant = Tenant::start(world, Options::default())?;
    let program = std::env::current_exe().context("finding this program")?;
    let store_setting = output.display().to_string();
    let host = start(
        &tenant,
        &program,
        tenant.function_app_settings(&store_setting),
        lines::sink(),
    )
    .await?;
    errln!(
        "Simulated Azure on {}, {} registries in 3 subscriptions; Functions host with the real handler.",
        tenant.simulator.address(),
        servers.len()
    );

    let spinner = Spinner::new();
    spinner.step("timer: schedule-refresh finds the registries and sends one message per registry");
    fire_timer(&host).await?;
    spinner.step("queue: refresh-registry reads each registry");
    let report = host.run_until_idle(LIMIT, true).await;
    check(&report)?;
    let written = documents(&store, &servers).await?;

    if !again {
        events.apply(&mut tenant.simulator.world());
    }
    spinner.step(&format!(
        "webhook: {} events from registries (pushes, a delete, a forgery)",
        events.len()
    ));
    let refused = events.post(&host).await?;
    anyhow::ensure!(refused == 1, "the forged event was not refused");
    spinner.step("queue: refresh-repository reads just those repositories again");
    check(&host.run_until_idle(LIMIT, true).await)?;
    let after_events = documents(&store, &servers).await?;

    spinner.step("timer again: everything is read once more, what has not changed is not written");
    fire_timer(&host).await?;
    check(&host.run_until_idle(LIMIT, true).await)?;
    let after_timer = documents(&store, &servers).await?;
    spinner.finish();
    host.kill().await;

    let changed = |before: &[(String, uuid::Uuid)], after: &[(String, uuid::Uuid)]| {
        after.iter().filter(|document| !before.contains(document)).count()
    };
    errln!(
        "{} repository documents; the events rewrote {}, the second timer {}.",
        after_timer.len(),
        changed(&written, &after_events),
        changed(&after_events, &after_timer)
    );
    let mut summaries = Vec::new();
    for server in &servers {
        summaries.extend(summary(&store, server).await?);
    }
    print_problems(&summaries);
    outln!("{}", table(&summaries));
    outln!("Audit of the registries (`acr-inventory audit --all` prints every finding, with what to do about it):");
    outln!("{}", audit::table(&audit::audited(&tenant, &store_setting).await?));
    outln!("Inventory in {}", args.output.display());
    let violations = tenant.simulator.violations();
    anyhow::ensure!(
        violations.is_empty(),
        "the simulator was asked for what it does not know: {violations:?}"
    );
    let truth = verify::truth(&tenant.simulator.world());
    let compared = verify::verify(&store, &truth)
        .await
        .context("comparing the inventory with the registries")?;
    outln!(
        "Compared with what the {} readable registries hold: {} repositories, {} manifests, {} tags, no difference.",
        compared.registries,
        compared.repositories,
        compared.manifests,
        compared.tags
    );
    Ok(COMPLETE)
}

/// Every repository document with its commit.
async fn documents(store: &Store, servers: &[String]) -> anyhow::Result<Vec<(String, uuid::Uuid)>> {
    let mut documents = Vec::new();
    for server in servers {
        let login_server = LoginServer::parse(server)?;
        for name in store.list(&BlobKey::repositories_prefix(&login_server)).await? {
            let Some(repository) = BlobKey::repository_of(&login_server, &name) else {
                continue;
            };
            let key = BlobKey::Repository(login_server.clone(), repository);
            let Some((_, mut lines)) = store.open(&key).await? else {
                continue;
            };
            let first = lines.next_line().await?.unwrap_or_default();
            let header: crate::inventory::repository::Header = serde_json::from_slice(&first)?;
            documents.push((name, header.commit_id));
        }
    }
    Ok(documents)
}

/// What the inventory says of one registry; none for one that was never found.
async fn summary(store: &Store, server: &str) -> anyhow::Result<Option<RegistrySummary>> {
    let login_server = LoginServer::parse(server)?;
    let (Some(document), Some(refresh)) = (
        stored_registry(store, &login_server).await?,
        stored_refresh(store, &login_server).await?,
    ) else {
        return Ok(None);
    };
    Ok(Some(RegistrySummary {
        login_server: server.to_owned(),
        totals: document.totals,
        requests: refresh.requests,
        status: document.status.completeness,
        problems: document.status.problems,
    }))
}
