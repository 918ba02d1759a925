//! This program in a process of its own, so that what it uses is not mixed with what measures it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use tokio::process::Command;

/// Runs it with these arguments and variables; what it prints, as JSON, and how long that took, its start in it.
pub(super) async fn run<T: DeserializeOwned>(
    arguments: [&str; 2],
    variables: impl IntoIterator<Item = (String, String)>,
) -> anyhow::Result<(T, Duration)> {
    let what = arguments.join(" ");
    let this = std::env::current_exe().context("finding this program")?;
    let begun = Instant::now();
    let child = Command::new(this)
        .args(arguments)
        .envs(variables)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let finished = child.await.with_context(|| format!("running {what}"))?;
    let wall = begun.elapsed();
    let errors = String::from_utf8_lossy(&finished.stderr);
    anyhow::ensure!(
        finished.status.success(),
        "{what} ended with {}: {errors}",
        finished.status
    );
    let printed = serde_json::from_slice(&finished.stdout).with_context(|| format!("reading what {what} printed"))?;
    Ok((printed, wall))
}
