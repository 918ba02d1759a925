//! Webhook deliveries: many connections to the handler's port, with the headers that the host sends, until the broker
//! has the events.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::future::join_all;
use serde_json::json;

use super::ensure_no_violation;
use acr_inventory::cli::resources::used_by;
use simulator::Options;
use simulator::function_app::{fire_timer, start};
use simulator::host::{HOST_VERSION, ignore_lines};
use simulator::tenant::{CONTAINER_URL, Tenant, WEBHOOK_SECRET};
use simulator::world::World;

const CONNECTIONS: usize = 64;
const DELIVERIES: usize = 20_000;
const QUICK_DELIVERIES: usize = 2_000;
const LIMIT: Duration = Duration::from_secs(10);
/// Before counting: connections are opened, the registry is looked up.
const WARM_UP: usize = 500;

/// What became of the deliveries.
#[derive(Debug)]
pub(super) struct Deliveries {
    /// Of those answered with 202, sorted.
    pub(super) times: Vec<Duration>,
    /// Answered in any other way, or not at all.
    pub(super) refused: usize,
    wall: Duration,
    /// Of the handler, all threads.
    cpu_seconds: f64,
    pub(super) peak_rss_bytes: u64,
}

impl Deliveries {
    pub(super) fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.wall.as_secs_f64()
    }

    /// What one core would do that does nothing else: load and simulator share this machine with the handler.
    pub(super) fn per_core_second(&self) -> f64 {
        self.times.len() as f64 / self.cpu_seconds
    }

    pub(super) fn cpu_per_thousand(&self) -> f64 {
        1_000.0 * self.cpu_seconds / self.times.len() as f64
    }
}

pub(super) async fn measure(binary: &Path, quick: bool) -> anyhow::Result<Deliveries> {
    let options = Options {
        log_capacity: 0,
        ..Options::default()
    };
    let tenant = Tenant::start(World::sized(20, 1), options)?;
    let settings = tenant.function_app_settings(CONTAINER_URL);
    let host = start(&tenant, binary, settings, ignore_lines()).await?;
    // From then on the registry is known.
    fire_timer(&host).await?;
    let address = format!("http://127.0.0.1:{}/api/webhooks/acr", host.port());
    let process = host.process_id().await.context("the handler does not run")?;
    post_all(&address, WARM_UP).await?;
    let before = used_by(process).unwrap_or_default();
    let begun = Instant::now();
    let count = if quick { QUICK_DELIVERIES } else { DELIVERIES };
    let (times, refused) = post_all(&address, count).await?;
    let wall = begun.elapsed();
    let after = used_by(process).context("the handler has ended")?;
    host.kill().await;
    ensure_no_violation(&tenant)?;
    Ok(Deliveries {
        times,
        refused,
        wall,
        cpu_seconds: after.cpu_seconds - before.cpu_seconds,
        peak_rss_bytes: after.peak_rss_bytes,
    })
}

/// Posts this many events, as far as the time allows; sorted times of those taken, and the number of the others.
async fn post_all(address: &str, count: usize) -> anyhow::Result<(Vec<Duration>, usize)> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(CONNECTIONS)
        .build()?;
    let (posted, deadline) = (AtomicUsize::new(0), Instant::now() + LIMIT);
    let connection = async || {
        let (mut times, mut refused) = (Vec::new(), 0);
        while Instant::now() < deadline {
            let number = posted.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            let begun = Instant::now();
            match post(&client, address, number).await {
                Ok(202) => times.push(begun.elapsed()),
                _ => refused += 1,
            }
        }
        (times, refused)
    };
    let connections = join_all((0..CONNECTIONS).map(|_| connection())).await;
    let refused = connections.iter().map(|(_, refused)| refused).sum();
    let mut times: Vec<Duration> = connections.into_iter().flat_map(|(times, _)| times).collect();
    times.sort_unstable();
    Ok((times, refused))
}

async fn post(client: &reqwest::Client, address: &str, number: usize) -> reqwest::Result<u16> {
    let repository = format!("team-{:03}/service-{:06}", number % 20, number % 20);
    let event = json!({
        "id": number.to_string(), "timestamp": "2026-11-22T07:30:00Z", "action": "push",
        "target": {
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1_480, "length": 1_480,
            "digest": format!("sha256:{number:064x}"), "repository": repository, "tag": "latest"
        },
        "request": {"id": "2", "host": "bench.azurecr.io", "method": "PUT", "useragent": "docker/27"}
    });
    let answer = client
        .post(address)
        .header("content-type", "application/json; charset=utf-8")
        .header("host", "contoso.azurewebsites.net")
        .header("x-azure-functions-hostversion", HOST_VERSION)
        .header("x-azure-functions-invocationid", simulator::random::uuid().to_string())
        .header("x-inventory-secret", WEBHOOK_SECRET)
        .body(event.to_string())
        .send()
        .await?;
    let status = answer.status().as_u16();
    // Read to the end, so that the connection can be used again.
    answer.bytes().await?;
    Ok(status)
}
