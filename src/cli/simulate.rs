//! `simulate`: the simulator on real TLS sockets, for other clients.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::{COMPLETE, WITH_PROBLEMS};
use simulator::tenant::Tenant;
use simulator::world::World;
use simulator::world::truth::truth;
use simulator::{Options, Service};

#[derive(Debug, Args)]
pub(super) struct SimulateArgs {
    /// Address to listen on; a loopback address
    #[arg(long, value_name = "127.0.0.1:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// File that the certificate to trust (PEM) is written to
    #[arg(long, value_name = "FILE", default_value = "acr-inventory-simulator-ca.pem")]
    ca_file: PathBuf,
    /// Seed of the simulated world
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The demo's world, or one with a registry in every posture that an audit tells apart
    #[arg(long, value_enum, default_value_t = Scene::Demo)]
    world: Scene,
    /// Instead of a world: one registry with so many repositories
    #[arg(long, value_name = "N", conflicts_with = "world")]
    repositories: Option<usize>,
    /// Tags per repository of that registry
    #[arg(long, value_name = "N", default_value_t = 10, requires = "repositories")]
    tags: usize,
    /// Milliseconds added to every answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Items of one page of an ARM list at most; the rest is under `nextLink`
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    arm_page: usize,
    /// File that everything the simulated registries hold is written to (JSON), to compare a client's findings with
    #[arg(long, value_name = "FILE")]
    truth_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scene {
    Demo,
    Postures,
}

pub(super) async fn run(args: SimulateArgs) -> anyhow::Result<u8> {
    anyhow::ensure!(
        args.listen.ip().is_loopback(),
        "the simulator listens on loopback only, not on {}",
        args.listen
    );
    let mut world = match args.repositories {
        Some(repositories) => World::sized(repositories, args.tags),
        None if args.world == Scene::Postures => World::postures(),
        None => World::demo(args.seed),
    };
    world.arm.page_size = args.arm_page;
    if let Some(file) = &args.truth_file {
        let text = serde_json::to_vec_pretty(&truth(&world)).context("writing down the simulated world")?;
        std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    let servers: Vec<String> = world.registries.keys().cloned().collect();
    let options = Options {
        port: args.listen.port(),
        latency: Duration::from_millis(args.latency),
        ..Options::default()
    };
    let tenant = Tenant::start(world, options)?;
    let pem = tenant.simulator.ca_pem();
    std::fs::write(&args.ca_file, pem).with_context(|| format!("writing {}", args.ca_file.display()))?;
    outln!(
        "listening on {}; certificate in {}",
        tenant.simulator.address(),
        args.ca_file.display()
    );
    outln!("Settings that lead a client of this project there:");
    print(tenant.function_app_settings("./inventory"), &args);
    outln!("Settings that other clients sign in with:");
    let mut settings = tenant.application_settings("./inventory");
    settings.retain(|(name, _)| name.starts_with("AZURE_"));
    print(settings, &args);
    outln!("Hosts (for other clients, resolve them to 127.0.0.1):");
    outln!("  management.azure.com login.microsoftonline.com {}", servers.join(" "));
    stopped().await?;
    Ok(report(&tenant))
}

/// One setting a line, quoted for a shell.
fn print(settings: Vec<(String, String)>, args: &SimulateArgs) {
    for (name, value) in settings {
        let value = match name.as_str() {
            "SSL_CERT_FILE" => args.ca_file.display().to_string(),
            _ => value,
        };
        outln!("  {name}='{value}'");
    }
}

/// Waits for Ctrl-C; where there are signals, also for the one that scripts stop a background process with.
async fn stopped() -> anyhow::Result<()> {
    #[cfg(unix)]
    let mut terminated = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).context("waiting for the signal to stop")?
    };
    #[cfg(unix)]
    let terminated = terminated.recv();
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("waiting for Ctrl-C"),
        _ = terminated => Ok(()),
    }
}

/// What was asked: how often, and everything that is not simulated, which is the one problem there can be.
fn report(tenant: &Tenant) -> u8 {
    let count = |service| tenant.simulator.count(service);
    errln!(
        "requests: {} to registries, {} to Resource Manager, {} to Resource Graph, {} to Entra",
        count(Service::Registry),
        count(Service::Arm),
        count(Service::ResourceGraph),
        count(Service::Authority)
    );
    let violations = tenant.simulator.violations();
    for violation in &violations {
        errln!("not simulated: {violation}");
    }
    match violations.is_empty() {
        true => COMPLETE,
        false => WITH_PROBLEMS,
    }
}
