//! The only place that builds clients.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_storage_blob::BlobContainerClientOptions;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::audit::Auditor;
use crate::azure::acr::{Gates, Purpose, RegistryClient, RegistryOptions};
use crate::azure::arm::{Arm, ArmBudget};
use crate::azure::cloud::Cloud;
use crate::azure::credential::{Identity, credential};
use crate::azure::graph::Graph;
use crate::azure::http::proxy::Proxy;
use crate::azure::http::{Http, HttpError, PAGE_CAP};
use crate::azure::service_bus::{DeadLetters, SCOPE, Sender};
use crate::azure::{Failure, Sdk, storage_options};
use crate::collect::CollectError;
use crate::collect::discover::Directory;
use crate::collect::registry::{Audit, Closed, Mover, RegistryWork};
use crate::collect::room::Room;
use crate::config::{BrokerConfig, Config, ConfigError, StoreLocation};
use crate::deadline::Deadline;
use crate::names::{LoginServer, RegistryId};
use crate::snapshot::TagPatterns;
use crate::store::{BlobStore, DirectoryStore, Store, StoreError};
use crate::surroundings::Surroundings;

/// The clients of one process.
#[derive(Debug)]
pub struct App {
    pub config: Config,
    pub store: Store,
    http: Http,
    credential: Option<Arc<dyn TokenCredential>>,
    sdk: Option<Sdk>,
    arm: Option<Arm>,
    gates: Gates,
    room: Room,
    production_tags: TagPatterns,
    auditor: Option<Auditor>,
    surroundings: Option<Surroundings>,
}

impl App {
    /// Builds everything from the settings; sends nothing.
    pub fn new(config: Config) -> anyhow::Result<Self> {
        Self::build(config, DirectoryStore::open_root)
    }

    /// The same for a look that writes nothing: a directory for the inventory is not even created.
    pub fn reading(config: Config) -> anyhow::Result<Self> {
        Self::build(config, DirectoryStore::view_root)
    }

    /// The same over a client that is there already, with a clock and ids that are not the machine's.
    pub fn over(config: Config, http: Http, surroundings: Surroundings) -> anyhow::Result<Self> {
        let app = Self::assemble(config, http, DirectoryStore::open_root)?;
        Ok(Self {
            surroundings: Some(surroundings),
            ..app
        })
    }

    fn build(config: Config, directory: OpenDirectory) -> anyhow::Result<Self> {
        let http = Http::new(config.network.clone())?;
        Self::assemble(config, http, directory)
    }

    fn assemble(config: Config, http: Http, directory: OpenDirectory) -> anyhow::Result<Self> {
        if config.network.allow_loopback {
            tracing::warn!("loopback and link-local addresses are contacted: this is for simulators only");
        }
        tracing::info!(credential = ?config.credential.kind, "credential chosen");
        let credential = credential(&config.credential, &config.cloud, &http)?;
        let store = open_store(&config, directory, credential.as_ref(), &http)?;
        let sdk = credential.clone().map(|credential| {
            Sdk::resource_manager(
                &http,
                PAGE_CAP,
                credential,
                &config.cloud.arm_scope,
                ArmBudget::default(),
            )
        });
        let arm = sdk.clone().map(|sdk| Arm::new(config.cloud.arm_endpoint.clone(), sdk));
        let auditor = config.audit.in_refresh.then(|| {
            let graph = || graph(&config.cloud, &http, credential.as_ref());
            let names = config.audit.names.then(graph).flatten();
            Auditor::new(config.audit.profile.clone(), names)
        });
        let production_tags = TagPatterns::new(&config.audit.profile.production_tag_patterns);
        let limits = &config.limits;
        let room = Room::new(limits.places, limits.long, limits.spare, limits.digests);
        Ok(Self {
            config,
            store,
            http,
            credential,
            sdk,
            arm,
            gates: Gates::default(),
            room,
            production_tags,
            auditor,
            surroundings: None,
        })
    }

    /// Where discovery asks.
    pub fn directory(&self) -> Directory<'_> {
        Directory {
            cloud: &self.config.cloud,
            arm: self.arm.as_ref(),
            sdk: self.sdk.as_ref(),
        }
    }

    /// Resource Manager; none when anonymous.
    pub fn arm(&self) -> Option<&Arm> {
        self.arm.as_ref()
    }

    /// The audit phase of refreshes; none when that is turned off, or Resource Manager is not asked.
    pub fn audit(&self) -> Option<&dyn Audit> {
        (self.auditor.is_some() && self.arm.is_some()).then_some(self as _)
    }

    /// Microsoft Graph of the cloud; none when anonymous.
    pub fn graph(&self) -> Option<Graph> {
        graph(&self.config.cloud, &self.http, self.credential.as_ref())
    }

    /// What a refresh of a registry works with; the first attempt, after which nothing is deleted, and with nobody else at it.
    pub fn registry_work<'a>(
        &'a self,
        (login_server, registry_id): (&'a LoginServer, Option<&'a RegistryId>),
        mover: &'a Mover,
        deadline: Deadline,
    ) -> RegistryWork<'a> {
        let limits = &self.config.limits;
        RegistryWork {
            store: &self.store,
            arm: self.arm(),
            patterns: self.production_tags(),
            keep: None,
            audit: self.audit(),
            login_server,
            registry_id,
            concurrency: limits.concurrency,
            room: self.room(),
            read_attributes: limits.read_attributes,
            document_lines: limits.document_lines,
            deadline,
            mover,
            attempt: 0,
            alive_within: Duration::ZERO,
        }
    }

    /// The client of a registry for one invocation. The caller has made sure that the login server is a known one.
    pub fn registry_client(
        &self,
        login_server: &LoginServer,
        sku: Option<&str>,
        purpose: Purpose,
        deadline: Deadline,
    ) -> RegistryClient {
        let limits = &self.config.limits;
        let budget = limits.budget(sku);
        let options = RegistryOptions {
            entra_scope: self.config.cloud.acr_scope.clone(),
            gate: self
                .gates
                .of(login_server, budget, limits.concurrency, limits.page_size),
            purpose,
            deadline,
        };
        RegistryClient::new(
            self.http.clone(),
            login_server.clone(),
            self.credential.clone(),
            options,
        )
    }

    /// Patterns of production tags: what the index of a snapshot is made with.
    pub fn production_tags(&self) -> &TagPatterns {
        &self.production_tags
    }

    /// What an invocation runs within; none: the machine as it is.
    pub fn surroundings(&self) -> Option<&Surroundings> {
        self.surroundings.as_ref()
    }

    /// Room for the repositories that this process reads at the same time, whatever their registry.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// The limits of an invocation that begins now.
    pub fn deadline(&self) -> Deadline {
        Deadline::after(self.config.limits.soft, self.config.limits.hard)
    }

    /// Requests sent by this process, to all services.
    pub fn sent(&self) -> u64 {
        self.http.sent()
    }

    /// Sends to a queue.
    pub fn sender(&self, broker: &BrokerConfig, queue: &str) -> anyhow::Result<Sender> {
        Ok(Sender::new(&broker.namespace, queue, self.broker_sdk()?)?)
    }

    /// Takes the dead letters of a queue.
    pub fn dead_letters(&self, broker: &BrokerConfig, queue: &str) -> anyhow::Result<DeadLetters> {
        Ok(DeadLetters::new(&broker.namespace, queue, self.broker_sdk()?)?)
    }

    fn broker_sdk(&self) -> anyhow::Result<Sdk> {
        const SETTING: &str = "ACR_INVENTORY_CREDENTIAL";
        let missing = || {
            let error = ConfigError::new(SETTING, "anonymous cannot send to Service Bus, nor receive");
            self.config.flags.name(error)
        };
        let credential = self.credential.clone().ok_or_else(missing)?;
        Ok(Sdk::new(&self.http, PAGE_CAP, credential, SCOPE))
    }

    /// Who Resource Manager takes us for; none when anonymous.
    pub async fn identity(&self) -> Result<Option<Identity>, Failure> {
        match &self.credential {
            Some(credential) => Identity::of(credential, &self.config.cloud.arm_scope).await.map(Some),
            None => Ok(None),
        }
    }

    /// The proxy that a registry is asked through.
    pub fn proxy_for(&self, login_server: &LoginServer) -> Option<&Proxy> {
        let url = format!("https://{login_server}/").parse().ok()?;
        self.http.proxy_for(&url)
    }

    /// Addresses that the name of a host leads to.
    pub async fn resolve(&self, host: &str) -> Result<Vec<std::net::IpAddr>, HttpError> {
        self.http.resolve(host).await
    }
}

impl Audit for App {
    fn audit(&self, closed: Closed) -> BoxFuture<'_, Result<(), CollectError>> {
        async move {
            match (&self.auditor, &self.arm) {
                (Some(auditor), Some(arm)) => auditor.audit_closed(arm, &self.store, closed).await,
                _ => Ok(()),
            }
        }
        .boxed()
    }
}

fn graph(cloud: &Cloud, http: &Http, credential: Option<&Arc<dyn TokenCredential>>) -> Option<Graph> {
    let endpoint = &cloud.graph_endpoint;
    let scope = format!("{endpoint}.default");
    let sdk = Sdk::new(http, PAGE_CAP, Arc::clone(credential?), &scope);
    Some(Graph::new(endpoint.clone(), sdk))
}

type OpenDirectory = fn(&std::path::Path) -> Result<DirectoryStore, StoreError>;

fn open_store(
    config: &Config,
    directory: OpenDirectory,
    credential: Option<&Arc<dyn TokenCredential>>,
    http: &Http,
) -> anyhow::Result<Store> {
    match &config.store {
        StoreLocation::Directory(root) => Ok(Store::directory(directory(root)?)),
        StoreLocation::Container(url) => {
            let error = || ConfigError::new("ACR_INVENTORY_STORE", "a container takes a sign-in: anonymous has none");
            let missing = || config.flags.name(error());
            let credential = Arc::clone(credential.ok_or_else(missing)?);
            let options = BlobContainerClientOptions {
                client_options: storage_options(http, credential),
                ..Default::default()
            };
            Ok(Store::blob(BlobStore::new(url.clone(), options)?))
        }
    }
}
