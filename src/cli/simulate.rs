//! `simulate`: the simulator on real TLS sockets, for other clients.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::COMPLETE;
use crate::simulator::Options;
use crate::simulator::tenant::Tenant;
use crate::simulator::world::World;

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
    /// Instead of the demo's world: one registry with so many repositories
    #[arg(long, value_name = "N")]
    repositories: Option<usize>,
    /// Tags per repository of that registry
    #[arg(long, value_name = "N", default_value_t = 10, requires = "repositories")]
    tags: usize,
    /// Milliseconds added to every answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
}

pub(super) async fn run(args: SimulateArgs) -> anyhow::Result<u8> {
    anyhow::ensure!(
        args.listen.ip().is_loopback(),
        "the simulator listens on loopback only, not on {}",
        args.listen
    );
    let world = match args.repositories {
        Some(repositories) => World::sized(repositories, args.tags),
        None => World::demo(args.seed),
    };
    let servers: Vec<String> = world.registries.keys().cloned().collect();
    let options = Options {
        port: args.listen.port(),
        latency: Duration::from_millis(args.latency),
        ..Options::default()
    };
    let tenant = Tenant::start(world, options)?;
    let pem = tenant.simulator.ca_pem();
    std::fs::write(&args.ca_file, pem).with_context(|| format!("writing {}", args.ca_file.display()))?;
    println!(
        "listening on {}; certificate in {}",
        tenant.simulator.address(),
        args.ca_file.display()
    );
    println!("Settings that lead a client of this project there:");
    for (name, value) in tenant.function_app_settings("./inventory") {
        let value = if name == "SSL_CERT_FILE" {
            args.ca_file.display().to_string()
        } else {
            value
        };
        println!("  {name}='{value}'");
    }
    println!("Hosts (for other clients, resolve them to 127.0.0.1):");
    println!("  management.azure.com login.microsoftonline.com {}", servers.join(" "));
    tokio::signal::ctrl_c().await.context("waiting for Ctrl-C")?;
    for violation in tenant.simulator.violations() {
        eprintln!("not simulated: {violation}");
    }
    Ok(COMPLETE)
}
