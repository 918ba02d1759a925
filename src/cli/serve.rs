//! `serve`: the Functions custom handler.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::FAILED;
use crate::app::App;
use crate::config::settings::Lookup;
use crate::config::{Config, ServeConfig};
use crate::functions::{Service, runtime};
use crate::telemetry::{LogTo, start};

/// Serves until the process is killed. Never ends with 0: the host would take that for a wish to be left dead.
pub(super) async fn run() -> anyhow::Result<u8> {
    let lookup = Lookup::environment();
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
    crate::functions::runtime::serve(listener, router)
        .await
        .context("serving")?;
    Ok(FAILED)
}
