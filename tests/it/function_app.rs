//! The real handler in this process, driven by the simulated Functions host over a simulated tenant.

use std::sync::Arc;
use std::time::Duration;

use acr_inventory::app::App;
use acr_inventory::config::settings::Lookup;
use acr_inventory::config::{Config, ServeConfig};
use acr_inventory::functions::{Service, runtime};
use acr_inventory::store::{DirectoryStore, Store};
use axum::http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};
use simulator::Options;
use simulator::host::{HandlerOptions, Host, HostOptions, LineSink, Outcome, RunReport};
use simulator::service_bus::Message;
use simulator::tenant::{CONTAINER_URL, REPOSITORY_QUEUE, Tenant};
use simulator::world::World;

use crate::package_folder;

/// A tenant with the function app in it; the inventory is in the simulated container.
pub struct FunctionApp {
    pub tenant: Tenant,
    pub host: Host,
    server: tokio::task::JoinHandle<()>,
}

impl FunctionApp {
    /// Starts everything around `world`.
    pub async fn start(world: World) -> Self {
        Self::start_with(world, Options::default(), &[]).await
    }

    /// The same with simulator options and settings of one's own.
    pub async fn start_with(world: World, options: Options, settings: &[(&str, &str)]) -> Self {
        Self::start_changed(world, options, settings, |_| ()).await
    }

    /// The same with limits that no setting changes.
    pub async fn start_changed(
        world: World,
        options: Options,
        settings: &[(&str, &str)],
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let tenant = Tenant::start(world, options).unwrap();
        let mut all = tenant.application_settings(CONTAINER_URL);
        all.push(("FUNCTIONS_CUSTOMHANDLER_PORT".into(), "1".into()));
        all.extend(
            settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let lookup = Lookup::new(all.clone());
        let mut config = Config::read(&lookup).unwrap();
        change(&mut config);
        let app = App::new(config).unwrap();
        let service = Arc::new(Service::new(app, &ServeConfig::read(&lookup).unwrap()).unwrap());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = runtime(service).into_router();
        let server = tokio::spawn(async move {
            let _ = acr_inventory::functions::runtime::serve(listener, router).await;
        });
        let package = package_folder::load(&all.into_iter().collect());
        let clock = Arc::clone(&tenant.simulator.world().clock);
        let handler = HandlerOptions::Attached { port };
        let options = HostOptions::new(package, handler, Arc::clone(&tenant.queues), clock);
        let host = Host::start(options).await.unwrap();
        Self { tenant, host, server }
    }

    /// Short invocations over a slow registry: what takes minutes in Azure takes seconds here, so that the budget of a
    /// minute must not be what stops it.
    pub async fn start_slow(world: World, settings: &[(&str, &str)]) -> Self {
        let options = Options {
            latency: Duration::from_millis(40),
            ..Options::default()
        };
        let mut all = vec![
            ("ACR_INVENTORY_SOFT_LIMIT_SECONDS", "1"),
            ("ACR_INVENTORY_READS_PER_MINUTE", "1000000"),
        ];
        all.extend_from_slice(settings);
        Self::start_with(world, options, &all).await
    }

    /// The handler in a process of its own, with a managed identity; `on_line` gets what it writes.
    pub async fn start_process(world: World, settings: &[(&str, &str)], on_line: LineSink) -> Self {
        let tenant = Tenant::start(world, Options::default()).unwrap();
        let mut all = tenant.function_app_settings(CONTAINER_URL);
        all.push(("SSL_CERT_DIR".into(), tenant.folder().display().to_string()));
        let given = settings.iter();
        all.extend(given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let package = package_folder::load(&all.iter().cloned().collect());
        let clock = Arc::clone(&tenant.simulator.world().clock);
        let handler = HandlerOptions::Spawned {
            program: package_folder::program(),
            // `serve` stands in host.json.
            arguments: Vec::new(),
            environment: all,
        };
        let mut options = HostOptions::new(package, handler, Arc::clone(&tenant.queues), clock);
        options.on_line = on_line;
        let host = Host::start(options).await.unwrap();
        let server = tokio::spawn(async {});
        Self { tenant, host, server }
    }

    /// Fires the timer and delivers messages until none is left; scheduled ones do not wait for real time.
    pub async fn run(&self) -> RunReport {
        self.fire_timer().await;
        self.deliver().await
    }

    /// Fires the timer; it has to succeed.
    pub async fn fire_timer(&self) {
        let fired = self.host.fire_timer("schedule-refresh", false).await.unwrap();
        assert!(matches!(fired.outcome, Outcome::Succeeded), "{:?}", fired.outcome);
    }

    /// Delivers messages until none is left.
    pub async fn deliver(&self) -> RunReport {
        let report = self.host.run_until_idle(Duration::from_secs(120), true).await;
        assert!(report.is_idle, "{report:?}");
        report
    }

    /// Sends a message that asks for a repository, as for an event that says so much of itself.
    pub fn ask_for(&self, login_server: &str, repository: &str, hint: Option<&Value>) {
        let mut message = json!({
            "kind": "refresh-repository", "schemaVersion": 1, "loginServer": login_server, "repository": repository,
        });
        if let Some(hint) = hint {
            message["hint"] = hint.clone();
        }
        let message = Message::json(message.to_string());
        assert!(self.tenant.queues.lock().unwrap().send(REPOSITORY_QUEUE, message));
    }

    /// Posts a webhook with the right key and secret; the status.
    pub async fn post_webhook(&self, body: &Value) -> u16 {
        let mut headers = HeaderMap::new();
        headers.insert(
            "content-type",
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        headers.insert("x-functions-key", HeaderValue::from_static("simulated-function-key"));
        let secret = simulator::tenant::WEBHOOK_SECRET;
        headers.insert("x-inventory-secret", HeaderValue::from_static(secret));
        self.host
            .call_http(Method::POST, "/api/webhooks/acr", headers, body.to_string())
            .await
            .status
    }

    /// The first repository of a registry, and its first tag.
    pub fn first_repository(&self, login_server: &str) -> (String, String) {
        let world = self.tenant.simulator.world();
        let (name, repository) = world.registries[login_server].repositories.iter().next().unwrap();
        (name.clone(), repository.tags.keys().next().unwrap().clone())
    }

    /// A blob of the inventory as text.
    pub fn blob(&self, name: &str) -> Option<String> {
        let bytes = self.tenant.blobs.lock().unwrap().get("inventory", name)?;
        Some(String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// A JSON document of the inventory.
    pub fn document(&self, name: &str) -> Value {
        let text = self
            .blob(name)
            .unwrap_or_else(|| panic!("{name} is not there: {:?}", self.names("")));
        serde_json::from_str(&text).unwrap()
    }

    /// The lines of an NDJSON document of the inventory.
    pub fn lines(&self, name: &str) -> Vec<Value> {
        let text = self
            .blob(name)
            .unwrap_or_else(|| panic!("{name} is not there: {:?}", self.names("")));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Names of blobs under a prefix.
    pub fn names(&self, prefix: &str) -> Vec<String> {
        self.tenant.blobs.lock().unwrap().list("inventory", prefix)
    }

    /// The inventory in a directory.
    pub fn copied(&self) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        for name in self.names("v2/") {
            let bytes = self.tenant.blobs.lock().unwrap().get("inventory", &name).unwrap();
            let file = folder.path().join(&name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
        let store = Store::directory(DirectoryStore::open_root(folder.path()).unwrap());
        (folder, store)
    }

    /// The inventory of a registry is complete, and has so many repositories.
    pub fn assert_complete(&self, login_server: &str, repositories: u64) {
        let document = self.document(&format!("v2/registries/{login_server}/registry.json"));
        assert_eq!(document["status"]["completeness"], "complete");
        assert_eq!(document["totals"]["repositories"], repositories);
    }

    /// Ends a test: the simulated Azure must have been asked for nothing that it does not know.
    pub fn assert_no_violation(&self) {
        assert_eq!(self.tenant.simulator.violations(), Vec::<String>::new());
    }
}

impl Drop for FunctionApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}
