//! The sockets of the simulator: one TLS port for all of Azure, one plain port for the identity endpoint.

mod certificate;
pub mod in_process;
pub mod log;
pub mod route;
mod serve;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsConfig;

use self::log::LoggedRequest;
use self::route::Service;
use self::serve::Shared;
use super::faults::Faults;
use super::wire::{SimRequest, ViewResult};
use super::world::World;
use super::world::settings::PageLimits;
use crate::lock::lock;

/// A view registered from outside. It keeps its own state and is called without the world's lock.
pub type View = Box<dyn Fn(&SimRequest) -> ViewResult + Send + Sync>;

/// How the simulator runs; the state of the simulated Azure is in [`World`].
pub struct Options {
    /// TLS port on 127.0.0.1; 0: any free port.
    pub port: u16,
    /// Added to every answer, as a network would.
    pub latency: Duration,
    /// Items of a registry's page when the request has no `n`.
    pub default_page: usize,
    /// Items of a registry's page at most.
    pub maximum_page: usize,
    /// Requests kept in the log, newest first to stay; 0: none, only counters.
    pub log_capacity: usize,
    /// Further names for the certificate.
    pub names: Vec<String>,
    /// Further views by suffix of the host (`.blob.core.windows.net`); they go before the built-in ones.
    pub extra: Vec<(String, View)>,
}

impl Default for Options {
    fn default() -> Self {
        let pages = PageLimits::default();
        Self {
            port: 0,
            latency: Duration::ZERO,
            default_page: pages.default,
            maximum_page: pages.maximum,
            log_capacity: 10_000,
            names: Vec::new(),
            extra: Vec::new(),
        }
    }
}

/// A running simulator; it stops when dropped.
pub struct Simulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    identity_address: SocketAddr,
    ca_pem: String,
    handles: [axum_server::Handle<SocketAddr>; 2],
}

impl Simulator {
    /// Starts a simulator of this world on the current tokio runtime.
    pub fn start(world: World, options: Options) -> anyhow::Result<Self> {
        Self::start_shared(Arc::new(Mutex::new(world)), options)
    }

    /// Starts a simulator of a world that registered views share. A view must not hold the lock when it returns.
    pub fn start_shared(world: Arc<Mutex<World>>, options: Options) -> anyhow::Result<Self> {
        let mut names = {
            let mut world = lock(&world);
            world.pages = PageLimits {
                default: options.default_page,
                maximum: options.maximum_page,
            };
            local_names(&world)
        };
        let mut options = options;
        names.append(&mut options.names);
        let port = options.port;
        let shared = Arc::new(Shared::new(world, options));
        let (tls, ca_pem) = certificate::make(names)?;
        let (listener, address) = listen(port)?;
        let (identity_listener, identity_address) = listen(0)?;
        let handles = [axum_server::Handle::new(), axum_server::Handle::new()];

        let app = Router::new().fallback(serve::tls).with_state(Arc::clone(&shared));
        let server = axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(tls))
            .context("starting the simulator's TLS server")?
            .map(|acceptor| acceptor.acceptor(NoDelayAcceptor::new()))
            .handle(handles[0].clone());
        tokio::spawn(server.serve(app.into_make_service()));

        let app = Router::new().fallback(serve::plain).with_state(Arc::clone(&shared));
        let server = axum_server::from_tcp(identity_listener)
            .context("starting the simulator's identity endpoint")?
            .acceptor(NoDelayAcceptor::new())
            .handle(handles[1].clone());
        tokio::spawn(server.serve(app.into_make_service()));

        Ok(Self {
            shared,
            address,
            identity_address,
            ca_pem,
            handles,
        })
    }

    /// Certificate (PEM) that clients must trust.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Address of the TLS port; every simulated host name must resolve to it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Value for `IDENTITY_ENDPOINT`.
    pub fn identity_endpoint(&self) -> String {
        format!("http://{}/msi/token", self.identity_address)
    }

    /// Value for `IDENTITY_HEADER`.
    pub fn identity_header(&self) -> String {
        self.shared.identity_header.clone()
    }

    /// The rules that break requests.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The state of the simulated Azure. Requests wait while it is locked, so drop it before awaiting.
    pub fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.shared.world)
    }

    /// The same state, to share with views, hosts and mutators that outlive a borrow.
    pub fn shared_world(&self) -> Arc<Mutex<World>> {
        Arc::clone(&self.shared.world)
    }

    /// The newest requests, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.log.requests()
    }

    /// Forgets the logged requests; counters and violations stay.
    pub fn clear_requests(&self) {
        self.shared.log.clear();
    }

    /// Requests to one service since the start.
    pub fn count(&self, service: Service) -> u64 {
        self.shared.log.count(service)
    }

    /// What the simulated Azure was asked and does not know. A test ends by asserting that this is empty.
    pub fn violations(&self) -> Vec<String> {
        self.shared.log.violations()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for handle in &self.handles {
            handle.shutdown();
        }
    }
}

/// The names on `.localhost` that lead to a registry of this world.
fn local_names(world: &World) -> Vec<String> {
    let labels = world.registries.values().flat_map(|registry| {
        let label = registry.login_server.split('.').next().unwrap_or_default();
        [label.to_owned(), registry.name.to_lowercase()]
    });
    let mut names: Vec<String> = labels.map(|label| format!("{label}.localhost")).collect();
    names.sort();
    names.dedup();
    names
}

fn listen(port: u16) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("binding the simulator to 127.0.0.1:{port}"))?;
    listener
        .set_nonblocking(true)
        .context("preparing the simulator's socket")?;
    let address = listener.local_addr().context("reading the simulator's address")?;
    Ok((listener, address))
}
