//! `serve`: the Functions custom handler.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;

use super::FAILED;
use crate::app::App;
use crate::config::settings::Lookup;
use crate::config::{Config, ServeConfig};
use crate::functions::{Service, runtime};
use crate::telemetry::{LogTo, start};

/// How often the parent is looked for.
const PARENT_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// End when the process that started this one, with this id, has ended: for hosts that are themselves killed in tests
    #[arg(long, value_name = "ID")]
    exit_with_parent: Option<u32>,
}

/// Serves until the process is killed. Never ends with 0: the host would take that for a wish to be left dead.
pub(super) async fn run(args: ServeArgs) -> anyhow::Result<u8> {
    let mut lookup = Lookup::environment()?;
    // Tools export it for reasons of their own, and an inventory that it limits would look complete.
    lookup.set("AZURE_SUBSCRIPTION_ID", "");
    start(&lookup, LogTo::StdoutJson)?;
    let serve = ServeConfig::read(&lookup)?;
    let app = App::new(Config::read(&lookup)?)?;
    if serve.webhook.is_none() {
        tracing::info!("no webhook secret is set: the webhook is switched off");
    }
    let service = Arc::new(Service::new(app, &serve)?);
    let router = runtime(service).into_router();
    // Loopback only: whoever reaches this port has passed by the host's function keys.
    let address = (Ipv4Addr::LOCALHOST, serve.port);
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on 127.0.0.1:{}", serve.port))?;
    tracing::info!(port = serve.port, version = env!("CARGO_PKG_VERSION"), "listening");
    let serving = crate::functions::runtime::serve(listener, router);
    if let Some(parent) = args.exit_with_parent {
        tokio::select! {
            served = serving => served.context("serving")?,
            () = ended(parent) => tracing::warn!("the process that started this one has ended"),
        }
    } else {
        serving.await.context("serving")?;
    }
    Ok(FAILED)
}

/// It may have ended before this one first looks.
#[cfg(unix)]
async fn ended(parent: u32) {
    while std::os::unix::process::parent_id() == parent {
        tokio::time::sleep(PARENT_EVERY).await;
    }
}

#[cfg(not(unix))]
async fn ended(_parent: u32) {
    std::future::pending().await
}
