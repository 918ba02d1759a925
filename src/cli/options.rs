//! Flags that stand for settings: what is said here goes above the environment.

use clap::{Args, ValueEnum};

use crate::azure::cloud::CloudName;
use crate::azure::credential::CredentialKind;
use crate::config::settings::Lookup;
use crate::config::{Config, ConfigError, items};

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
}

/// A text that says something: `--registry "$REGISTRY"` without the variable would mean every registry.
pub(super) fn text(given: &str) -> Result<String, String> {
    match given.trim().is_empty() {
        true => Err("it is empty; is a variable not set?".to_owned()),
        false => Ok(given.to_owned()),
    }
}

/// The same of a list.
pub(super) fn some_items(given: &str) -> Result<String, String> {
    match items(given).next() {
        Some(_) => Ok(given.to_owned()),
        None => text(given).and_then(|_| Err("it names nothing".to_owned())),
    }
}

/// Who we are, where we ask, what we cover.
#[derive(Debug, Args)]
pub(super) struct SettingArgs {
    /// Registry to cover: a login server (ARM is not asked), a name or a resource id; may be given several times
    #[arg(long = "registry", value_name = "LOGIN_SERVER|NAME|ID", value_parser = some_items)]
    registries: Vec<String>,
    /// Subscription to cover; may be given several times [default: that of AZURE_SUBSCRIPTION_ID, else all that the identity sees]
    #[arg(long = "subscription", value_name = "ID", value_parser = some_items)]
    subscriptions: Vec<String>,
    /// Pattern that a registry's name or login server has to match; may be given several times
    #[arg(long, value_name = "PATTERN", value_parser = some_items)]
    include: Vec<String>,
    /// Pattern that it must not match; may be given several times
    #[arg(long, value_name = "PATTERN", value_parser = some_items)]
    exclude: Vec<String>,
    /// Who we are [default: managed-identity in Azure; client-secret where its three settings are there; else developer-tools]
    #[arg(long, value_enum)]
    credential: Option<CredentialKind>,
    /// Tenant of the application
    #[arg(long, value_name = "ID", value_parser = text)]
    tenant_id: Option<String>,
    /// Client id of the application or the user-assigned identity
    #[arg(long, value_name = "ID", value_parser = text)]
    client_id: Option<String>,
    /// Azure cloud [default: public]
    #[arg(long, value_enum)]
    cloud: Option<CloudName>,
    /// Entra authority of another cloud
    #[arg(long, value_name = "URL", value_parser = text)]
    authority_host: Option<String>,
    /// Azure Resource Manager of another cloud
    #[arg(long, value_name = "URL", value_parser = text)]
    arm_endpoint: Option<String>,
    /// Audience of tokens for Resource Manager
    #[arg(long, value_name = "URL", value_parser = text)]
    arm_audience: Option<String>,
    /// Audience of tokens for registries
    #[arg(long, value_name = "URL", value_parser = text)]
    acr_audience: Option<String>,
    /// What every login server ends with, in another cloud
    #[arg(long, value_name = "SUFFIX", value_parser = text)]
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
    #[arg(long, value_name = "ADDRESS", value_parser = text)]
    resolve_to: Option<String>,
    /// Directory that the inventory goes to
    #[arg(long, value_name = "DIR", conflicts_with = "store", value_parser = text)]
    output: Option<String>,
    /// Blob container that the inventory goes to: `https://ACCOUNT.blob.core.windows.net/CONTAINER`
    #[arg(long, value_name = "URL", value_parser = text)]
    store: Option<String>,
}

impl SettingArgs {
    /// The environment with these flags above it.
    pub(super) fn lookup(&self) -> Result<Lookup, ConfigError> {
        let mut lookup = Lookup::environment()?;
        if lookup.get("ACR_INVENTORY_USE_PROXY").is_none() {
            lookup.set("ACR_INVENTORY_USE_PROXY", "true");
        }
        let joined = |values: &[String]| (!values.is_empty()).then(|| values.join(","));
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let named = |value: Option<&dyn ValueName>| value.map(ValueName::name);
        let on = |flag: bool| flag.then(|| "true".to_owned());
        let credential = named(self.credential.as_ref().map(|kind| kind as _));
        let cloud = named(self.cloud.as_ref().map(|cloud| cloud as _));
        let flags = [
            ("--registry", "ACR_INVENTORY_REGISTRIES", joined(&self.registries)),
            (
                "--subscription",
                "ACR_INVENTORY_SUBSCRIPTIONS",
                joined(&self.subscriptions),
            ),
            ("--include", "ACR_INVENTORY_INCLUDE", joined(&self.include)),
            ("--exclude", "ACR_INVENTORY_EXCLUDE", joined(&self.exclude)),
            ("--credential", "ACR_INVENTORY_CREDENTIAL", credential),
            ("--tenant-id", "AZURE_TENANT_ID", self.tenant_id.clone()),
            ("--client-id", "AZURE_CLIENT_ID", self.client_id.clone()),
            ("--cloud", "ACR_INVENTORY_CLOUD", cloud),
            ("--authority-host", "AZURE_AUTHORITY_HOST", self.authority_host.clone()),
            (
                "--arm-endpoint",
                "ACR_INVENTORY_ARM_ENDPOINT",
                self.arm_endpoint.clone(),
            ),
            (
                "--arm-audience",
                "ACR_INVENTORY_ARM_AUDIENCE",
                self.arm_audience.clone(),
            ),
            (
                "--acr-audience",
                "ACR_INVENTORY_ACR_AUDIENCE",
                self.acr_audience.clone(),
            ),
            (
                "--login-server-suffix",
                "ACR_INVENTORY_LOGIN_SERVER_SUFFIX",
                self.login_server_suffix.clone(),
            ),
            ("--concurrency", "ACR_INVENTORY_CONCURRENCY", number(self.concurrency)),
            ("--page-size", "ACR_INVENTORY_PAGE_SIZE", number(self.page_size)),
            (
                "--reads-per-minute",
                "ACR_INVENTORY_READS_PER_MINUTE",
                number(self.reads_per_minute),
            ),
            (
                "--read-attributes",
                "ACR_INVENTORY_READ_ATTRIBUTES",
                on(self.read_attributes),
            ),
            (
                "--allow-loopback",
                "ACR_INVENTORY_ALLOW_LOOPBACK",
                on(self.allow_loopback),
            ),
            ("--resolve-to", "ACR_INVENTORY_RESOLVE_TO", self.resolve_to.clone()),
            ("--output", "ACR_INVENTORY_STORE", self.output.clone()),
            ("--store", "ACR_INVENTORY_STORE", self.store.clone()),
        ];
        for (flag, name, value) in flags {
            if let Some(value) = value {
                lookup.set_by(flag, name, value);
            }
        }
        Ok(lookup)
    }

    /// Refuses flags that choose registries, for a command that has to do with all of them.
    pub(super) fn refuse_choice(&self, command: &str) -> anyhow::Result<()> {
        let given = [
            ("--registry", &self.registries),
            ("--subscription", &self.subscriptions),
            ("--include", &self.include),
            ("--exclude", &self.exclude),
        ];
        for (flag, values) in given {
            anyhow::ensure!(values.is_empty(), "{flag}: {command} does not choose by registry");
        }
        Ok(())
    }
}

/// The settings, for a command that chooses registries by them: says where settings of other tools do.
pub(super) fn chosen_by(lookup: &Lookup) -> Result<Config, ConfigError> {
    let config = Config::read(lookup)?;
    for setting in &config.borrowed {
        let value = lookup.get(setting).unwrap_or_default();
        let flag = match *setting {
            "ACR_NAME" => "--registry",
            _ => "--subscription",
        };
        errln!("only {value}, because {setting} says so; {flag} goes above it");
    }
    Ok(config)
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
