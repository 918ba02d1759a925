//! What every registry showed at every time: the only witness against which the inventory is judged.

use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;

use simulator::world::{Attributes, Reference, Registry, Repository, World};

/// The visible content of a repository: a line per manifest and tag, by its key.
pub(super) type Content = BTreeMap<String, String>;

/// A repository from some time on; none: it did not exist.
type Shown = (OffsetDateTime, Option<Content>);

/// The visible content of every repository over time.
#[derive(Default)]
pub(super) struct Truth {
    /// By login server and repository, in order.
    history: BTreeMap<(String, String), Vec<Shown>>,
    /// What each index refers to, a line per child, by login server, repository and digest.
    indexes: BTreeMap<(String, String, String), Vec<String>>,
}

impl Truth {
    /// [`Truth::note`] of a registry of the world, if it is there.
    pub(super) fn note_in(&mut self, world: &World, server: &str, now: OffsetDateTime) {
        if let Some(registry) = world.registries.get(server) {
            self.note(registry, now);
        }
    }

    /// Notes what a registry shows from now on (after its replica's lag), if it changed.
    pub(super) fn note(&mut self, registry: &Registry, now: OffsetDateTime) {
        let from = now + time::Duration::seconds(i64::from(registry.replica_lag_seconds));
        let mut settled = registry.clone();
        settled.settle(from + time::Duration::seconds(1));
        let server = &registry.login_server;
        let known = self
            .history
            .keys()
            .filter(|(known, _)| known == server)
            .map(|(_, name)| name.clone());
        let names: std::collections::BTreeSet<String> = known.chain(settled.repositories.keys().cloned()).collect();
        for (name, repository) in &settled.repositories {
            let indexes = repository.manifests.iter();
            for (digest, manifest) in indexes.filter(|(_, manifest)| !manifest.references.is_empty()) {
                let key = (server.clone(), name.clone(), digest.clone());
                let children = || manifest.references.iter().map(child).collect();
                self.indexes.entry(key).or_insert_with(children);
            }
        }
        for name in names {
            let content = settled.repositories.get(&name).map(content);
            let states = self.history.entry((server.clone(), name)).or_default();
            if states.last().is_none_or(|(_, last)| *last != content) {
                states.push((from, content));
            }
        }
    }

    /// The repositories that a registry ever had.
    pub(super) fn names(&self, server: &str) -> impl Iterator<Item = &str> {
        let of = self.history.keys().filter(move |(known, _)| known == server);
        of.map(|(_, name)| name.as_str())
    }

    /// What a repository showed at any time from `from` to `to`, in order; none: it did not exist.
    pub(super) fn between(
        &self,
        server: &str,
        name: &str,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Vec<Option<&Content>> {
        let Some(states) = self.history.get(&(server.to_owned(), name.to_owned())) else {
            return vec![None];
        };
        let first = states.partition_point(|(at, _)| *at <= from);
        let last = states.partition_point(|(at, _)| *at <= to);
        let before = first.checked_sub(1).map(|index| states[index].1.as_ref());
        let mut shown = vec![before.unwrap_or(None)];
        shown.extend(
            states[first..last.max(first)]
                .iter()
                .map(|(_, content)| content.as_ref()),
        );
        shown
    }

    /// What an index refers to that a repository has, or had once.
    pub(super) fn children(&self, server: &str, name: &str, digest: &str) -> Option<&Vec<String>> {
        let key = (server.to_owned(), name.to_owned(), digest.to_owned());
        self.indexes.get(&key)
    }

    /// What a repository shows in the end.
    pub(super) fn last(&self, server: &str, name: &str) -> Option<&Content> {
        let states = self.history.get(&(server.to_owned(), name.to_owned()))?;
        states.last()?.1.as_ref()
    }
}

fn content(repository: &Repository) -> Content {
    let manifests = repository.manifests.iter().map(|(digest, manifest)| {
        let text = format!(
            "{} {} {} {} {}",
            manifest.media_type,
            manifest.image_size,
            manifest.created,
            manifest.last_update,
            switches(&manifest.attributes)
        );
        (format!("manifest {digest}"), text)
    });
    let tags = repository.tags.iter().map(|(name, tag)| {
        let switches = switches(&tag.attributes);
        let text = format!("{} {} {} {switches}", tag.digest, tag.created, tag.last_update);
        (format!("tag {name}"), text)
    });
    manifests.chain(tags).collect()
}

/// A child of an index: digest, platform, and what it attests.
fn child(child: &Reference) -> String {
    let attests = child.attests.as_deref().unwrap_or("");
    format!("{} {} {} {attests}", child.digest, child.os, child.architecture)
}

/// Without `listEnabled`: what is in no list is there all the same.
fn switches(attributes: &Attributes) -> String {
    let of = |is_on: bool| if is_on { '1' } else { '0' };
    [
        attributes.delete_enabled,
        attributes.write_enabled,
        attributes.read_enabled,
    ]
    .map(of)
    .iter()
    .collect()
}

/// A stored line in the same words; none if it is neither manifest nor tag.
pub(super) fn line(line: &Value) -> Option<(String, String)> {
    // What is not there is not what is there and empty.
    let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or("absent");
    let switch = |key: &str| match line.get("changeableAttributes").and_then(|all| all.get(key)) {
        Some(Value::Bool(true)) => '1',
        _ => '0',
    };
    let switches: String = ["deleteEnabled", "writeEnabled", "readEnabled"]
        .map(switch)
        .iter()
        .collect();
    let times = format!("{} {}", text("createdTime"), text("lastUpdateTime"));
    match text("kind") {
        "manifest" => Some((
            format!("manifest {}", text("digest")),
            format!(
                "{} {} {times} {switches}",
                text("mediaType"),
                line.get("imageSize")
                    .and_then(Value::as_u64)
                    .map_or("absent".to_owned(), |size| size.to_string())
            ),
        )),
        "tag" => Some((
            format!("tag {}", text("name")),
            format!("{} {times} {switches}", text("digest")),
        )),
        _ => None,
    }
}
