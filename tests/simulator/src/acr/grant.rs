//! What tokens allow: granting scopes to a caller, and checking a token against what an operation needs.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::challenge::{Need, Scope, challenge};
use crate::tokens;
use crate::wire::{Refusal, SimReply, SimRequest};
use crate::world::{DataPlaneAccess, Registry, RoleAssignmentMode, TENANT_ID};

const READ: &[&str] = &["pull", "metadata_read"];
const ALL: &[&str] = &["pull", "push", "delete", "metadata_read", "metadata_write"];

/// Who asks for an access token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller<'a> {
    /// The one principal, with what it may do here.
    Principal(&'a DataPlaneAccess),
    /// Nobody, where anonymous pull is on. Bypasses ABAC.
    Anonymous,
}

/// The access entry for one requested scope; none when nothing of it is granted.
pub(super) fn grant(registry: &Registry, caller: Caller<'_>, scope: &str) -> Result<Option<Value>, Refusal> {
    let parts = scope.split_once(':').and_then(|(kind, rest)| {
        let (name, actions) = rest.rsplit_once(':')?;
        Some((kind, name, actions))
    });
    let Some((kind, name, asked)) = parts.filter(|(_, name, asked)| !name.is_empty() && !asked.is_empty()) else {
        return Err(Refusal(format!("malformed scope {scope}")));
    };
    let allowed: &[&str] = match kind {
        "registry" if name == "catalog" => catalog(registry, caller),
        "repository" => repository(registry, caller, name),
        _ => return Err(Refusal(format!("scope type of {scope} is not simulated"))),
    };
    let granted: Vec<&str> = match asked {
        "*" => allowed.to_vec(),
        _ => asked.split(',').filter(|action| allowed.contains(action)).collect(),
    };
    Ok((!granted.is_empty()).then(|| json!({"type": kind, "name": name, "actions": granted})))
}

fn catalog(registry: &Registry, caller: Caller<'_>) -> &'static [&'static str] {
    let lists = match caller {
        Caller::Anonymous => registry.anonymous_pull,
        Caller::Principal(DataPlaneAccess::Full | DataPlaneAccess::Owner) => true,
        Caller::Principal(DataPlaneAccess::Prefixes { catalog, .. }) => *catalog,
        Caller::Principal(_) => false,
    };
    if lists { &["*"] } else { &[] }
}

fn repository(registry: &Registry, caller: Caller<'_>, name: &str) -> &'static [&'static str] {
    let Caller::Principal(access) = caller else {
        return if registry.anonymous_pull { READ } else { &[] };
    };
    if name == "*" && registry.mode == RoleAssignmentMode::Abac {
        // Wildcards are ignored without a word.
        return &[];
    }
    match access {
        DataPlaneAccess::Owner => ALL,
        DataPlaneAccess::Full => READ,
        DataPlaneAccess::Prefixes { prefixes, .. } if prefixes.iter().any(|prefix| name.starts_with(prefix)) => READ,
        _ => &[],
    }
}

/// Checks the token of a request; the challenge, if it does not do.
pub(super) fn authorize(
    registry: &Registry,
    request: &SimRequest,
    need: &Need,
    now: OffsetDateTime,
) -> Option<SimReply> {
    let refuse = |error| Some(challenge(registry, request, need, error));
    if request.header("authorization").is_none() {
        return refuse(None);
    }
    let claims = request
        .bearer()
        .and_then(|token| tokens::check(token, &registry.login_server, now).ok());
    let Some(claims) = claims.filter(|claims| claims["grant_type"] == "access_token" && claims["rid"] == rid(registry))
    else {
        return refuse(Some("invalid_token"));
    };
    match &need.scope {
        Some(scope) if !covers(&claims["access"], scope) => refuse(Some("insufficient_scope")),
        _ => None,
    }
}

fn covers(access: &Value, scope: &Scope) -> bool {
    let entries = || access.as_array().into_iter().flatten();
    scope.actions.iter().all(|action| {
        entries().any(|entry| {
            let named = entry["name"] == scope.name.as_str() || entry["name"] == "*";
            let acts = entry["actions"]
                .as_array()
                .is_some_and(|actions| actions.iter().any(|given| given == action));
            entry["type"] == scope.kind && named && acts
        })
    })
}

/// The claim that ties a token to this registry in this mode: switching the mode invalidates the tokens made before.
pub(super) fn rid(registry: &Registry) -> String {
    let mode = match registry.mode {
        RoleAssignmentMode::Legacy => "legacy",
        RoleAssignmentMode::Abac => "abac",
    };
    format!("{TENANT_ID}-{}-{mode}", registry.name.to_lowercase())
}
