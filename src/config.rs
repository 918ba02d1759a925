//! The settings: read once, checked before a port is bound. The only reader of the environment.

mod keep;
mod proxy;
mod registry;
mod selection;
mod serve;
pub mod settings;
pub mod terminal;
mod values;

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use azure_core::credentials::Secret;
use url::Url;

use crate::azure::acr::Budget;
use crate::azure::cloud::{Cloud, CloudName};
use crate::azure::credential::{CredentialKind, CredentialOptions};
use crate::azure::http::HttpOptions;
use crate::collect::selection::Selection;
use crate::posture::profile::{Profile, tag_pattern};
pub use keep::KeepSetting;
pub use serve::{BrokerConfig, ServeConfig, WebhookSecrets};
use settings::{Flags, Lookup};
pub use values::items;
use values::{flag, list, one_of, parsed, required};

/// A setting that cannot be used; names the setting, or the flag that stands for it. The process exits with 2.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", self.name())]
pub struct ConfigError {
    pub setting: &'static str,
    /// The flag that was given instead, e.g. `--registry`.
    pub flag: Option<&'static str>,
    pub why: String,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, why: impl std::fmt::Display) -> Self {
        Self {
            setting,
            flag: None,
            why: why.to_string(),
        }
    }

    fn name(&self) -> String {
        match self.flag {
            Some(flag) => flag.to_owned(),
            None => format!("setting {}", self.setting),
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
    /// Settings of other tools that say what is covered. Whoever did not mean that has to be told.
    pub borrowed: Vec<&'static str>,
    pub limits: Limits,
    pub audit: AuditConfig,
    /// How long snapshots are kept.
    pub keep: KeepSetting,
    /// What an error names in place of a setting.
    pub flags: Flags,
}

/// How registries are audited.
#[derive(Debug, Clone)]
pub struct AuditConfig {
    /// At the end of every refresh.
    pub in_refresh: bool,
    /// Microsoft Graph is asked for the names of principals.
    pub names: bool,
    pub profile: Profile,
}

/// Where the inventory lives.
#[derive(Debug, Clone)]
pub enum StoreLocation {
    Directory(PathBuf),
    /// `https://{account}.blob.core.windows.net/{container}`
    Container(Url),
}

impl std::fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(f),
            Self::Container(url) => url.fmt(f),
        }
    }
}

/// How much at once, and how long.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Repositories read at the same time, per registry.
    pub concurrency: usize,
    /// Repositories that this process reads at the same time, of all registries: each holds its lines in memory.
    pub places: usize,
    /// Items per page asked for.
    pub page_size: u32,
    /// Requests to one registry in any 60 s; none: half of the documented quota of its SKU.
    pub reads_per_minute: Option<NonZero<u32>>,
    /// An invocation begins nothing new after this.
    pub soft: Duration,
    /// An invocation is given up after this.
    pub hard: Duration,
    /// Read every repository's own attributes in every walk.
    pub read_attributes: bool,
    /// Observed lines that each repository may hold in memory, bytes; times the places, and with what is spare, this bounds
    /// the memory of a walk.
    pub long: usize,
    /// Further pieces of so many bytes for the repositories that need more, while some are free.
    pub spare: usize,
    /// Pieces of so many bytes for the digests that the summaries of long repositories need while these are read.
    pub digests: usize,
    /// Lines of a repository's document; what has more has them in snapshots alone.
    pub document_lines: u64,
}

impl Limits {
    /// The budget for a registry of this SKU; none when neither operator nor SKU says one.
    pub fn budget(&self, sku: Option<&str>) -> Option<Budget> {
        self.reads_per_minute
            .map(Budget::PerMinute)
            .or_else(|| sku.map(Budget::for_sku))
    }
}

impl Config {
    /// Reads and checks the settings.
    pub fn read(lookup: &Lookup) -> Result<Self, ConfigError> {
        Self::unnamed(lookup).map_err(|error| lookup.flags().name(error))
    }

    /// Refuses what has to be looked up in Resource Manager when nobody signs in: it would be found missing.
    pub fn ensure_discoverable(&self) -> Result<(), ConfigError> {
        let is_anonymous = self.credential.kind == CredentialKind::Anonymous;
        if !is_anonymous || self.selection.is_closed() {
            return Ok(());
        }
        let why = "anonymous needs a login server, such as contoso.azurecr.io: names, resource ids and subscriptions are looked up in Resource Manager, which takes a sign-in";
        Err(self.flags.name(ConfigError::new("ACR_INVENTORY_CREDENTIAL", why)))
    }

    fn unnamed(lookup: &Lookup) -> Result<Self, ConfigError> {
        let cloud = cloud(lookup)?;
        let allow_loopback = flag(lookup, "ACR_INVENTORY_ALLOW_LOOPBACK")?;
        let resolve_to: Option<SocketAddr> = parsed(lookup, "ACR_INVENTORY_RESOLVE_TO")?;
        if resolve_to.is_some_and(|address| !allow_loopback || !address.ip().is_loopback()) {
            let why = "only a loopback address, and only with ACR_INVENTORY_ALLOW_LOOPBACK=true";
            return Err(ConfigError::new("ACR_INVENTORY_RESOLVE_TO", why));
        }
        let selection::Chosen { selection, borrowed } = selection::read(lookup, &cloud, allow_loopback)?;
        Ok(Self {
            store: store(lookup)?,
            credential: credential(lookup)?,
            selection,
            borrowed,
            cloud,
            network: HttpOptions {
                certificates: lookup.get("SSL_CERT_FILE").map(PathBuf::from),
                allow_loopback,
                resolve_to,
                // A simulator is on this machine: no proxy leads there.
                proxy: match resolve_to {
                    Some(_) => None,
                    None => proxy::read(lookup)?,
                },
            },
            limits: limits(lookup)?,
            audit: audit(lookup)?,
            keep: parsed(lookup, "ACR_INVENTORY_KEEP")?.unwrap_or_default(),
            flags: lookup.flags().clone(),
        })
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
    // In Azure the platform sets IDENTITY_ENDPOINT; under a Functions host anywhere else the choice has to be made. Whoever
    // hands over a secret, as platforms do with the settings of a connector, wants it used.
    let has_secret = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];
    let has_secret = has_secret.iter().all(|setting| lookup.get(setting).is_some());
    let default = match (lookup.get("IDENTITY_ENDPOINT").is_some(), has_secret) {
        (true, _) => CredentialKind::ManagedIdentity,
        (false, true) => CredentialKind::ClientSecret,
        (false, false) => CredentialKind::DeveloperTools,
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

fn audit(lookup: &Lookup) -> Result<AuditConfig, ConfigError> {
    const PROFILE: &str = "ACR_INVENTORY_PROFILE";
    const PRODUCTION_TAGS: &str = "ACR_INVENTORY_PRODUCTION_TAGS";
    let name = lookup.get(PROFILE).unwrap_or_else(|| "default".to_owned());
    let production_tags = list(lookup, PRODUCTION_TAGS)?;
    let production_tags = production_tags
        .iter()
        .map(|pattern| tag_pattern(pattern))
        .collect::<Result<_, _>>();
    let unknown = || ConfigError::new(PROFILE, format!("not one of {}", Profile::NAMES.join(", ")));
    Ok(AuditConfig {
        in_refresh: parsed(lookup, "ACR_INVENTORY_AUDIT")?.unwrap_or(true),
        names: flag(lookup, "ACR_INVENTORY_NAMES")?,
        profile: Profile {
            production_tag_patterns: production_tags.map_err(|error| ConfigError::new(PRODUCTION_TAGS, error))?,
            ..Profile::named(&name).ok_or_else(unknown)?
        },
    })
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
    let concurrency = number("ACR_INVENTORY_CONCURRENCY", 32, 256)? as usize;
    Ok(Limits {
        concurrency,
        places: concurrency.max(32),
        page_size: number("ACR_INVENTORY_PAGE_SIZE", 1_000, 1_000)?,
        reads_per_minute: parsed(lookup, "ACR_INVENTORY_READS_PER_MINUTE")?,
        soft: Duration::from_secs(soft.into()),
        hard: Duration::from_secs(hard.into()),
        read_attributes: flag(lookup, "ACR_INVENTORY_READ_ATTRIBUTES")?,
        long: 1 << 20,
        spare: 32,
        // Some four million manifests.
        digests: 64,
        document_lines: 100_000,
    })
}
