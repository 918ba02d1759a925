//! `Microsoft.ContainerRegistry`: lists of registries, one registry, and the way to what lies under it.

use axum::http::{Method, StatusCode};

use super::page::page;
use super::rights::{refused, shown};
use super::{children, error, resource, secrets};
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::world::{Registry, World};

const READ: &str = "Microsoft.ContainerRegistry/registries/read";

/// Answers what follows `{scope}/providers/Microsoft.ContainerRegistry/`; `scope` and `rest` are in lower case.
pub(super) fn serve(world: &World, request: &SimRequest, version: &str, scope: &str, rest: &[&str]) -> ViewResult {
    let scopes: Vec<&str> = scope.split('/').skip(1).collect();
    let (subscription, group) = match scopes.as_slice() {
        ["subscriptions", id] => (*id, None),
        ["subscriptions", id, "resourcegroups", group] => (*id, Some(*group)),
        _ => return Err(Refusal("ARM has no such route here".to_owned())),
    };
    let inside = |registry: &&Registry| {
        registry.subscription.eq_ignore_ascii_case(subscription)
            && group.is_none_or(|group| registry.resource_group.eq_ignore_ascii_case(group))
    };
    match (rest, group) {
        (["registries"], _) => {
            get(request)?;
            resource::known_version(version)?;
            if !world.may_somewhere(READ, scope) {
                return Ok(error::forbidden(READ, shown(&request.path)));
            }
            // Inferred, not recorded: whoever may read some of the registries gets those, and no refusal.
            let registries = world.registries.values().filter(inside);
            let readable = registries.filter(|registry| world.may(READ, &registry.id()));
            let items = readable.map(|registry| resource::document(registry, version)).collect();
            Ok(page(world, request, items))
        }
        (["registries", name, rest @ ..], Some(_)) => {
            let named = |registry: &&Registry| inside(registry) && registry.name.eq_ignore_ascii_case(name);
            let found = world.registries.values().find(named);
            match (found, rest) {
                (Some(registry), rest) if request.method == Method::POST => {
                    secrets::serve(world, request, registry, rest)
                }
                (None, _) => {
                    get(request)?;
                    let missing = error::not_found(name_as_sent(request, name));
                    Ok(refused(world, request, READ).unwrap_or(missing))
                }
                (Some(registry), []) => {
                    get(request)?;
                    resource::known_version(version)?;
                    let found = SimReply::json(StatusCode::OK, &resource::document(registry, version));
                    Ok(refused(world, request, READ).unwrap_or(found))
                }
                (Some(registry), rest) => {
                    get(request)?;
                    children::serve(world, request, version, registry, rest)
                }
            }
        }
        _ => Err(Refusal("ARM has no such route here".to_owned())),
    }
}

fn get(request: &SimRequest) -> Result<(), Refusal> {
    request.only_query(&["api-version", "$skiptoken"])?;
    match request.method == Method::GET {
        true => Ok(()),
        false => Err(Refusal("ARM is read-only here".to_owned())),
    }
}

/// A name in the case in which it was asked for.
fn name_as_sent<'a>(request: &'a SimRequest, name: &'a str) -> &'a str {
    let mut parts = request.path.split('/');
    parts.find(|part| part.eq_ignore_ascii_case(name)).unwrap_or(name)
}
