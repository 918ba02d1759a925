//! A registry that lies, redirects, stalls and floods: the run ends, nothing leaks, nothing stored is damaged.

mod bodies;
mod endless;
mod links;
mod network;
mod places;
mod sizes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::host::RunReport;
use simulator::world::World;
use simulator::{Options, Service};

use crate::function_app::FunctionApp;

pub const SERVER: &str = "bench.azurecr.io";
const REGISTRY: &str = "v2/registries/bench.azurecr.io/registry.json";
const REPOSITORIES: &str = "v2/registries/bench.azurecr.io/repositories/";
/// One of the three repositories of every world here.
pub const REPOSITORY: &str = "team-001/service-000001";
/// Hosts of the simulated tenant; every other name leads to the simulator too, so that a request there is seen.
const KNOWN: &[&str] = &[
    SERVER,
    "login.microsoftonline.com",
    "management.azure.com",
    "contoso.servicebus.windows.net",
    "contosoinventory.blob.core.windows.net",
];

/// A place that nobody may connect to.
pub struct Tripwire {
    pub port: u16,
    connections: Arc<AtomicUsize>,
}

impl Tripwire {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&connections);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                seen.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { port, connections }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A function app that has read its registry once while it was honest.
pub struct Hostile {
    pub app: FunctionApp,
    pub tripwire: Tripwire,
    before: BTreeMap<String, Vec<String>>,
    last_complete: Value,
}

/// What a hostile run left behind.
#[derive(Debug)]
pub struct Aftermath {
    pub completeness: String,
    /// Codes of all problems in the registry document.
    pub codes: Vec<String>,
}

impl Hostile {
    pub async fn start() -> Self {
        Self::start_with(Options::default(), &[]).await
    }

    /// With simulator options and settings of one's own.
    pub async fn start_with(options: Options, settings: &[(&str, &str)]) -> Self {
        // Hundreds of runs of one subscription, which Resource Manager's budget would spread over minutes.
        let mut all = vec![("ACR_INVENTORY_AUDIT", "false")];
        all.extend_from_slice(settings);
        let app = FunctionApp::start_with(World::sized(3, 3), options, &all).await;
        let report = app.run().await;
        assert_eq!(report.failures, 0, "{report:?}");
        let hostile = Self {
            before: facts(&app),
            last_complete: app.document(REGISTRY)["lastComplete"].clone(),
            tripwire: Tripwire::start().await,
            app,
        };
        assert_eq!(hostile.completeness(), "complete");
        assert_eq!(hostile.before.len(), 3);
        assert!(hostile.last_complete.is_object());
        hostile
    }

    /// A place of the tripwire, e.g. for a `Location`.
    pub fn trap(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://127.0.0.1:{}{path}", self.tripwire.port)
    }

    /// Adds a rule about the registry's answers to requests with this text in their path.
    pub fn fault(&self, path: &str, effect: Effect) {
        let rule = Rule::new(effect).service(Service::Registry).path(path);
        self.app.tenant.simulator.faults().add(rule);
    }

    pub fn header(&self, path: &str, name: &str, value: &str) {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.fault(path, Effect::Header { name, value });
    }

    pub fn body(&self, path: &str, body: impl Into<bytes::Bytes>) {
        let content_type = "application/json; charset=utf-8".to_owned();
        let body = body.into();
        self.fault(path, Effect::Body { content_type, body });
    }

    /// Runs with the rules as they are, asserts what holds for every hostile run, and takes the rules away.
    pub async fn run(&self, what: &str) -> Aftermath {
        let report = self.app.run().await;
        let aftermath = self.settle(what, &report);
        self.app.tenant.simulator.faults().clear();
        aftermath
    }

    /// The same after a run that the caller made.
    pub fn settle(&self, what: &str, report: &RunReport) -> Aftermath {
        assert_eq!((report.failures, report.dead_letters), (0, 0), "{what}: {report:?}");
        let fired = self.app.tenant.simulator.faults().fired();
        assert!(!fired.is_empty(), "{what}: no fault was injected");
        assert_eq!(self.tripwire.connections(), 0, "{what}: the tripwire was touched");
        for request in self.app.tenant.simulator.requests() {
            // The identity endpoint is a port of its own, and takes no token.
            let is_known = KNOWN.contains(&request.host.as_str());
            assert!(is_known, "{what}: {request:?}");
        }
        assert_eq!(facts(&self.app), self.before, "{what}: stored facts changed");
        let document = self.app.document(REGISTRY);
        let problems = document["status"]["problems"]["first"].as_array().unwrap().iter();
        let aftermath = Aftermath {
            completeness: self.completeness(),
            codes: problems
                .map(|problem| problem["code"].as_str().unwrap().to_owned())
                .collect(),
        };
        assert_ne!(aftermath.completeness, "complete", "{what}: {aftermath:?}");
        assert!(!aftermath.codes.is_empty(), "{what}: no reason is given");
        assert_eq!(
            document["lastComplete"], self.last_complete,
            "{what}: another snapshot is called complete"
        );
        aftermath
    }

    /// Runs without faults: everything is complete again, and as it was.
    pub async fn recovers(&self) {
        self.app.tenant.simulator.faults().clear();
        let report = self.app.run().await;
        assert_eq!(report.failures, 0, "{report:?}");
        assert_eq!(self.completeness(), "complete");
        assert_eq!(facts(&self.app), self.before);
        assert_eq!(self.app.names("v2/quarantine/"), [""; 0]);
        self.app.assert_no_violation();
    }

    fn completeness(&self) -> String {
        let document = self.app.document(REGISTRY);
        document["status"]["completeness"].as_str().unwrap().to_owned()
    }
}

/// The facts of all repository documents: their manifest and tag lines, without header and end.
fn facts(app: &FunctionApp) -> BTreeMap<String, Vec<String>> {
    let facts = |text: String| {
        let lines = text.lines().map(str::to_owned);
        let is_fact =
            |line: &String| line.starts_with("{\"kind\":\"manifest\"") || line.starts_with("{\"kind\":\"tag\"");
        lines.filter(is_fact).collect::<Vec<_>>()
    };
    let names = app.names(REPOSITORIES).into_iter();
    names
        .map(|name| (name.clone(), facts(app.blob(&name).unwrap())))
        .collect()
}
