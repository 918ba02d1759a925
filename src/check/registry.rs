//! One registry: what Resource Manager says of it, the way to it, and what it lets the identity read.

mod denied;

use std::sync::Arc;

use serde_json::Value;

use super::report::{Check, Failed, Row, Rows};
use crate::access::action::Mode;
use crate::access::assignment::RoleAssignment;
use crate::app::App;
use crate::azure::Failure;
use crate::azure::acr::{Access, Purpose, RegistryClient};
use crate::azure::arm::Part;
use crate::azure::credential::Identity;
use crate::azure::http::HttpError;
use crate::deadline::Deadline;
use crate::inventory::run::RunRegistry;
use crate::names::RepositoryName;

/// Repositories that are tried: roles with conditions let the identity read some of them only.
const REPOSITORIES: usize = 3;

/// What is known of a registry by now.
pub(super) struct Known<'a> {
    pub(super) registry: &'a RunRegistry,
    pub(super) identity: Option<&'a Identity>,
    /// None: not read, and no token said it.
    pub(super) mode: Option<Mode>,
    /// Of the resource: nothing but the private network reaches it.
    pub(super) is_closed: bool,
    /// Role GUIDs that are assigned to the identity itself, here or above.
    pub(super) roles: Vec<String>,
}

/// Tries everything on one registry.
pub(super) async fn look(app: &App, registry: &RunRegistry, identity: Option<&Identity>) -> Vec<Row> {
    let mut rows = Rows::of(registry.login_server.as_str());
    let mut known = Known {
        registry,
        identity,
        mode: None,
        is_closed: false,
        roles: Vec::new(),
    };
    configuration(app, &mut known, &mut rows).await;
    if way(app, &known, &mut rows).await {
        contents(app, &mut known, &mut rows).await;
    } else {
        let rest = [
            Check::Token,
            Check::ListRepositories,
            Check::ListTags,
            Check::ListManifests,
        ];
        rows.skip(&rest, "the registry cannot be reached");
    }
    rows.rows
}

/// What Resource Manager says.
async fn configuration(app: &App, known: &mut Known<'_>, rows: &mut Rows) {
    let both = [Check::ReadConfiguration, Check::ReadRoleAssignments];
    let (Some(arm), Some(id)) = (app.arm(), known.registry.registry_id.as_ref()) else {
        let why = match app.arm() {
            None => "anonymous cannot ask Resource Manager",
            Some(_) => "named by its login server: Resource Manager is not asked",
        };
        return rows.skip(&both, why);
    };
    let look = async {
        let found = arm.registry(id).await;
        let body = found
            .map_err(|failure| known.failed(Check::ReadConfiguration, &failure))?
            .body;
        let mode = property(&body, "roleAssignmentMode").and_then(Mode::from_arm);
        let is_closed = property(&body, "publicNetworkAccess") == Some("Disabled");
        let said = mode.map_or("role assignment mode not known", |mode| match mode {
            Mode::Legacy => "legacy mode",
            Mode::Abac => "ABAC mode",
        });
        Ok(((mode, is_closed), said.to_owned()))
    };
    if let Some((mode, is_closed)) = rows.attempt(Check::ReadConfiguration, look).await {
        (known.mode, known.is_closed) = (mode, is_closed);
    }
    let look = async {
        let found = arm.part(id, Part::RoleAssignments).await;
        let found = found.map_err(|failure| known.failed(Check::ReadRoleAssignments, &failure))?;
        let count = found.len();
        let ours = found.iter().filter_map(|item| RoleAssignment::from_arm(item).ok());
        let ours = ours.filter(|one| known.identity.is_some_and(|us| us.object_id == one.principal_id));
        let roles: Vec<String> = ours.map(|one| one.role_guid).collect();
        let said = format!("{count} assignments, {} of them to the identity itself", roles.len());
        Ok((roles, said))
    };
    if let Some(roles) = rows.attempt(Check::ReadRoleAssignments, look).await {
        known.roles = roles;
    }
}

fn property<'a>(resource: &'a Value, name: &str) -> Option<&'a str> {
    resource.get("properties")?.get(name)?.as_str()
}

/// The name, the connection, the firewall; whether the registry can be reached.
async fn way(app: &App, known: &Known<'_>, rows: &mut Rows) -> bool {
    let server = &known.registry.login_server;
    let host = server.as_str().split(':').next().unwrap_or_default();
    let look = async {
        if let Some(proxy) = app.proxy_for(server) {
            return Ok(((), format!("left to the proxy {}", proxy.place())));
        }
        let addresses = app.resolve(host).await;
        let addresses = addresses.map_err(|error: HttpError| Failed::from(error.to_string()))?;
        let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        Ok(((), shown.join(", ")))
    };
    if rows.attempt(Check::Dns, look).await.is_none() {
        rows.skip(&[Check::Tls, Check::Firewall], "the name leads nowhere");
        return false;
    }
    let client = client(app, known);
    let mut reached = Ok(());
    let look = async {
        reached = client.reach().await;
        match &reached {
            // Whatever the registry says, it says it over its own certificate.
            Ok(()) | Err(Failure::Denied { .. } | Failure::NotFound { .. } | Failure::Throttled { .. }) => {
                Ok(((), "the certificate is good, the registry answers".to_owned()))
            }
            Err(failure) => Err(Failed::from(failure.to_string())),
        }
    };
    if rows.attempt(Check::Tls, look).await.is_none() {
        rows.skip(&[Check::Firewall], "there is no connection");
        return false;
    }
    let verdict = async {
        match &reached {
            Err(failure @ Failure::Denied { .. }) => Err(known.failed(Check::Firewall, failure)),
            _ => Ok(((), "lets this address in".to_owned())),
        }
    };
    rows.attempt(Check::Firewall, verdict).await.is_some()
}

/// A token, the catalog, and the lists of some repository.
async fn contents(app: &App, known: &mut Known<'_>, rows: &mut Rows) {
    let lists = [Check::ListTags, Check::ListManifests];
    let client = client(app, known);
    let look = async {
        let access = client.sign_in().await;
        let access = access.map_err(|failure| known.failed(Check::Token, &failure))?;
        Ok((access, "the registry gives one".to_owned()))
    };
    let Some(access) = rows.attempt(Check::Token, look).await else {
        rows.skip(&[Check::ListRepositories], "there is no token");
        return rows.skip(&lists, "there is no token");
    };
    if known.mode.is_none() && known.identity.is_some() {
        known.mode = Some(if access.is_wildcard() { Mode::Legacy } else { Mode::Abac });
    }
    let look = async {
        let page = client.catalog_page(&access, None).await;
        let page = page.map_err(|failure| known.failed(Check::ListRepositories, &failure))?;
        let more = if page.next.is_some() { " and more" } else { "" };
        let said = format!("{}{more} repositories", page.items.len());
        Ok((page.items, said))
    };
    let Some(repositories) = rows.attempt(Check::ListRepositories, look).await else {
        return rows.skip(&lists, "no repository is known without the catalog");
    };
    let tried: Vec<RepositoryName> = repositories.into_iter().take(REPOSITORIES).collect();
    if tried.is_empty() {
        return rows.skip(&lists, "the registry is empty");
    }
    let Ok(access) = client.access(&tried).await else {
        return rows.skip(&lists, "there is no token");
    };
    for check in lists {
        let look = first_readable(&client, &access, &tried, check, known);
        rows.attempt(check, look).await;
    }
}

/// The list of the first repository that lets us.
async fn first_readable(
    client: &RegistryClient,
    access: &Arc<Access>,
    repositories: &[RepositoryName],
    check: Check,
    known: &Known<'_>,
) -> Result<((), String), Failed> {
    let mut refused = None;
    for repository in repositories {
        let count = match check {
            Check::ListTags => client
                .tag_page(access, repository, None)
                .await
                .map(|page| page.items.len()),
            _ => client
                .manifest_page(access, repository, None)
                .await
                .map(|page| page.items.len()),
        };
        match count {
            Ok(count) => return Ok(((), format!("{count} in {repository}"))),
            Err(failure) => refused = refused.or(Some(failure)),
        }
    }
    match refused {
        Some(failure) => Err(known.failed(check, &failure)),
        None => Ok(((), String::new())),
    }
}

fn client(app: &App, known: &Known<'_>) -> RegistryClient {
    app.registry_client(&known.registry.login_server, None, Purpose::Walk, Deadline::none())
}
