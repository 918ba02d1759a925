//! The built binary with its stdout on a terminal.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::fs::{Mode, OFlags};
use rustix::io::FdFlags;
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;
use tokio::process::Command;

/// A terminal so wide: the side that shows, and the side that programs write to.
fn terminal(columns: u16) -> (OwnedFd, OwnedFd) {
    let shown = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    // Programs of other tests must not hold it open.
    rustix::io::fcntl_setfd(&shown, FdFlags::CLOEXEC).unwrap();
    rustix::pty::grantpt(&shown).unwrap();
    rustix::pty::unlockpt(&shown).unwrap();
    let name = rustix::pty::ptsname(&shown, Vec::new()).unwrap();
    let written = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    let size = Winsize {
        ws_row: 50,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    rustix::termios::tcsetwinsize(&written, size).unwrap();
    (shown, written)
}

/// What is shown of stdout, with these settings and nothing else of this environment but the path.
pub(in crate::command_line) async fn on_terminal(
    settings: BTreeMap<String, String>,
    arguments: &[&str],
    columns: u16,
) -> String {
    let (shown, written) = terminal(columns);
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // When nobody writes any more, reading fails.
        let _ = File::from(shown).read_to_end(&mut bytes);
        String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_acr-inventory"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(settings)
        .stdin(Stdio::null())
        .stdout(Stdio::from(written))
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let status = tokio::time::timeout(super::super::LIMIT, command.status()).await;
    status.unwrap().unwrap();
    // It holds the terminal open.
    drop(command);
    reader.join().unwrap()
}

/// The text without escape sequences of colours.
pub(in crate::command_line) fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    let rest = pieces.map(|piece| piece.split_once('m').unwrap().1);
    first + &rest.collect::<String>()
}
