//! Which simulated service a request is for: by host, and on localhost by path.

use super::super::wire::SimRequest;

/// The simulated services; the names the log and the faults use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// App Service identity endpoint (its own plain HTTP port).
    Identity,
    /// Entra, `login.microsoftonline.com`.
    Authority,
    /// Azure Resource Manager, `management.azure.com`.
    Arm,
    /// Azure Resource Graph, a path of `management.azure.com`.
    ResourceGraph,
    /// Microsoft Graph, `graph.microsoft.com`.
    Graph,
    /// Container registries, `*.azurecr.io`.
    Registry,
    /// `*.servicebus.windows.net`.
    ServiceBus,
    /// `*.blob.core.windows.net`.
    Blob,
    /// Anything else.
    Other,
}

impl Service {
    pub(super) const COUNT: usize = 9;
}

const REGISTRY_SUFFIXES: [&str; 3] = [".azurecr.io", ".azurecr.us", ".azurecr.cn"];

/// The service that a request to the TLS port is for.
pub(super) fn service(request: &SimRequest) -> Service {
    let (host, path) = (request.host.as_str(), request.path.as_str());
    let lower_path = || path.to_ascii_lowercase();
    match host {
        "login.microsoftonline.com" => Service::Authority,
        "management.azure.com" if lower_path().starts_with("/providers/microsoft.resourcegraph/") => {
            Service::ResourceGraph
        }
        "management.azure.com" => Service::Arm,
        "graph.microsoft.com" => Service::Graph,
        "localhost" | "127.0.0.1" if lower_path().starts_with("/providers/microsoft.resourcegraph/") => {
            Service::ResourceGraph
        }
        "localhost" | "127.0.0.1" if path.starts_with("/subscriptions") || path.starts_with("/providers/") => {
            Service::Arm
        }
        "localhost" | "127.0.0.1" if path.ends_with("/oauth2/v2.0/token") => Service::Authority,
        _ if REGISTRY_SUFFIXES.iter().any(|suffix| host.ends_with(suffix)) => Service::Registry,
        _ if host.ends_with(".servicebus.windows.net") => Service::ServiceBus,
        _ if host.ends_with(".blob.core.windows.net") => Service::Blob,
        _ if host.ends_with(".localhost") => Service::Registry,
        _ => Service::Other,
    }
}
