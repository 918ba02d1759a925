//! The Functions host of the simulated world: starts the custom handler, fires its timers, delivers its messages.
//!
//! ```text
//!  package folder ─► manifest ─► Host ─► encoding ─► POST /{function} ─► handler process (or one in this process)
//!  Queues ─► delivery ───────────┘                         │
//!                    settles by ◄── answer ◄───────────────┘
//! ```
//! It imitates host v4 as recorded, with these simplifications: one instance, no lock renewal, retry policies for timers only, HTTP
//! functions only by proxying, no output bindings (the runtime here has none). A handler that dies takes every invocation
//! with it, and the host abandons their messages: they come back at once, each one delivery nearer to the dead letters.

mod answer;
mod delivery;
mod encoding;
mod http_front;
mod invoke;
mod manifest;
mod process;
mod supervisor;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, bail};
use time::OffsetDateTime;
use tokio::sync::watch;

pub use self::answer::{Answer, judge};
pub use self::delivery::RunReport;
pub use self::encoding::{
    Framing, HOST_VERSION, RetryContext, ScheduleStatus, Sys, encode_admin_message, encode_queue_message, encode_timer,
};
pub use self::http_front::HttpReply;
pub use self::invoke::{InvocationOutcome, Outcome};
pub use self::manifest::{AuthLevel, Function, HostJson, Package, Retry, Trigger};
pub use self::process::{Launch, LineSink, OutputLine, free_port, ignore_lines};
pub use self::supervisor::HandlerOptions;

use self::supervisor::Supervisor;
use super::clock::Clock;
use super::service_bus::Queues;
use crate::lock::lock;

/// What a host needs to start.
pub struct HostOptions {
    pub package: Package,
    pub handler: HandlerOptions,
    pub queues: Arc<Mutex<Queues>>,
    pub clock: Arc<Clock>,
    /// Instead of `functionTimeout` in host.json: real time, so tests can make it short.
    pub function_timeout: Option<Duration>,
    /// How long a handler may take until it listens; three that do not end the host. Real hosts took 34 s each.
    pub start_limit: Duration,
    /// The key that functions of `authLevel` function or admin ask for.
    pub function_key: String,
    /// Fully qualified Service Bus namespace, shown to functions in `Metadata.Client`.
    pub namespace: String,
    /// Public host name of the app, the `Host` header of proxied requests.
    pub public_host: String,
    pub on_line: LineSink,
}

impl HostOptions {
    /// Options with the defaults of the simulated world.
    pub fn new(package: Package, handler: HandlerOptions, queues: Arc<Mutex<Queues>>, clock: Arc<Clock>) -> Self {
        Self {
            package,
            handler,
            queues,
            clock,
            function_timeout: None,
            start_limit: Duration::from_secs(34),
            function_key: "simulated-function-key".to_owned(),
            namespace: "contoso.servicebus.windows.net".to_owned(),
            public_host: "contoso.azurewebsites.net".to_owned(),
            on_line: ignore_lines(),
        }
    }
}

/// A running host. All methods take `&self`: invocations, `kill` and `restart` may overlap as in the real one.
pub struct Host {
    package: Package,
    supervisor: Supervisor,
    queues: Arc<Mutex<Queues>>,
    clock: Arc<Clock>,
    function_timeout: Option<Duration>,
    function_key: String,
    namespace: String,
    public_host: String,
    /// Follows redirects, as the host does for invocations.
    invocations: reqwest::Client,
    /// Follows none, as the proxy does.
    proxy: reqwest::Client,
    /// When each timer fired last, by function.
    timers: Mutex<BTreeMap<String, OffsetDateTime>>,
    /// Invocations begun; its parity chooses the framing.
    invoked: std::sync::atomic::AtomicU64,
    /// Messages whose invocations are under way.
    in_flight: watch::Sender<usize>,
    is_stopping: watch::Sender<bool>,
}

impl Host {
    /// Checks the package, starts the handler and waits until it answers `GET /`.
    pub async fn start(options: HostOptions) -> anyhow::Result<Self> {
        let package = options.package;
        if package.functions.is_empty() {
            bail!(
                "no function in {}: the host would never start the handler",
                package.root.display()
            );
        }
        {
            let queues = lock(&options.queues);
            for function in &package.functions {
                if let Trigger::ServiceBus { queue, .. } = &function.trigger
                    && !queues.exists(queue)
                {
                    bail!("function {}: queue {queue} does not exist", function.name);
                }
            }
        }
        let client = |redirects| {
            reqwest::Client::builder()
                .no_proxy()
                .redirect(redirects)
                .build()
                .context("building the host's HTTP client")
        };
        let invocations = client(reqwest::redirect::Policy::default())?;
        let proxy = client(reqwest::redirect::Policy::none())?;
        let supervisor = Supervisor::start(
            options.handler,
            &package,
            options.start_limit,
            options.on_line,
            proxy.clone(),
        )
        .await?;
        Ok(Self {
            function_timeout: options.function_timeout.or(package.host.function_timeout),
            package,
            supervisor,
            queues: options.queues,
            clock: options.clock,
            function_key: options.function_key,
            namespace: options.namespace,
            public_host: options.public_host,
            invocations,
            proxy,
            timers: Mutex::new(BTreeMap::new()),
            invoked: std::sync::atomic::AtomicU64::new(0),
            in_flight: watch::Sender::new(0),
            is_stopping: watch::Sender::new(false),
        })
    }

    /// The package that runs.
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// Loopback port of the handler, the same after a restart.
    pub fn port(&self) -> u16 {
        self.supervisor.port()
    }

    /// Process of the handler now; none for one that was attached or does not run.
    pub async fn process_id(&self) -> Option<u32> {
        self.supervisor.process_id().await
    }

    /// Times the handler was started, the first included.
    pub fn starts(&self) -> u64 {
        self.supervisor.starts()
    }

    /// Kills the handler with SIGKILL; every invocation in flight fails. An attached handler is only cut off.
    pub async fn kill(&self) {
        self.supervisor.kill().await;
    }

    /// Starts the handler again after [`Host::kill`], or kills it first when it still runs.
    pub async fn restart(&self) -> anyhow::Result<()> {
        self.supervisor.restart().await
    }

    /// SIGTERM: nothing new is received, what is in flight ends, and then the handler is killed and another one started.
    /// The messages of what ended meanwhile are given back although their invocations succeeded.
    pub async fn stop_and_start(&self) -> anyhow::Result<()> {
        self.is_stopping.send_replace(true);
        let mut in_flight = self.in_flight.subscribe();
        // The sender lives as long as the host.
        let _ = in_flight.wait_for(|messages| *messages == 0).await;
        let restarted = self.restart().await;
        self.is_stopping.send_replace(false);
        restarted
    }

    fn function(&self, name: &str) -> anyhow::Result<&Function> {
        self.package
            .functions
            .iter()
            .find(|function| function.name.eq_ignore_ascii_case(name))
            .with_context(|| format!("no function {name} in {}", self.package.root.display()))
    }
}
