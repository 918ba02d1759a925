//! Keeps the handler running: restarts it after a crash or a timeout and tells invocations in flight that it is gone.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::sync::{Mutex, watch};

use super::manifest::Package;
use super::process::{Launch, LineSink, Process, free_port};

/// Exit code by which a handler asks for a restart that is not counted.
const EXIT_RESTART: i32 = 200;

/// This many crashes, each within [`CRASH_WINDOW`] of the one before, stop the host.
const CRASH_LIMIT: usize = 3;

/// What the host says then.
const GIVEN_UP: &str = "Exceeded http worker restart retry count. Shutting down Functions Host";

/// See [`CRASH_LIMIT`].
const CRASH_WINDOW: Duration = Duration::from_secs(30 * 60);

/// Where the handler comes from.
#[derive(Debug, Clone)]
pub enum HandlerOptions {
    /// A child process; `program: None` takes `defaultExecutablePath` of host.json.
    Spawned {
        program: Option<std::path::PathBuf>,
        arguments: Vec<String>,
        environment: Vec<(String, String)>,
    },
    /// A handler that listens on 127.0.0.1 already, usually in this process; killing it only cuts connections.
    Attached { port: u16 },
}

pub(super) struct Supervisor {
    launch: Option<Launch>,
    /// The same for every run of the handler.
    port: u16,
    client: reqwest::Client,
    on_line: LineSink,
    state: Mutex<State>,
    /// Number of the current run of the handler; a change ends every invocation of the run before.
    run: watch::Sender<u64>,
}

struct State {
    process: Option<Process>,
    crashes: Vec<Instant>,
    is_stopped: bool,
    /// It ended with 0: the host lives, and every invocation fails for ever.
    is_left_dead: bool,
}

impl Supervisor {
    pub(super) async fn start(
        handler: HandlerOptions,
        package: &Package,
        start_limit: Duration,
        on_line: LineSink,
        client: reqwest::Client,
    ) -> anyhow::Result<Self> {
        let (launch, port) = match handler {
            HandlerOptions::Attached { port } => (None, port),
            HandlerOptions::Spawned {
                program,
                arguments,
                environment,
            } => {
                let inherited = package.host.arguments.iter().cloned();
                let launch = Launch {
                    program: program.unwrap_or_else(|| executable(package)),
                    arguments: inherited.chain(arguments).map(Into::into).collect(),
                    environment,
                    script_root: package.root.clone(),
                    start_limit,
                };
                (
                    Some(launch),
                    free_port().context("finding a free port for the handler")?,
                )
            }
        };
        let supervisor = Self {
            launch,
            port,
            client,
            on_line,
            state: Mutex::new(State {
                process: None,
                crashes: Vec::new(),
                is_stopped: false,
                is_left_dead: false,
            }),
            run: watch::Sender::new(0),
        };
        supervisor.start_process(&mut *supervisor.state.lock().await).await?;
        Ok(supervisor)
    }

    /// Starts the handler, again and again until it listens or has failed to as often as a host bears.
    async fn start_process(&self, state: &mut State) -> anyhow::Result<()> {
        if let Some(launch) = &self.launch {
            state.process = loop {
                match Process::start(launch, self.port, &self.client, &self.on_line).await {
                    Ok(process) => break Some(process),
                    Err(error) => {
                        state.record_crash();
                        if state.is_stopped {
                            return Err(error.context(GIVEN_UP));
                        }
                    }
                }
            };
        }
        self.run.send_modify(|run| *run += 1);
        Ok(())
    }

    pub(super) fn starts(&self) -> u64 {
        *self.run.borrow()
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) async fn process_id(&self) -> Option<u32> {
        let state = self.state.lock().await;
        state.process.as_ref().and_then(Process::id)
    }

    /// Port of a handler that runs, with a watch that changes when this run of it ends.
    /// A handler that ended by itself is counted as the real host counts it and started again.
    pub(super) async fn running(&self) -> anyhow::Result<(u16, watch::Receiver<u64>)> {
        let mut state = self.state.lock().await;
        if state.is_stopped {
            bail!("the host has stopped: the handler crashed {CRASH_LIMIT} times");
        }
        if self.launch.is_none() {
            return Ok((self.port, self.run.subscribe()));
        }
        if let Some(status) = state.process.as_mut().and_then(Process::ended) {
            state.process = None;
            match status.code() {
                Some(EXIT_RESTART) => {}
                Some(0) => state.is_left_dead = true,
                _ => state.record_crash(),
            }
            if state.is_stopped {
                bail!(GIVEN_UP);
            }
        }
        if state.is_left_dead {
            bail!("the handler ended with 0, which the host takes for its own wish: it is not started again");
        }
        if state.process.is_none() {
            self.start_process(&mut state).await?;
        }
        Ok((self.port, self.run.subscribe()))
    }

    pub(super) async fn kill(&self) {
        self.end(None).await;
    }

    /// Kills run number `run` of the handler, unless another invocation has done so already.
    pub(super) async fn end_run(&self, run: u64) {
        self.end(Some(run)).await;
    }

    async fn end(&self, run: Option<u64>) {
        let mut state = self.state.lock().await;
        if run.is_some_and(|run| run != self.starts()) {
            return;
        }
        if let Some(process) = state.process.take() {
            process.kill().await;
        }
        if self.launch.is_none() {
            self.run.send_modify(|run| *run += 1);
        }
    }

    /// After a broken connection: gives a handler that is about to end the time to do so, so that the next invocation
    /// meets a new one.
    pub(super) async fn notice_end(&self) {
        for _ in 0..10 {
            let mut state = self.state.lock().await;
            if state.process.as_mut().is_none_or(|process| process.ended().is_some()) {
                return;
            }
            drop(state);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) async fn restart(&self) -> anyhow::Result<()> {
        self.kill().await;
        self.running().await.map(|_| ())
    }
}

impl State {
    fn record_crash(&mut self) {
        let now = Instant::now();
        if self
            .crashes
            .last()
            .is_some_and(|last| now.duration_since(*last) > CRASH_WINDOW)
        {
            self.crashes.clear();
        }
        self.crashes.push(now);
        self.is_stopped = self.crashes.len() >= CRASH_LIMIT;
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
