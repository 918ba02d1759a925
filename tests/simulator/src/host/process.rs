//! One run of the handler as a child process.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// How often the host looks whether the handler answers.
const POLL_EVERY: Duration = Duration::from_millis(25);

/// A line that the handler wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLine {
    /// From stderr: the real host logs it as an error.
    pub is_error: bool,
    pub text: String,
}

/// Receives the handler's output line by line, from any thread.
pub type LineSink = Arc<dyn Fn(OutputLine) + Send + Sync>;

/// A sink that drops every line.
pub fn ignore_lines() -> LineSink {
    Arc::new(|_| {})
}

/// What to start.
#[derive(Debug, Clone)]
pub struct Launch {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// App settings, added to the host's own environment.
    pub environment: Vec<(String, String)>,
    /// Working directory: the folder of host.json.
    pub script_root: PathBuf,
    /// How long a start may take.
    pub start_limit: Duration,
}

/// A running handler. Dropping it kills the process.
pub(super) struct Process {
    child: Child,
    /// Forward the output; they end with the process.
    readers: [JoinHandle<()>; 2],
}

impl Process {
    /// Starts the handler on this port and waits until it answers `GET /` with anything.
    pub(super) async fn start(
        launch: &Launch,
        port: u16,
        client: &reqwest::Client,
        on_line: &LineSink,
    ) -> anyhow::Result<Self> {
        let worker_id = crate::random::uuid().to_string();
        let mut child = Command::new(&launch.program)
            .args(&launch.arguments)
            .current_dir(&launch.script_root)
            .envs(launch.environment.iter().map(|(name, value)| (name, value)))
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .env("FUNCTIONS_HTTPWORKER_PORT", port.to_string())
            .env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", &worker_id)
            .env("FUNCTIONS_HTTPWORKER_ID", &worker_id)
            .env("FUNCTIONS_APP_ROOT_PATH", &launch.script_root)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting the handler {}", launch.program.display()))?;
        let readers = [
            forward(child.stdout.take(), false, on_line.clone()),
            forward(child.stderr.take(), true, on_line.clone()),
        ];
        let mut process = Self { child, readers };
        process.wait_until_ready(port, client, launch.start_limit).await?;
        Ok(process)
    }

    /// None when it has ended and that was noticed.
    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// How the process ended, if it did.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// SIGKILL, then waits for the end.
    pub(super) async fn kill(mut self) {
        // Fails only when the process has ended already.
        let _ = self.child.kill().await;
        for reader in &mut self.readers {
            let _ = tokio::time::timeout(Duration::from_secs(1), reader).await;
        }
    }

    async fn wait_until_ready(&mut self, port: u16, client: &reqwest::Client, limit: Duration) -> anyhow::Result<()> {
        let url = format!("http://127.0.0.1:{port}/");
        let deadline = tokio::time::Instant::now() + limit;
        while tokio::time::Instant::now() < deadline {
            if let Some(status) = self.ended() {
                bail!("the handler ended before it answered: {status}");
            }
            match client.get(&url).send().await {
                // Any answer counts, and any failure that is not one of connecting.
                Ok(_) => return Ok(()),
                Err(error) if !error.is_connect() => return Ok(()),
                Err(_) => tokio::time::sleep(POLL_EVERY).await,
            }
        }
        bail!("the handler did not answer GET / within {limit:?}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
    }
}

/// A port that nobody listens on. Not one of those that systems hand out by themselves (from 32768 on Linux, from 49152
/// elsewhere): whoever binds to any port would get it before the handler does.
pub fn free_port() -> std::io::Result<u16> {
    const FIRST: u32 = 20_000;
    const PORTS: u32 = 12_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes side by side begin far from each other.
    let begin = std::process::id().wrapping_mul(997);
    let mut last = Err(std::io::ErrorKind::AddrInUse.into());
    for _ in 0..1_000 {
        let number = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS;
        let port = u16::try_from(FIRST + number).unwrap_or_default();
        last = std::net::TcpListener::bind(("127.0.0.1", port)).map(|_| port);
        if last.is_ok() {
            break;
        }
    }
    last
}

fn forward(pipe: Option<impl AsyncRead + Unpin + Send + 'static>, is_error: bool, on_line: LineSink) -> JoinHandle<()> {
    tokio::spawn(async move {
        let Some(pipe) = pipe else { return };
        let mut lines = BufReader::new(pipe).lines();
        while let Ok(Some(text)) = lines.next_line().await {
            on_line(OutputLine { is_error, text });
        }
    })
}
