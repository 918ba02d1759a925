//! The handler as a Functions host starts it, spoken to over a raw socket.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::package_folder;

/// Nothing here takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// A running `acr-inventory serve`; killed when dropped.
pub struct Handler {
    child: Child,
    pub port: u16,
    lines: Arc<Mutex<Vec<String>>>,
}

/// An answer as it stood on the wire.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    pub content_type: Option<String>,
    pub content_length: Option<u64>,
    pub body: String,
}

/// What host.json says, in its folder, with exactly these settings and what the host adds.
fn command(settings: &[(String, String)]) -> Command {
    let (program, arguments) = package_folder::command_line();
    let folder = package_folder::folder();
    let worker_id = "7d3c2f0e-0000-4000-8000-00000000000f";
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(&folder)
        .env_clear()
        .env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", worker_id)
        .env("FUNCTIONS_HTTPWORKER_ID", worker_id)
        .env("FUNCTIONS_APP_ROOT_PATH", &folder)
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Starts a handler that is expected to end by itself; its exit status and what it wrote to stderr.
pub async fn run_to_end(settings: &[(String, String)]) -> (ExitStatus, String) {
    let child = command(settings).spawn().unwrap();
    let output = tokio::time::timeout(LIMIT, child.wait_with_output()).await;
    let output = output.expect("the handler has to end by itself").unwrap();
    (output.status, String::from_utf8(output.stderr).unwrap())
}

impl Handler {
    /// Starts a handler on a free port and waits until it listens.
    pub async fn start(mut settings: Vec<(String, String)>) -> Self {
        let port = simulator::host::free_port().unwrap();
        for setting in ["FUNCTIONS_CUSTOMHANDLER_PORT", "FUNCTIONS_HTTPWORKER_PORT"] {
            settings.push((setting.to_owned(), port.to_string()));
        }
        let mut child = command(&settings).spawn().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (into, stdout) = (Arc::clone(&lines), child.stdout.take().unwrap());
        tokio::spawn(async move {
            let mut stdout = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = stdout.next_line().await {
                into.lock().unwrap().push(line);
            }
        });
        let begun = tokio::time::Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert_eq!(child.try_wait().unwrap(), None, "the handler ended");
            assert!(begun.elapsed() < LIMIT, "the handler does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { child, port, lines }
    }

    /// Sends bytes as they are and reads one answer.
    pub async fn send(&self, request: &[u8]) -> RawAnswer {
        tokio::time::timeout(LIMIT, exchange(self.port, request))
            .await
            .expect("no answer in time")
    }

    /// The lines on stdout after the process was ended.
    pub async fn stop(mut self) -> Vec<String> {
        // Lines are written before the answer is sent; the reader may be a moment behind.
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.child.kill().await.unwrap();
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}

async fn exchange(port: u16, request: &[u8]) -> RawAnswer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        assert_ne!(
            stream.read_buf(&mut bytes).await.unwrap(),
            0,
            "closed without an answer"
        );
    };
    let mut body = bytes.split_off(head + 4);
    let head = String::from_utf8(bytes).unwrap();
    let header = |wanted: &str| {
        let mut headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(found.1.trim().to_owned())
    };
    let content_length: Option<u64> = header("content-length").map(|length| length.parse().unwrap());
    let length = content_length.expect("the handler's answers have a known length");
    while (body.len() as u64) < length {
        assert_ne!(stream.read_buf(&mut body).await.unwrap(), 0, "the body breaks off");
    }
    RawAnswer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        content_type: header("content-type"),
        content_length,
        body: String::from_utf8(body).unwrap(),
    }
}
