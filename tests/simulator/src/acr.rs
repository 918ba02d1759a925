//! Container registries: token endpoints, catalog, tag and manifest metadata, as the real service answers them.
//!
//! Order of the checks (each seen in recorded traffic or documented): firewall, path grammar, quota, token, content.

mod attributes;
mod challenge;
mod delete;
mod document;
mod grant;
mod list;
mod manifest;
mod oauth;
mod page;
mod path;

use axum::http::{Method, StatusCode};
use serde_json::json;
use time::OffsetDateTime;

use self::challenge::{Need, errors, plain_not_found};
use self::path::Route;
use super::wire::{Refusal, SimReply, SimRequest, ViewResult};
use super::world::{DataPlaneAccess, Registry, World};

/// The address that the firewall sees requests come from (a documentation address, RFC 5737).
const CLIENT_ADDRESS: &str = "203.0.113.7";

/// Answers a request to a registry; none when the world has no registry at this host.
pub(super) fn serve(world: &mut World, request: &SimRequest) -> Option<ViewResult> {
    let (now, pages) = (world.clock.now(), world.pages);
    let access = match world.data_plane(find(world, &request.host)?) {
        Ok(access) => access,
        Err(refusal) => return Some(Err(refusal)),
    };
    let registry = find_mut(world, &request.host)?;
    registry.settle(now);
    if access == DataPlaneAccess::Firewall {
        let text = format!(
            "client with IP '{CLIENT_ADDRESS}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."
        );
        let body = json!({"errors": [{"code": "DENIED", "message": text}]});
        return Some(Ok(errors(StatusCode::FORBIDDEN, &body)));
    }
    let route = match path::parse(&request.path) {
        Ok(route) => route,
        Err(path::Unknown::Name) => return Some(Ok(plain_not_found())),
        Err(path::Unknown::Route) => {
            return Some(Err(Refusal("a registry has no such route here".to_owned())));
        }
    };
    match route {
        Route::Exchange => return Some(oauth::exchange(registry, &access, request, now)),
        Route::Token => return Some(oauth::token(registry, &access, request, now)),
        _ => {}
    }
    if let Some(limited) = count(registry, now) {
        return Some(Ok(limited));
    }
    let Some(need) = need(&route, &request.method) else {
        let text = format!("a registry has no {} on this route here", request.method);
        return Some(Err(Refusal(text)));
    };
    if let Some(challenge) = grant::authorize(registry, request, &need, now) {
        return Some(Ok(challenge));
    }
    let context = Context { now, pages };
    Some(answer(registry, request, &route, &context))
}

/// What an answer depends on besides the registry and the request.
struct Context {
    now: OffsetDateTime,
    pages: super::world::settings::PageLimits,
}

fn answer(registry: &mut Registry, request: &SimRequest, route: &Route, context: &Context) -> ViewResult {
    let method = &request.method;
    let changed = route.repository().filter(|_| !method.is_safe());
    let repository = changed.and_then(|name| registry.repositories.get(name));
    if repository.is_some_and(|repository| repository.generated.is_some()) {
        return Err(Refusal("generated content cannot be changed".to_owned()));
    }
    match route {
        Route::Ping => Ok(challenge::headers(SimReply::json(StatusCode::OK, &json!({})))),
        Route::Catalog { v2 } => list::catalog(registry, request, *v2, context.pages),
        Route::Tags { repository, v2 } => list::tags(registry, request, repository, *v2, context.pages),
        Route::Manifests { repository } => list::manifests(registry, request, repository, context.pages),
        Route::Manifest { repository, reference } => match *method {
            Method::DELETE => delete::manifest(registry, request, repository, reference, context.now),
            Method::PUT => manifest::put(registry, request, repository, reference, context.now),
            _ => manifest::get(registry, request, repository, reference),
        },
        Route::Attributes { repository, item } => match *method {
            Method::DELETE => delete::attributes(registry, request, repository, item, context.now),
            Method::PATCH => attributes::patch(registry, request, repository, item, context.now),
            _ => attributes::get(registry, request, repository, item),
        },
        Route::Exchange | Route::Token => Err(Refusal("token endpoints are answered elsewhere".to_owned())),
    }
}

/// The scope that an operation needs; none for a method that the route does not have.
fn need(route: &Route, method: &Method) -> Option<Need> {
    let repository = |name: &str, actions: &[&'static str]| Some(Need::repository(name, actions));
    match (route, method.as_str()) {
        (Route::Ping, "GET" | "HEAD") => Some(Need::anything()),
        (Route::Catalog { .. }, "GET") => Some(Need::catalog()),
        (
            Route::Tags {
                repository: name,
                v2: true,
            },
            "GET",
        ) => repository(name, &["metadata_read"]),
        (Route::Tags { repository: name, .. } | Route::Manifests { repository: name }, "GET") => {
            repository(name, &["metadata_read"])
        }
        (Route::Attributes { repository: name, .. }, "GET") => repository(name, &["metadata_read"]),
        (Route::Attributes { repository: name, .. }, "PATCH") => repository(name, &["metadata_write"]),
        (Route::Attributes { repository: name, item }, "DELETE") if !item.is_manifest() => {
            repository(name, &["delete"])
        }
        (Route::Manifest { repository: name, .. }, "GET" | "HEAD") => repository(name, &["pull"]),
        (Route::Manifest { repository: name, .. }, "PUT") => repository(name, &["pull", "push"]),
        (Route::Manifest { repository: name, .. }, "DELETE") => repository(name, &["delete"]),
        _ => None,
    }
}

/// The registry at a login server, or at `{first label of the login server or name}.localhost`.
fn find<'a>(world: &'a World, host: &str) -> Option<&'a Registry> {
    let Some(label) = host.strip_suffix(".localhost") else {
        return world.registries.get(host);
    };
    world.registries.values().find(|registry| {
        let first = registry.login_server.split('.').next();
        first == Some(label) || registry.name.eq_ignore_ascii_case(label)
    })
}

fn find_mut<'a>(world: &'a mut World, host: &str) -> Option<&'a mut Registry> {
    let login_server = find(world, host)?.login_server.clone();
    world.registries.get_mut(&login_server)
}

/// Counts a read against the quota; 429 with the seconds left when it is used up.
fn count(registry: &mut Registry, now: OffsetDateTime) -> Option<SimReply> {
    let limit = registry.requests_per_minute?;
    let minute = time::Duration::minutes(1);
    let (start, used) = match registry.minute {
        Some((start, used)) if now - start < minute => (start, used),
        _ => (now, 0),
    };
    registry.minute = Some((start, used.saturating_add(1)));
    if used < limit {
        return None;
    }
    let left = (start + minute - now).whole_seconds().max(1);
    let body = json!({"errors": [{"code": "TOOMANYREQUESTS", "message": "too many requests, please try again later"}]});
    Some(errors(StatusCode::TOO_MANY_REQUESTS, &body).with("retry-after", &left.to_string()))
}
