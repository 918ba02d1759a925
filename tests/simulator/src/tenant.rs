//! A whole simulated tenant: all services on one address, their state in reach, and the settings that lead there.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;

use super::blob::{self, Blobs};
use super::service_bus::{self, QueueOptions, Queues};
use super::world::World;
use super::world::settings::{APPLICATION_ID, APPLICATION_SECRET};
use super::{Options, Simulator, View};
use crate::lock::lock;

/// Queue names, Service Bus namespace, storage account and container of the simulated tenant.
pub const REGISTRY_QUEUE: &str = "registry-refresh";
pub const REPOSITORY_QUEUE: &str = "repository-refresh";
pub const NAMESPACE: &str = "contoso.servicebus.windows.net";
pub const CONTAINER_URL: &str = "https://contosoinventory.blob.core.windows.net/inventory";
/// Second secret of the simulated webhook.
pub const WEBHOOK_SECRET: &str = "canary-webhook-secret-0123456789abcdef";

/// A running tenant; it stops, and its certificate file goes, when dropped.
pub struct Tenant {
    pub simulator: Simulator,
    pub queues: Arc<Mutex<Queues>>,
    pub blobs: Arc<Mutex<Blobs>>,
    folder: PathBuf,
}

impl Tenant {
    /// Starts a tenant around `world` on the current tokio runtime.
    pub fn start(world: World, mut options: Options) -> anyhow::Result<Self> {
        let clock = Arc::clone(&world.clock);
        let mut queues = Queues::new(Arc::clone(&clock));
        for name in [REGISTRY_QUEUE, REPOSITORY_QUEUE] {
            queues.create(name, QueueOptions::default());
        }
        let mut blobs = Blobs::new(clock);
        blobs.create_container("inventory");
        let (queues, blobs) = (Arc::new(Mutex::new(queues)), Arc::new(Mutex::new(blobs)));
        let (bus, storage) = (Arc::clone(&queues), Arc::clone(&blobs));
        let bus: View = Box::new(move |request| service_bus::handle(&mut lock(&bus), request));
        let storage: View = Box::new(move |request| blob::handle(&mut lock(&storage), request));
        options.extra.push((".servicebus.windows.net".to_owned(), bus));
        options.extra.push((".blob.core.windows.net".to_owned(), storage));
        let simulator = Simulator::start(world, options)?;
        let folder = std::env::temp_dir().join(format!("acr-inventory-{}", crate::random::uuid()));
        std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let tenant = Self {
            simulator,
            queues,
            blobs,
            folder,
        };
        std::fs::write(tenant.certificate_file(), tenant.simulator.ca_pem()).context("writing the certificate")?;
        Ok(tenant)
    }

    /// File with the certificate (PEM) that clients must trust.
    pub fn certificate_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Settings that every client of this tenant needs.
    pub fn network_settings(&self) -> Vec<(String, String)> {
        owned([
            ("SSL_CERT_FILE", self.certificate_file().display().to_string().as_str()),
            ("ACR_INVENTORY_ALLOW_LOOPBACK", "true"),
            ("ACR_INVENTORY_RESOLVE_TO", &self.simulator.address().to_string()),
        ])
    }

    /// Settings of a process with a managed identity in this tenant, as the platform and the deployment set them.
    pub fn function_app_settings(&self, store: &str) -> Vec<(String, String)> {
        let mut settings = self.network_settings();
        settings.extend(owned([
            ("IDENTITY_ENDPOINT", self.simulator.identity_endpoint().as_str()),
            ("IDENTITY_HEADER", &self.simulator.identity_header()),
            ("ACR_INVENTORY_CREDENTIAL", "managed-identity"),
            ("MALLOC_ARENA_MAX", "1"),
        ]));
        settings.extend(queue_settings(store));
        settings
    }

    /// The same for an application with a client secret: usable within one process, where the environment is not
    /// ours to set.
    pub fn application_settings(&self, store: &str) -> Vec<(String, String)> {
        let mut settings = self.network_settings();
        settings.extend(owned([
            ("ACR_INVENTORY_CREDENTIAL", "client-secret"),
            ("AZURE_TENANT_ID", super::world::TENANT_ID),
            ("AZURE_CLIENT_ID", APPLICATION_ID),
            ("AZURE_CLIENT_SECRET", APPLICATION_SECRET),
        ]));
        settings.extend(queue_settings(store));
        settings
    }

    /// Folder with the certificate; also the whole of `SSL_CERT_DIR` for a process that should trust nothing else.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Settings that name store, queues and webhook secret.
pub fn queue_settings(store: &str) -> Vec<(String, String)> {
    owned([
        ("ACR_INVENTORY_STORE", store),
        ("ServiceBusConnection__fullyQualifiedNamespace", NAMESPACE),
        ("ACR_INVENTORY_REGISTRY_QUEUE", REGISTRY_QUEUE),
        ("ACR_INVENTORY_REPOSITORY_QUEUE", REPOSITORY_QUEUE),
        ("ACR_INVENTORY_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("REFRESH_SCHEDULE", "0 0 */6 * * *"),
    ])
}

fn owned<const N: usize>(settings: [(&str, &str); N]) -> Vec<(String, String)> {
    settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
