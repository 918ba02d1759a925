//! The content of a world as one JSON document: what other clients' findings are compared with.

use serde_json::{Map, Value, json};

use super::{Attributes, DataPlaneAccess, Manifest, Registry, Repository, RoleAssignmentMode, Tag, World};

/// Everything in `world`, hidden and unreadable things too: `access` and `listEnabled` say what a client may see of it.
/// Registries are keyed by login server, repositories and tags by name, manifests by digest.
pub fn truth(world: &World) -> Value {
    let subscriptions = world.subscriptions.iter();
    json!({
        "subscriptions": object(subscriptions.map(|(id, found)| (id, json!({"readable": found.readable})))),
        "registries": object(world.registries.iter().map(|(server, found)| (server, registry(found)))),
    })
}

/// The lists of a registry that are counted, together.
const CHILDREN: [&str; 4] = ["replications", "webhooks", "tokens", "scopeMaps"];

fn registry(registry: &Registry) -> Value {
    let mode = match registry.mode {
        RoleAssignmentMode::Legacy => "LegacyRegistryPermissions",
        RoleAssignmentMode::Abac => "AbacRepositoryPermissions",
    };
    let count = |collection: &&str| registry.children.get(*collection).map_or(0, Vec::len);
    let children: usize = CHILDREN.iter().map(count).sum();
    json!({
        "id": registry.id(),
        "children": children,
        "name": registry.name,
        "subscription": registry.subscription,
        "location": registry.location,
        "sku": registry.sku,
        "tags": registry.tags,
        "created": registry.created,
        "mode": mode,
        "anonymousPull": registry.anonymous_pull,
        "access": access(&registry.access),
        "repositories": object(registry.repositories.iter().map(|(name, found)| (name, repository(found)))),
    })
}

/// What the one principal may do on the data plane.
fn access(access: &DataPlaneAccess) -> Value {
    match access {
        DataPlaneAccess::Full => json!({"kind": "full"}),
        DataPlaneAccess::Owner => json!({"kind": "owner"}),
        DataPlaneAccess::Prefixes { prefixes, catalog } => {
            json!({"kind": "prefixes", "prefixes": prefixes, "catalog": catalog})
        }
        DataPlaneAccess::Denied => json!({"kind": "denied"}),
        DataPlaneAccess::Firewall => json!({"kind": "firewall"}),
        DataPlaneAccess::Assigned => json!({"kind": "assigned"}),
    }
}

fn repository(repository: &Repository) -> Value {
    json!({
        "created": repository.created,
        "lastUpdate": repository.last_update,
        "attributes": attributes(repository.attributes),
        "manifests": object(repository.manifests.iter().map(|(digest, found)| (digest, manifest(found)))),
        "tags": object(repository.tags.iter().map(|(name, found)| (name, tag(found)))),
    })
}

/// The platform of an index is null: its children have one each.
fn manifest(manifest: &Manifest) -> Value {
    let children = manifest.references.iter();
    let children =
        children.map(|child| json!({"digest": child.digest, "architecture": child.architecture, "os": child.os}));
    json!({
        "mediaType": manifest.media_type,
        "configMediaType": manifest.config_media_type,
        "architecture": manifest.architecture,
        "os": manifest.os,
        "size": manifest.image_size,
        "created": manifest.created,
        "lastUpdate": manifest.last_update,
        "attributes": attributes(manifest.attributes),
        "references": children.collect::<Vec<_>>(),
    })
}

fn tag(tag: &Tag) -> Value {
    json!({
        "digest": tag.digest,
        "created": tag.created,
        "lastUpdate": tag.last_update,
        "attributes": attributes(tag.attributes),
    })
}

fn attributes(attributes: Attributes) -> Value {
    json!({
        "deleteEnabled": attributes.delete_enabled,
        "writeEnabled": attributes.write_enabled,
        "readEnabled": attributes.read_enabled,
        "listEnabled": attributes.list_enabled,
    })
}

fn object<'a>(entries: impl Iterator<Item = (&'a String, Value)>) -> Value {
    let entries = entries.map(|(key, value)| (key.clone(), value));
    Value::Object(entries.collect::<Map<_, _>>())
}
