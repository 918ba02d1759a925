//! The settings: read once, checked before a port is bound. The only reader of the environment.

pub mod settings;

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use azure_core::credentials::Secret;
use url::Url;

use crate::azure::acr::Budget;
use crate::azure::cloud::{Cloud, CloudName};
use crate::azure::credential::{CredentialKind, CredentialOptions};
use crate::azure::http::HttpOptions;
use crate::collect::discover::{Patterns, Selection};
use crate::names::LoginServer;
use settings::Lookup;

/// A setting that cannot be used; names the setting. The process exits with 2.
#[derive(Debug, thiserror::Error)]
#[error("setting {setting}: {why}")]
pub struct ConfigError {
    pub setting: &'static str,
    pub why: String,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, why: impl std::fmt::Display) -> Self {
        Self {
            setting,
            why: why.to_string(),
        }
    }
}

/// Everything that every command needs.
#[derive(Debug, Clone)]
pub struct Config {
    pub store: StoreLocation,
    pub credential: CredentialOptions,
    pub cloud: Cloud,
    pub network: HttpOptions,
    pub selection: Selection,
    pub limits: Limits,
}

/// Where the inventory lives.
#[derive(Debug, Clone)]
pub enum StoreLocation {
    Directory(PathBuf),
    /// `https://{account}.blob.core.windows.net/{container}`
    Container(Url),
}

/// How much at once, and how long.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Repositories read at the same time, per registry.
    pub concurrency: usize,
    /// Items per page asked for.
    pub page_size: u32,
    /// Reads per minute against one registry; none: half of the documented quota of its SKU.
    pub reads_per_minute: Option<NonZero<u32>>,
    /// An invocation begins nothing new after this.
    pub soft: Duration,
    /// An invocation is given up after this.
    pub hard: Duration,
    /// Read every repository's own attributes in every walk.
    pub read_attributes: bool,
}

impl Limits {
    /// The budget for a registry of this SKU.
    pub fn budget(&self, sku: Option<&str>) -> Budget {
        match self.reads_per_minute {
            Some(reads) => Budget::PerMinute(reads),
            None => Budget::for_sku(sku.unwrap_or_default()),
        }
    }
}

/// What only the function app needs.
#[derive(Debug, Clone)]
pub struct ServeConfig {
    pub port: u16,
    /// Fully qualified Service Bus namespace.
    pub namespace: String,
    pub registry_queue: String,
    pub repository_queue: String,
    /// None: the webhook is switched off.
    pub webhook: Option<WebhookSecrets>,
}

/// The secrets that a webhook call may carry: the current one and, during a rotation, the next.
#[derive(Debug, Clone)]
pub struct WebhookSecrets {
    pub current: Secret,
    pub next: Option<Secret>,
}

impl Config {
    /// Reads and checks the settings.
    pub fn read(lookup: &Lookup) -> Result<Self, ConfigError> {
        let cloud = cloud(lookup)?;
        let allow_loopback = flag(lookup, "ACR_INVENTORY_ALLOW_LOOPBACK")?;
        let resolve_to: Option<SocketAddr> = parsed(lookup, "ACR_INVENTORY_RESOLVE_TO")?;
        if resolve_to.is_some_and(|address| !allow_loopback || !address.ip().is_loopback()) {
            let why = "only a loopback address, and only with ACR_INVENTORY_ALLOW_LOOPBACK=true";
            return Err(ConfigError::new("ACR_INVENTORY_RESOLVE_TO", why));
        }
        Ok(Self {
            store: store(lookup)?,
            credential: credential(lookup)?,
            selection: selection(lookup, &cloud, allow_loopback)?,
            cloud,
            network: HttpOptions {
                certificates: lookup.get("SSL_CERT_FILE").map(PathBuf::from),
                allow_loopback,
                resolve_to,
            },
            limits: limits(lookup)?,
        })
    }
}

impl ServeConfig {
    /// Reads and checks the settings of the function app.
    pub fn read(lookup: &Lookup) -> Result<Self, ConfigError> {
        let queue = |setting, default: &str| lookup.get(setting).unwrap_or_else(|| default.to_owned());
        const NAMESPACE: &str = "ServiceBusConnection__fullyQualifiedNamespace";
        let namespace = required(lookup, NAMESPACE)?.to_ascii_lowercase();
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
        Ok(Self {
            port: parsed(lookup, "FUNCTIONS_CUSTOMHANDLER_PORT")?.ok_or_else(|| {
                ConfigError::new("FUNCTIONS_CUSTOMHANDLER_PORT", "is set by the Functions host; not set")
            })?,
            namespace,
            registry_queue: queue("ACR_INVENTORY_REGISTRY_QUEUE", "registry-refresh"),
            repository_queue: queue("ACR_INVENTORY_REPOSITORY_QUEUE", "repository-refresh"),
            webhook: webhook(lookup)?,
        })
    }
}

/// Shorter secrets are refused: 256 bits.
const SECRET_BYTES: usize = 32;

fn webhook(lookup: &Lookup) -> Result<Option<WebhookSecrets>, ConfigError> {
    let secret = |setting| match lookup.get(setting) {
        Some(secret) if secret.len() < SECRET_BYTES => {
            Err(ConfigError::new(setting, format!("shorter than {SECRET_BYTES} bytes")))
        }
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

fn store(lookup: &Lookup) -> Result<StoreLocation, ConfigError> {
    const SETTING: &str = "ACR_INVENTORY_STORE";
    let text = required(lookup, SETTING)?;
    if !text.contains("://") {
        return Ok(StoreLocation::Directory(text.into()));
    }
    let url = Url::parse(&text).map_err(|error| ConfigError::new(SETTING, error))?;
    let segments: Vec<&str> = url
        .path_segments()
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    if url.scheme() != "https" || segments.is_empty() || url.query().is_some() {
        let why = "neither a directory nor https://ACCOUNT.blob.core.windows.net/CONTAINER";
        return Err(ConfigError::new(SETTING, why));
    }
    Ok(StoreLocation::Container(url))
}

fn credential(lookup: &Lookup) -> Result<CredentialOptions, ConfigError> {
    // In Azure the platform sets IDENTITY_ENDPOINT; under a Functions host anywhere else the choice has to be made.
    let in_azure = lookup.get("IDENTITY_ENDPOINT").is_some();
    let default = if in_azure {
        CredentialKind::ManagedIdentity
    } else {
        CredentialKind::DeveloperTools
    };
    Ok(CredentialOptions {
        kind: one_of(lookup, "ACR_INVENTORY_CREDENTIAL")?.unwrap_or(default),
        tenant_id: lookup.get("AZURE_TENANT_ID"),
        client_id: lookup.get("AZURE_CLIENT_ID"),
        client_secret: lookup.get("AZURE_CLIENT_SECRET").map(Secret::new),
    })
}

fn cloud(lookup: &Lookup) -> Result<Cloud, ConfigError> {
    let mut cloud = Cloud::named(one_of(lookup, "ACR_INVENTORY_CLOUD")?.unwrap_or(CloudName::Public));
    let https = |setting| match parsed::<Url>(lookup, setting)? {
        Some(url) if url.scheme() != "https" => Err(ConfigError::new(setting, "not an https address")),
        url => Ok(url),
    };
    if let Some(url) = https("AZURE_AUTHORITY_HOST")? {
        cloud.authority_host = url;
    }
    if let Some(url) = https("ACR_INVENTORY_ARM_ENDPOINT")? {
        cloud.arm_endpoint = url;
    }
    let scope = |audience: String| format!("{}/.default", audience.trim_end_matches('/'));
    if let Some(audience) = lookup.get("ACR_INVENTORY_ARM_AUDIENCE") {
        cloud.arm_scope = scope(audience);
    }
    if let Some(audience) = lookup.get("ACR_INVENTORY_ACR_AUDIENCE") {
        cloud.acr_scope = scope(audience);
    }
    if let Some(suffix) = lookup.get("ACR_INVENTORY_LOGIN_SERVER_SUFFIX") {
        cloud.login_server_suffix = format!(".{}", suffix.trim_start_matches('.'));
    }
    Ok(cloud)
}

fn selection(lookup: &Lookup, cloud: &Cloud, allow_loopback: bool) -> Result<Selection, ConfigError> {
    let mut selection = Selection {
        subscriptions: list(lookup, "ACR_INVENTORY_SUBSCRIPTIONS"),
        include: patterns(lookup, "ACR_INVENTORY_INCLUDE")?,
        exclude: patterns(lookup, "ACR_INVENTORY_EXCLUDE")?,
        ..Selection::default()
    };
    for setting in ["ACR_INVENTORY_REGISTRIES", "ACR_NAME"] {
        for registry in list(lookup, setting) {
            if registry.bytes().all(|b| b.is_ascii_alphanumeric()) && registry != "localhost" {
                selection.names.push(registry);
                continue;
            }
            let login_server = LoginServer::parse(&registry).map_err(|error| ConfigError::new(setting, error))?;
            if login_server.is_loopback() && !allow_loopback {
                return Err(ConfigError::new(
                    setting,
                    format!("{login_server} needs ACR_INVENTORY_ALLOW_LOOPBACK=true"),
                ));
            }
            if !cloud.has(&login_server) {
                let why = format!("{login_server} does not end with {}", cloud.login_server_suffix);
                return Err(ConfigError::new(setting, why));
            }
            selection.login_servers.push(login_server);
        }
    }
    Ok(selection)
}

fn limits(lookup: &Lookup) -> Result<Limits, ConfigError> {
    let number = |setting, default: u32, most: u32| match parsed::<u32>(lookup, setting)? {
        Some(number) if number == 0 || number > most => Err(ConfigError::new(setting, format!("not from 1 to {most}"))),
        number => Ok(number.unwrap_or(default)),
    };
    let soft = number("ACR_INVENTORY_SOFT_LIMIT_SECONDS", 180, 86_400)?;
    let hard = number("ACR_INVENTORY_HARD_LIMIT_SECONDS", 240, 86_400)?;
    if soft >= hard {
        return Err(ConfigError::new(
            "ACR_INVENTORY_SOFT_LIMIT_SECONDS",
            "not below ACR_INVENTORY_HARD_LIMIT_SECONDS",
        ));
    }
    Ok(Limits {
        concurrency: number("ACR_INVENTORY_CONCURRENCY", 32, 256)? as usize,
        page_size: number("ACR_INVENTORY_PAGE_SIZE", 1_000, 1_000)?,
        reads_per_minute: parsed(lookup, "ACR_INVENTORY_READS_PER_MINUTE")?,
        soft: Duration::from_secs(soft.into()),
        hard: Duration::from_secs(hard.into()),
        read_attributes: flag(lookup, "ACR_INVENTORY_READ_ATTRIBUTES")?,
    })
}

fn required(lookup: &Lookup, setting: &'static str) -> Result<String, ConfigError> {
    lookup.get(setting).ok_or_else(|| ConfigError::new(setting, "not set"))
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(
    lookup: &Lookup,
    setting: &'static str,
) -> Result<Option<T>, ConfigError> {
    let text = lookup.get(setting);
    text.map(|text| text.parse().map_err(|error| ConfigError::new(setting, error)))
        .transpose()
}

fn one_of<T: clap::ValueEnum>(lookup: &Lookup, setting: &'static str) -> Result<Option<T>, ConfigError> {
    let names = || {
        let names = T::value_variants()
            .iter()
            .filter_map(|value| Some(value.to_possible_value()?.get_name().to_owned()));
        names.collect::<Vec<_>>().join(", ")
    };
    let text = lookup.get(setting);
    text.map(|text| T::from_str(&text, true).map_err(|_| ConfigError::new(setting, format!("not one of {}", names()))))
        .transpose()
}

fn flag(lookup: &Lookup, setting: &'static str) -> Result<bool, ConfigError> {
    Ok(parsed(lookup, setting)?.unwrap_or(false))
}

fn list(lookup: &Lookup, setting: &'static str) -> Vec<String> {
    let text = lookup.get(setting).unwrap_or_default();
    text.split([',', ' ', ';'])
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn patterns(lookup: &Lookup, setting: &'static str) -> Result<Patterns, ConfigError> {
    let patterns = list(lookup, setting);
    Patterns::parse(patterns.iter().map(String::as_str)).map_err(|error| ConfigError::new(setting, error))
}
