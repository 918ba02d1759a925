//! The settings of the function app: port, queues (which other commands take too), webhook secrets.

use azure_core::credentials::Secret;

use super::ConfigError;
use super::settings::Lookup;
use super::values::{flag, parsed};
use crate::names::LoginServer;

/// What only the function app needs.
#[derive(Debug, Clone)]
pub struct ServeConfig {
    pub port: u16,
    pub broker: BrokerConfig,
    /// None: the webhook is switched off.
    pub webhook: Option<WebhookSecrets>,
}

/// Where messages go.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// Fully qualified Service Bus namespace.
    pub namespace: String,
    pub registry_queue: String,
    pub repository_queue: String,
}

/// The secrets that a webhook call may carry: the current one and, during a rotation, the next.
#[derive(Debug, Clone)]
pub struct WebhookSecrets {
    pub current: Secret,
    pub next: Option<Secret>,
}

impl ServeConfig {
    /// Reads and checks the settings of the function app.
    pub fn read(lookup: &Lookup) -> Result<Self, ConfigError> {
        Ok(Self {
            port: parsed(lookup, "FUNCTIONS_CUSTOMHANDLER_PORT")?.ok_or_else(|| {
                ConfigError::new("FUNCTIONS_CUSTOMHANDLER_PORT", "is set by the Functions host; not set")
            })?,
            broker: BrokerConfig::required(lookup)?,
            webhook: webhook(lookup)?,
        })
    }
}

const NAMESPACE: &str = "ServiceBusConnection__fullyQualifiedNamespace";

impl BrokerConfig {
    /// Reads and checks the settings; none when no namespace is named.
    pub fn read(lookup: &Lookup) -> Result<Option<Self>, ConfigError> {
        let queue = |setting, default: &str| lookup.get(setting).unwrap_or_else(|| default.to_owned());
        let Some(namespace) = lookup.get(NAMESPACE) else {
            return Ok(None);
        };
        let namespace = namespace.to_ascii_lowercase();
        // The grammar of login servers is that of all these hosts: no port but on loopback, no address, no punycode.
        match LoginServer::parse(&namespace) {
            Ok(host) if !host.is_loopback() || flag(lookup, "ACR_INVENTORY_ALLOW_LOOPBACK")? => {}
            Ok(_) => {
                return Err(ConfigError::new(
                    NAMESPACE,
                    "a loopback host needs ACR_INVENTORY_ALLOW_LOOPBACK=true",
                ));
            }
            Err(_) => {
                return Err(ConfigError::new(
                    NAMESPACE,
                    "not a host name such as contoso.servicebus.windows.net",
                ));
            }
        }
        Ok(Some(Self {
            namespace,
            registry_queue: queue("ACR_INVENTORY_REGISTRY_QUEUE", "registry-refresh"),
            repository_queue: queue("ACR_INVENTORY_REPOSITORY_QUEUE", "repository-refresh"),
        }))
    }

    /// The same where there has to be a namespace.
    pub fn required(lookup: &Lookup) -> Result<Self, ConfigError> {
        Self::read(lookup)?.ok_or_else(|| ConfigError::new(NAMESPACE, "not set"))
    }
}

/// Shorter secrets are refused: 256 bits.
const SECRET_BYTES: usize = 32;

fn webhook(lookup: &Lookup) -> Result<Option<WebhookSecrets>, ConfigError> {
    let secret = |setting| match lookup.get(setting) {
        Some(secret) if secret.len() < SECRET_BYTES => {
            Err(ConfigError::new(setting, format!("shorter than {SECRET_BYTES} bytes")))
        }
        // The platform hands over the reference itself when it cannot resolve it, and that is no secret.
        Some(secret) if secret.starts_with("@Microsoft.KeyVault(") => Err(ConfigError::new(
            setting,
            "a reference to Key Vault that the platform could not resolve",
        )),
        secret => Ok(secret.map(Secret::new)),
    };
    let next = secret("ACR_INVENTORY_WEBHOOK_SECRET_NEXT")?;
    match secret("ACR_INVENTORY_WEBHOOK_SECRET")? {
        Some(current) => Ok(Some(WebhookSecrets { current, next })),
        None if next.is_some() => Err(ConfigError::new(
            "ACR_INVENTORY_WEBHOOK_SECRET_NEXT",
            "set without ACR_INVENTORY_WEBHOOK_SECRET",
        )),
        None => Ok(None),
    }
}
