//! Starts the handler, kills it, starts it again.

use anyhow::Context as _;
use tokio::sync::Mutex;

use super::manifest::Package;
use super::process::{Launch, LineSink, Process};

/// Where the handler comes from.
#[derive(Debug, Clone)]
pub enum HandlerOptions {
    /// A child process; `program: None` takes `defaultExecutablePath` of host.json.
    Spawned {
        program: Option<std::path::PathBuf>,
        arguments: Vec<String>,
        environment: Vec<(String, String)>,
    },
    /// A handler that listens on 127.0.0.1 already, usually in this process: nothing of it is started or killed.
    Attached { port: u16 },
}

pub(super) enum Supervisor {
    Spawned(Box<Spawned>),
    Attached { port: u16 },
}

pub(super) struct Spawned {
    launch: Launch,
    client: reqwest::Client,
    on_line: LineSink,
    /// None after a kill.
    process: Mutex<Option<Process>>,
}

impl Supervisor {
    pub(super) async fn start(
        handler: HandlerOptions,
        package: &Package,
        on_line: LineSink,
        client: reqwest::Client,
    ) -> anyhow::Result<Self> {
        let (program, arguments, environment) = match handler {
            HandlerOptions::Attached { port } => return Ok(Self::Attached { port }),
            HandlerOptions::Spawned {
                program,
                arguments,
                environment,
            } => (program, arguments, environment),
        };
        let inherited = package.host.arguments.iter().cloned();
        let launch = Launch {
            program: program.unwrap_or_else(|| executable(package)),
            arguments: inherited.chain(arguments).map(Into::into).collect(),
            environment,
            script_root: package.root.clone(),
        };
        let process = Mutex::new(Some(Process::start(&launch, &client, &on_line).await?));
        Ok(Self::Spawned(Box::new(Spawned {
            launch,
            client,
            on_line,
            process,
        })))
    }

    /// Port of the handler; an error while it is killed.
    pub(super) async fn port(&self) -> anyhow::Result<u16> {
        match self {
            Self::Attached { port } => Ok(*port),
            Self::Spawned(handler) => {
                let process = handler.process.lock().await;
                process.as_ref().map(Process::port).context("the handler does not run")
            }
        }
    }

    pub(super) async fn process_id(&self) -> Option<u32> {
        match self {
            Self::Attached { .. } => None,
            Self::Spawned(handler) => handler.process.lock().await.as_ref().and_then(Process::id),
        }
    }

    pub(super) async fn kill(&self) {
        if let Self::Spawned(handler) = self
            && let Some(process) = handler.process.lock().await.take()
        {
            process.kill().await;
        }
    }

    pub(super) async fn restart(&self) -> anyhow::Result<()> {
        self.kill().await;
        if let Self::Spawned(handler) = self {
            let process = Process::start(&handler.launch, &handler.client, &handler.on_line).await?;
            *handler.process.lock().await = Some(process);
        }
        Ok(())
    }
}

/// A relative path counts from the script root if the file is there, else it is a command on the PATH.
fn executable(package: &Package) -> std::path::PathBuf {
    let beside = package.root.join(&package.host.executable);
    if beside.is_file() {
        beside
    } else {
        package.host.executable.clone().into()
    }
}
