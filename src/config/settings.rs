//! Every setting there is: the one list behind configuration, functions/README.md and deployment.

use std::collections::BTreeMap;

use super::ConfigError;

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub name: &'static str,
    /// Shown when it is not set; empty: none.
    pub default: &'static str,
    pub meaning: &'static str,
}

const fn setting(name: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default, meaning }
}

/// All settings, in the order of functions/README.md.
pub const SETTINGS: &[Setting] = &[
    setting(
        "ACR_INVENTORY_STORE",
        "",
        "Where the inventory goes: a directory, or `https://ACCOUNT.blob.core.windows.net/CONTAINER`.",
    ),
    setting(
        "ACR_INVENTORY_CREDENTIAL",
        "`managed-identity` in Azure; `client-secret` where its three settings are there; else `developer-tools`",
        "Who we are: `managed-identity`, `client-secret`, `workload-identity`, `azure-cli`, `developer-tools`, `anonymous`.",
    ),
    setting(
        "AZURE_CLIENT_ID",
        "",
        "Client id of a user-assigned identity or an application.",
    ),
    setting(
        "AZURE_TENANT_ID",
        "",
        "Tenant of the application (client secret, workload identity).",
    ),
    setting("AZURE_CLIENT_SECRET", "", "Secret of the application (client secret)."),
    setting(
        "AZURE_FEDERATED_TOKEN_FILE",
        "",
        "File with the federated token (workload identity).",
    ),
    setting(
        "IDENTITY_ENDPOINT",
        "",
        "Set by the platform: the endpoint of the managed identity.",
    ),
    setting(
        "IDENTITY_HEADER",
        "",
        "Set by the platform: the header that the endpoint wants.",
    ),
    setting(
        "ACR_INVENTORY_CLOUD",
        "`public`",
        "`public`, `us-government` or `china`.",
    ),
    setting(
        "AZURE_AUTHORITY_HOST",
        "of the cloud",
        "Entra authority of another cloud.",
    ),
    setting(
        "ACR_INVENTORY_ARM_ENDPOINT",
        "of the cloud",
        "Azure Resource Manager of another cloud.",
    ),
    setting(
        "ACR_INVENTORY_ARM_AUDIENCE",
        "of the cloud",
        "Audience of tokens for Resource Manager.",
    ),
    setting(
        "ACR_INVENTORY_ACR_AUDIENCE",
        "`https://containerregistry.azure.net`",
        "Audience of tokens for registries.",
    ),
    setting(
        "ACR_INVENTORY_LOGIN_SERVER_SUFFIX",
        "of the cloud",
        "What every login server ends with.",
    ),
    setting(
        "ACR_INVENTORY_SUBSCRIPTIONS",
        "all that the identity sees",
        "Subscription ids, separated by commas.",
    ),
    setting(
        "ACR_INVENTORY_REGISTRIES",
        "all",
        "Registries, separated by commas: names or resource ids (found through ARM), or login servers (ARM is not asked).",
    ),
    setting(
        "AZURE_SUBSCRIPTION_ID",
        "",
        "Subscription id, by the name that other tools use: heeded where `ACR_INVENTORY_SUBSCRIPTIONS` is not set and no registry is named by its resource id or login server, and never by `serve`.",
    ),
    setting(
        "ACR_NAME",
        "",
        "Registry, by the name that other tools use: heeded where `ACR_INVENTORY_REGISTRIES` is not set.",
    ),
    setting(
        "ACR_INVENTORY_INCLUDE",
        "",
        "Patterns (`prod-*`) that a registry's name or login server has to match.",
    ),
    setting("ACR_INVENTORY_EXCLUDE", "", "Patterns that it must not match."),
    setting(
        "ACR_INVENTORY_CONCURRENCY",
        "`32`",
        "Repositories read at the same time, per registry (1 to 256).",
    ),
    setting(
        "ACR_INVENTORY_PAGE_SIZE",
        "`1000`",
        "Items asked for per page (1 to 1000).",
    ),
    setting(
        "ACR_INVENTORY_READS_PER_MINUTE",
        "2500, or 5000 on Premium",
        "Requests that one process sends to one registry in any 60 s at most, those of events (a tenth at most) included; a registry that needs fewer is not slowed. The default is half of the documented quota per identity.",
    ),
    setting(
        "ACR_INVENTORY_READ_ATTRIBUTES",
        "`false`",
        "Read every repository's own attributes and counts in every walk: one request more per repository.",
    ),
    setting(
        "ACR_INVENTORY_AUDIT",
        "`true`",
        "Audit every registry at the end of its refresh: some twenty reads of Resource Manager per registry.",
    ),
    setting(
        "ACR_INVENTORY_NAMES",
        "`false`",
        "Ask Microsoft Graph for the names of the principals in an audit; it takes `Directory.Read.All`.",
    ),
    setting(
        "ACR_INVENTORY_PROFILE",
        "`default`",
        "Which rules count: `default`, `strict`, `trusted-services-allowed` or `trusted-services-denied`.",
    ),
    setting(
        "ACR_INVENTORY_PRODUCTION_TAGS",
        "",
        "Patterns of production tags (`v*`), which have to be locked; without one that is not judged.",
    ),
    setting(
        "ACR_INVENTORY_SOFT_LIMIT_SECONDS",
        "`180`",
        "An invocation begins nothing new after this.",
    ),
    setting(
        "ACR_INVENTORY_HARD_LIMIT_SECONDS",
        "`240`",
        "An invocation is given up after this; below the host's `functionTimeout`.",
    ),
    setting(
        "ServiceBusConnection__fullyQualifiedNamespace",
        "",
        "Service Bus namespace; the host reads it too.",
    ),
    setting(
        "ServiceBusConnection__credential",
        "",
        "Read by the host only: `managedidentity`.",
    ),
    setting(
        "ServiceBusConnection__clientId",
        "",
        "Read by the host only: client id of a user-assigned identity.",
    ),
    setting(
        "ACR_INVENTORY_REGISTRY_QUEUE",
        "`registry-refresh`",
        "Queue with one message per registry; the host reads it too.",
    ),
    setting(
        "ACR_INVENTORY_REPOSITORY_QUEUE",
        "`repository-refresh`",
        "Queue with one message per event; the host reads it too.",
    ),
    setting(
        "REFRESH_SCHEDULE",
        "",
        "Read by the host only: when a run begins, six fields, UTC, e.g. `0 0 */6 * * *`.",
    ),
    setting(
        "ACR_INVENTORY_WEBHOOK_SECRET",
        "webhook off",
        "What the header `x-inventory-secret` of a webhook call has to hold; at least 32 bytes.",
    ),
    setting(
        "ACR_INVENTORY_WEBHOOK_SECRET_NEXT",
        "",
        "A second accepted value, during a rotation.",
    ),
    setting(
        "ACR_INVENTORY_KEEP",
        "`all=7,daily=90,weekly=365` in `serve`; `collect` deletes nothing",
        "Which snapshots are kept: all of so many days, one a day for so many, one a week for so many; never fewer than the newest 28. `forever`: nothing is deleted.",
    ),
    setting(
        "FUNCTIONS_CUSTOMHANDLER_PORT",
        "",
        "Set by the host: the port to listen on, on 127.0.0.1.",
    ),
    setting(
        "ACR_INVENTORY_LOG",
        "`info`",
        "What is logged, as a `tracing` filter, e.g. `debug` or `acr_inventory=debug`.",
    ),
    setting(
        "SSL_CERT_FILE",
        "",
        "File with certificates (PEM) to trust, beside those of the system.",
    ),
    setting(
        "HTTPS_PROXY",
        "",
        "Proxy for all requests but those of the identity endpoints, e.g. `http://proxy.example.com:8080`; also in lower case, which goes above. The commands for people heed it, `serve` only with `ACR_INVENTORY_USE_PROXY`.",
    ),
    setting("ALL_PROXY", "", "The same where `HTTPS_PROXY` is not set."),
    setting(
        "NO_PROXY",
        "",
        "Hosts that are asked without the proxy: names with all below them, addresses, ranges, or `*`.",
    ),
    setting(
        "ACR_INVENTORY_USE_PROXY",
        "`false` in `serve`, else `true`",
        "Heed the three settings above.",
    ),
    setting(
        "ACR_INVENTORY_ALLOW_LOOPBACK",
        "`false`",
        "Connect to loopback and link-local addresses too: for simulators only.",
    ),
    setting(
        "ACR_INVENTORY_RESOLVE_TO",
        "",
        "`127.0.0.1:PORT`: every host name leads there, past every proxy. For simulators only, with the setting above.",
    ),
];

/// Settings that other programs read too, in the lower-case form that goes above the other.
const LOWER_CASE: [(&str, &str); 3] = [
    ("HTTPS_PROXY", "https_proxy"),
    ("ALL_PROXY", "all_proxy"),
    ("NO_PROXY", "no_proxy"),
];

/// Settings by name: the environment, with what the command line says above it.
#[derive(Clone)]
pub struct Lookup {
    values: BTreeMap<String, String>,
    flags: Flags,
}

/// Settings that a flag stands for, so that an error names what was written.
#[derive(Debug, Clone, Default)]
pub struct Flags(BTreeMap<&'static str, &'static str>);

impl Flags {
    /// The error by the name of the flag, where one was given.
    pub fn name(&self, error: ConfigError) -> ConfigError {
        let flag = self.0.get(error.setting).copied();
        ConfigError { flag, ..error }
    }
}

// Values may be secrets.
impl std::fmt::Debug for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Lookup {
    /// The environment of this process, as far as it is settings.
    ///
    /// # Errors
    /// When one is no text: left out, it would count as not set, and that can mean "all registries".
    pub fn environment() -> Result<Self, ConfigError> {
        let mut values = BTreeMap::new();
        for setting in SETTINGS {
            let lower = LOWER_CASE.iter().find(|(name, _)| *name == setting.name);
            for name in lower.map(|(_, lower)| *lower).into_iter().chain([setting.name]) {
                let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else {
                    continue;
                };
                let value = value.into_string();
                let value = value.map_err(|_| ConfigError::new(name, "not UTF-8"))?;
                values.entry(setting.name.to_owned()).or_insert(value);
            }
        }
        Ok(Self::new(values))
    }

    /// Given values only.
    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            values: values.into_iter().collect(),
            flags: Flags::default(),
        }
    }

    /// Sets a value over whatever there is.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), value.into());
        self.flags.0.remove(name);
    }

    /// The same, for a flag of the command line.
    pub fn set_by(&mut self, flag: &'static str, name: &'static str, value: impl Into<String>) {
        self.set(name, value);
        self.flags.0.insert(name, flag);
    }

    /// What flags stand for.
    pub fn flags(&self) -> &Flags {
        &self.flags
    }

    /// The value of a setting; an empty one counts as not set.
    pub fn get(&self, name: &'static str) -> Option<String> {
        debug_assert!(
            SETTINGS.iter().any(|setting| setting.name == name),
            "{name} is not in the list of settings"
        );
        self.values.get(name).filter(|value| !value.trim().is_empty()).cloned()
    }
}
