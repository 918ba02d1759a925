//! The command line. stdout is data, stderr is logs and progress; exit 0 complete, 1 done with problems, 2 failed,
//! 3 what `audit --fail-on` is for.

#![deny(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
mod out;

mod access;
mod at;
mod audit;
mod check;
mod collect;
#[cfg(feature = "simulator")]
mod demo;
#[cfg(feature = "query")]
mod diff;
#[cfg(feature = "query")]
mod list;
mod options;
mod progress;
mod replay;
pub mod resources;
mod serve;
mod sign_in;
#[cfg(feature = "simulator")]
mod simulate;
mod stored;
pub mod summary;
mod table;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::chain::chain;
use crate::config::ConfigError;

/// Everything was done and everything is complete.
const COMPLETE: u8 = 0;
/// It was done, and something could not be read: the documents say what.
const WITH_PROBLEMS: u8 = 1;
/// It was not done: a setting, the command line, or nothing could be reached.
const FAILED: u8 = 2;
/// It was done, and `audit --fail-on` found what it looks for.
const FOUND: u8 = 3;

/// Complete, provable inventory of Azure container registries.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the functions: the Functions host starts this.
    Serve(serve::ServeArgs),
    /// Inventory registries once, into a directory or a blob container.
    Collect(Box<collect::CollectArgs>),
    /// List what the inventory holds: registries, repositories, tags or manifests, now or at an earlier moment; or what has
    /// changed.
    #[cfg(feature = "query")]
    List(Box<list::ListArgs>),
    /// Compare what there was at two times: what came, went, moved, was locked; which verdicts and roles changed.
    #[cfg(feature = "query")]
    Diff(Box<diff::DiffArgs>),
    /// Judge registries: verdicts with evidence and remediation, who can do what, and what could not be known.
    Audit(Box<audit::AuditArgs>),
    /// Who holds what, who can do something with a repository and through what, or what a switch of the mode would change.
    Access(Box<access::AccessArgs>),
    /// Prove stored snapshots: everything that they consist of is there and is what its hash says.
    Verify(Box<verify::VerifyArgs>),
    /// Try whether the identity can do its job: each step with its time, and for a failure what mends it.
    Check(Box<check::CheckArgs>),
    /// Send dead letters (and quarantined messages) again, once what they died of is mended.
    Replay(Box<replay::ReplayArgs>),
    /// Do the whole job against the built-in simulator of Azure: no account, no network.
    #[cfg(feature = "simulator")]
    Demo(demo::DemoArgs),
    /// Serve the built-in simulator of Azure over TLS, for any client.
    #[cfg(feature = "simulator")]
    Simulate(simulate::SimulateArgs),
}

/// Runs the command of this process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    // Spawned, so that it runs on a worker beside its connections: the thread that blocks here would be woken for each.
    let ended = runtime.block_on(runtime.spawn(dispatch(cli.command)));
    match (ended, out::failure()) {
        (Ok(Ok(_)), Some(error)) => {
            failed(&anyhow::Error::new(error).context("the result cannot be written to stdout"))
        }
        (Ok(Ok(code)), None) => ExitCode::from(code),
        (Ok(Err(error)), _) => failed(&error),
        (Err(error), _) => failed(&error.into()),
    }
}

async fn dispatch(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Serve(args) => serve::run(args).await,
        Command::Collect(args) => collect::run(*args).await,
        #[cfg(feature = "query")]
        Command::List(args) => list::run(*args).await,
        #[cfg(feature = "query")]
        Command::Diff(args) => diff::run(*args).await,
        Command::Audit(args) => audit::run(*args).await,
        Command::Access(args) => access::run(*args).await,
        Command::Verify(args) => verify::run(*args).await,
        Command::Check(args) => check::run(*args).await,
        Command::Replay(args) => replay::run(*args).await,
        #[cfg(feature = "simulator")]
        Command::Demo(args) => demo::run(args).await,
        #[cfg(feature = "simulator")]
        Command::Simulate(args) => simulate::run(args).await,
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    let text = chain(error.as_ref());
    if error.downcast_ref::<ConfigError>().is_some() {
        errln!("acr-inventory: {text}\nAll settings are listed in functions/README.md, the flags by --help.");
    } else {
        errln!("acr-inventory: {text}");
    }
    ExitCode::from(FAILED)
}
