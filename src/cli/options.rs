//! Flags that stand for settings: what is said here goes above the environment.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::azure::cloud::CloudName;
use crate::azure::credential::CredentialKind;
use crate::config::settings::Lookup;

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
}

/// Who we are, where we ask, what we cover.
#[derive(Debug, Args)]
pub(super) struct SettingArgs {
    /// Registry to cover: a login server (ARM is not asked) or a name; may be given several times
    #[arg(long = "registry", value_name = "LOGIN_SERVER|NAME")]
    registries: Vec<String>,
    /// Subscription to cover; may be given several times [default: all that the identity sees]
    #[arg(long = "subscription", value_name = "ID")]
    subscriptions: Vec<String>,
    /// Pattern that a registry's name or login server has to match; may be given several times
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Pattern that it must not match; may be given several times
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Who we are [default: managed-identity in Azure, else developer-tools]
    #[arg(long, value_enum)]
    credential: Option<CredentialKind>,
    /// Tenant of the application
    #[arg(long, value_name = "ID")]
    tenant_id: Option<String>,
    /// Client id of the application or the user-assigned identity
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Azure cloud [default: public]
    #[arg(long, value_enum)]
    cloud: Option<CloudName>,
    /// Entra authority of another cloud
    #[arg(long, value_name = "URL")]
    authority_host: Option<String>,
    /// Azure Resource Manager of another cloud
    #[arg(long, value_name = "URL")]
    arm_endpoint: Option<String>,
    /// Audience of tokens for Resource Manager
    #[arg(long, value_name = "URL")]
    arm_audience: Option<String>,
    /// Audience of tokens for registries
    #[arg(long, value_name = "URL")]
    acr_audience: Option<String>,
    /// What every login server ends with, in another cloud
    #[arg(long, value_name = "SUFFIX")]
    login_server_suffix: Option<String>,
    /// Repositories read at the same time, per registry [default: 32]
    #[arg(long, value_name = "N")]
    concurrency: Option<u32>,
    /// Items asked for per page [default: 1000]
    #[arg(long, value_name = "N")]
    page_size: Option<u32>,
    /// Budget against one registry [default: 2500, or 5000 on Premium]
    #[arg(long, value_name = "N")]
    reads_per_minute: Option<u32>,
    /// Read every repository's own attributes and counts too: one request more each
    #[arg(long)]
    read_attributes: bool,
    /// Connect to loopback and link-local addresses too: for simulators only
    #[arg(long)]
    allow_loopback: bool,
    /// Every host name leads to this address (127.0.0.1:PORT): for simulators only
    #[arg(long, value_name = "ADDRESS")]
    resolve_to: Option<String>,
    /// Directory that the inventory goes to
    #[arg(long, value_name = "DIR", conflicts_with = "store")]
    output: Option<PathBuf>,
    /// Blob container that the inventory goes to: `https://ACCOUNT.blob.core.windows.net/CONTAINER`
    #[arg(long, value_name = "URL")]
    store: Option<String>,
}

impl SettingArgs {
    /// The environment with these flags above it.
    pub(super) fn lookup(&self) -> Lookup {
        let mut lookup = Lookup::environment();
        let mut list = |name, values: &[String]| {
            if !values.is_empty() {
                lookup.set(name, values.join(","));
            }
        };
        list("ACR_INVENTORY_REGISTRIES", &self.registries);
        list("ACR_INVENTORY_SUBSCRIPTIONS", &self.subscriptions);
        list("ACR_INVENTORY_INCLUDE", &self.include);
        list("ACR_INVENTORY_EXCLUDE", &self.exclude);
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let named = |value: Option<&dyn ValueName>| value.map(ValueName::name);
        let flags = [
            (
                "ACR_INVENTORY_CREDENTIAL",
                named(self.credential.as_ref().map(|kind| kind as _)),
            ),
            ("AZURE_TENANT_ID", self.tenant_id.clone()),
            ("AZURE_CLIENT_ID", self.client_id.clone()),
            (
                "ACR_INVENTORY_CLOUD",
                named(self.cloud.as_ref().map(|cloud| cloud as _)),
            ),
            ("AZURE_AUTHORITY_HOST", self.authority_host.clone()),
            ("ACR_INVENTORY_ARM_ENDPOINT", self.arm_endpoint.clone()),
            ("ACR_INVENTORY_ARM_AUDIENCE", self.arm_audience.clone()),
            ("ACR_INVENTORY_ACR_AUDIENCE", self.acr_audience.clone()),
            ("ACR_INVENTORY_LOGIN_SERVER_SUFFIX", self.login_server_suffix.clone()),
            ("ACR_INVENTORY_CONCURRENCY", number(self.concurrency)),
            ("ACR_INVENTORY_PAGE_SIZE", number(self.page_size)),
            ("ACR_INVENTORY_READS_PER_MINUTE", number(self.reads_per_minute)),
            (
                "ACR_INVENTORY_READ_ATTRIBUTES",
                self.read_attributes.then(|| "true".to_owned()),
            ),
            (
                "ACR_INVENTORY_ALLOW_LOOPBACK",
                self.allow_loopback.then(|| "true".to_owned()),
            ),
            ("ACR_INVENTORY_RESOLVE_TO", self.resolve_to.clone()),
            (
                "ACR_INVENTORY_STORE",
                self.output.as_ref().map(|output| output.display().to_string()),
            ),
            ("ACR_INVENTORY_STORE", self.store.clone()),
        ];
        for (name, value) in flags {
            if let Some(value) = value {
                lookup.set(name, value);
            }
        }
        lookup
    }
}

/// The name of a value as it is written on the command line.
trait ValueName {
    fn name(&self) -> String;
}

impl<T: clap::ValueEnum> ValueName for T {
    fn name(&self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}
