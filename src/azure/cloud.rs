//! The Azure clouds: where they sign in, manage and name registries.

use url::Url;

use crate::names::LoginServer;

/// Addresses and audiences of one cloud. Source: the clouds known to the Azure CLI.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// Entra authority, e.g. `https://login.microsoftonline.com/`.
    pub authority_host: Url,
    /// Azure Resource Manager, e.g. `https://management.azure.com/`.
    pub arm_endpoint: Url,
    /// Scope of tokens for Resource Manager, ending in `/.default`.
    pub arm_scope: String,
    /// Scope of tokens for registries, ending in `/.default`.
    pub acr_scope: String,
    /// Microsoft Graph, e.g. `https://graph.microsoft.com/`; also the audience of its tokens.
    pub graph_endpoint: Url,
    /// What every login server ends with, beginning with a dot, e.g. `.azurecr.io`.
    pub login_server_suffix: String,
}

/// The clouds that have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CloudName {
    Public,
    UsGovernment,
    China,
}

impl Cloud {
    /// A cloud by its name.
    pub fn named(name: CloudName) -> Self {
        let (authority, arm, audience, graph, suffix) = match name {
            CloudName::Public => (
                "https://login.microsoftonline.com/",
                "https://management.azure.com/",
                "https://management.azure.com",
                "https://graph.microsoft.com/",
                ".azurecr.io",
            ),
            CloudName::UsGovernment => (
                "https://login.microsoftonline.us/",
                "https://management.usgovcloudapi.net/",
                "https://management.core.usgovcloudapi.net",
                "https://graph.microsoft.us/",
                ".azurecr.us",
            ),
            CloudName::China => (
                "https://login.chinacloudapi.cn/",
                "https://management.chinacloudapi.cn/",
                "https://management.core.chinacloudapi.cn",
                "https://microsoftgraph.chinacloudapi.cn/",
                ".azurecr.cn",
            ),
        };
        #[expect(clippy::expect_used, reason = "the addresses are the literals above")]
        let url = |text: &str| Url::parse(text).expect("a literal address");
        Self {
            authority_host: url(authority),
            arm_endpoint: url(arm),
            arm_scope: format!("{audience}/.default"),
            acr_scope: "https://containerregistry.azure.net/.default".to_owned(),
            graph_endpoint: url(graph),
            login_server_suffix: suffix.to_owned(),
        }
    }

    /// The login server that a registry of this name usually has; one with a part of its own in it has another.
    pub fn usual_login_server(&self, name: &str) -> String {
        format!("{}{}", name.to_lowercase(), self.login_server_suffix)
    }

    /// Whether a registry of this cloud can have this login server: one or more labels before the suffix, dot
    /// included. Loopback forms pass, because connecting to them is decided elsewhere.
    pub fn has(&self, login_server: &LoginServer) -> bool {
        login_server.is_loopback() || login_server.as_str().ends_with(&self.login_server_suffix)
    }
}
