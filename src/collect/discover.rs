//! Which registries there are: Resource Graph over everything the identity sees, else ARM subscription by subscription.

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::azure::arm::{Arm, ArmRegistry};
use crate::azure::cloud::Cloud;
use crate::azure::{Failure, Sdk, resource_graph};
use crate::inventory::problem::{Completeness, Problem, Problems};
use crate::inventory::run::{Discovery, DiscoverySource, RunRegistry};
use crate::names::LoginServer;

/// What the operator wants covered.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Subscription ids; empty: all that the identity sees.
    pub subscriptions: Vec<String>,
    /// Login servers that are covered in any case, without asking ARM.
    pub login_servers: Vec<LoginServer>,
    /// Registry names; empty: all.
    pub names: Vec<String>,
    /// Patterns that the registry's name or login server has to match; none: everything matches.
    pub include: Patterns,
    /// Patterns that it must not match.
    pub exclude: Patterns,
}

/// Shell-style patterns over names of registries and login servers, without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    set: Option<GlobSet>,
}

impl Patterns {
    /// Builds a set; the error names the pattern that is not well formed.
    pub fn parse<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, globset::Error> {
        let mut builder = GlobSetBuilder::new();
        let mut any = false;
        for pattern in patterns {
            builder.add(Glob::new(&pattern.to_ascii_lowercase())?);
            any = true;
        }
        let set = if any { Some(builder.build()?) } else { None };
        Ok(Self { set })
    }

    fn matches(&self, name: &str, login_server: &str) -> Option<bool> {
        let set = self.set.as_ref()?;
        Some(set.is_match(name.to_ascii_lowercase()) || set.is_match(login_server))
    }
}

impl Selection {
    /// True when only named login servers are wanted: nothing is to be asked of ARM.
    pub fn is_closed(&self) -> bool {
        !self.login_servers.is_empty() && self.names.is_empty() && self.subscriptions.is_empty()
    }

    /// Whether the names and patterns let a registry through; its subscription may still not be wanted.
    pub fn covers(&self, name: &str, server: &str) -> bool {
        let named = self.names.is_empty() || self.names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
        named
            && self.include.matches(name, server).unwrap_or(true)
            && !self.exclude.matches(name, server).unwrap_or(false)
    }

    fn wants(&self, registry: &ArmRegistry) -> bool {
        let subscribed = self.subscriptions.is_empty()
            || self
                .subscriptions
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case(registry.id.subscription()));
        subscribed && self.covers(registry.id.name(), &registry.login_server)
    }
}

/// Where discovery asks.
#[derive(Debug, Clone, Copy)]
pub struct Directory<'a> {
    pub cloud: &'a Cloud,
    /// None for anonymous: only configured login servers are covered.
    pub arm: Option<&'a Arm>,
    pub sdk: Option<&'a Sdk>,
}

/// Finds the registries, by login server, each once. What could not be read is in [`Discovery::problems`], and makes
/// the discovery partial; it fails only when nothing at all could be asked for a passing reason.
pub async fn discover(
    directory: Directory<'_>,
    selection: &Selection,
) -> Result<(Vec<RunRegistry>, Discovery), Failure> {
    let mut problems = Problems::default();
    let mut source = DiscoverySource::Configured;
    let mut found = Vec::new();
    if let (Some(arm), Some(sdk), false) = (directory.arm, directory.sdk, selection.is_closed()) {
        (found, source) = match ask_resource_graph(directory.cloud, sdk, selection).await {
            Ok(found) => (found, DiscoverySource::ResourceGraph),
            Err(graph) => (
                ask_arm(arm, selection, &graph, &mut problems).await?,
                DiscoverySource::Arm,
            ),
        };
    }
    let mut registries: Vec<RunRegistry> = Vec::new();
    for registry in found.iter().filter(|registry| selection.wants(registry)) {
        match LoginServer::parse(&registry.login_server) {
            Ok(login_server) if directory.cloud.has(&login_server) => {
                registries.push(RunRegistry {
                    login_server,
                    registry_id: Some(registry.id.clone()),
                    outcome: None,
                });
            }
            Ok(login_server) => {
                let suffix = &directory.cloud.login_server_suffix;
                let message = format!("{}: {login_server} does not end with {suffix}", registry.id);
                problems.push(Problem::new("foreign-login-server", message));
            }
            Err(error) => problems.push(Problem::new(
                "invalid-login-server",
                format!("{}: {error}", registry.id),
            )),
        }
    }
    for name in &selection.names {
        if !registries.iter().any(|found| {
            found
                .registry_id
                .as_ref()
                .is_some_and(|id| id.name().eq_ignore_ascii_case(name))
        }) {
            problems.push(Problem::new(
                "registry-not-found",
                format!("no registry named {name:?} was found"),
            ));
        }
    }
    for login_server in &selection.login_servers {
        registries.push(RunRegistry {
            login_server: login_server.clone(),
            registry_id: None,
            outcome: None,
        });
    }
    // Stable: of a registry found twice, the one with its ARM id stays.
    registries.sort_by(|a, b| a.login_server.cmp(&b.login_server));
    registries.dedup_by(|a, b| a.login_server == b.login_server);
    let completeness = if problems.count == 0 {
        Completeness::Complete
    } else {
        Completeness::Partial
    };
    Ok((
        registries,
        Discovery {
            source,
            completeness,
            problems,
        },
    ))
}

async fn ask_resource_graph(cloud: &Cloud, sdk: &Sdk, selection: &Selection) -> Result<Vec<ArmRegistry>, Failure> {
    resource_graph::registries(&cloud.arm_endpoint, sdk, &selection.subscriptions).await
}

/// The slower way: one list per subscription. A subscription that refuses is a problem, not the end.
async fn ask_arm(
    arm: &Arm,
    selection: &Selection,
    graph: &Failure,
    problems: &mut Problems,
) -> Result<Vec<ArmRegistry>, Failure> {
    tracing::warn!(error = %graph, "Resource Graph cannot be used; asking Resource Manager subscription by subscription");
    let subscriptions = match selection.subscriptions.is_empty() {
        true => arm.subscriptions().await?,
        false => selection.subscriptions.clone(),
    };
    if subscriptions.is_empty() {
        problems.push(Problem::new("no-subscription", "the identity sees no subscription"));
    }
    let mut found = Vec::new();
    for subscription in subscriptions {
        match arm.registries(&subscription).await {
            Ok(registries) => found.extend(registries),
            Err(failure) if failure.is_transient() => return Err(failure),
            Err(failure) => problems.push(failure.problem()),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::Patterns;

    #[test]
    fn patterns_match_names_and_login_servers() {
        let patterns = Patterns::parse(["prod-*", "Contoso*.azurecr.io"]).unwrap();
        assert_eq!(patterns.matches("PROD-a", "x.azurecr.io"), Some(true));
        assert_eq!(patterns.matches("x", "contoso-d4da.azurecr.io"), Some(true));
        assert_eq!(patterns.matches("dev", "dev.azurecr.io"), Some(false));
        assert_eq!(Patterns::default().matches("x", "y"), None);
        assert!(Patterns::parse(["a["]).is_err());
    }
}
