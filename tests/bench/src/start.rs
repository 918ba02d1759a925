//! The time from starting the handler to its first answer.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;

use simulator::Options;
use simulator::tenant::Tenant;
use simulator::world::World;

/// Starts measured.
const STARTS: usize = 20;

/// Sorted.
pub(super) async fn measure(binary: &Path) -> anyhow::Result<Vec<Duration>> {
    let tenant = Tenant::start(World::sized(1, 1), Options::default())?;
    let store = tenant.folder().join("start").display().to_string();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let port = simulator::host::free_port()?;
        let begun = Instant::now();
        let mut child = Command::new(binary)
            .arg("serve")
            .envs(tenant.function_app_settings(&store))
            .env("SSL_CERT_DIR", tenant.folder())
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let address = format!("http://127.0.0.1:{port}/");
        while client.get(&address).send().await.is_err() {
            anyhow::ensure!(begun.elapsed() < Duration::from_secs(30), "the handler does not answer");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        starts.push(begun.elapsed());
        child.kill().await?;
    }
    starts.sort_unstable();
    Ok(starts)
}
