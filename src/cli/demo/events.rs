//! What happens in the registries while the demo runs, and the webhooks that tell of it.

use anyhow::Context as _;
use axum::http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};
use time::macros::datetime;

use simulator::clock::timestamp;
use simulator::host::Host;
use simulator::tenant::WEBHOOK_SECRET;
use simulator::world::change::Change;
use simulator::world::seed::{OCI_MANIFEST, digest, image};
use simulator::world::{DataPlaneAccess, World};

/// When it happens: fixed, so that a later demo finds the same registries.
const AT: time::OffsetDateTime = datetime!(2026-11-22 08:00:00.1234567 UTC);

/// The tag that is moved.
const LATEST: &str = "latest";

/// The events of one demo.
pub(super) struct Events {
    events: Vec<Event>,
}

struct Event {
    login_server: String,
    repository: String,
    tag: String,
    digest: String,
    is_push: bool,
}

impl Events {
    /// Pushes to the first repositories of the first registry that may be read in full, one of which moves a tag, and one
    /// delete.
    pub(super) fn new(seed: u64, world: &World) -> anyhow::Result<Self> {
        let registry = world
            .registries
            .values()
            .find(|registry| registry.access == DataPlaneAccess::Full && registry.repositories.len() > 4);
        let registry = registry.context("the simulated world has no registry for events")?;
        let names: Vec<&String> = registry.repositories.keys().collect();
        let event = |repository: &str, is_push| Event {
            login_server: registry.login_server.clone(),
            repository: repository.to_owned(),
            tag: "2026.11".to_owned(),
            digest: digest(seed, &format!("{}/{repository}/demo", registry.login_server)),
            is_push,
        };
        let mut events: Vec<Event> = names.iter().take(3).map(|name| event(name, true)).collect();
        let has_latest = |event: &&mut Event| {
            let repository = registry.repositories.get(&event.repository);
            repository.is_some_and(|repository| repository.tags.contains_key(LATEST))
        };
        if let Some(moves) = events.iter_mut().rfind(has_latest) {
            LATEST.clone_into(&mut moves.tag);
        }
        events.push(event("demo/brand-new", true));
        let (name, repository) = registry.repositories.iter().nth(3).context("too few repositories")?;
        let doomed = repository
            .manifests
            .keys()
            .next()
            .context("a repository without manifests")?;
        events.push(Event {
            digest: doomed.clone(),
            ..event(name, false)
        });
        Ok(Self { events })
    }

    /// How many there are, the forged one included.
    pub(super) fn len(&self) -> usize {
        self.events.len() + 1
    }

    /// Lets them happen in the registries.
    pub(super) fn apply(&self, world: &mut World) {
        for event in &self.events {
            let repository = event.repository.clone();
            let change = if event.is_push {
                let manifest = image(&event.digest, &timestamp(AT));
                let manifests = vec![(event.digest.clone(), manifest)];
                Change::Push {
                    repository,
                    manifests,
                    tag: Some(event.tag.clone()),
                    digest: event.digest.clone(),
                    at: AT,
                }
            } else {
                Change::DeleteManifest {
                    repository,
                    digest: event.digest.clone(),
                    at: AT,
                }
            };
            world.change(&event.login_server, change);
        }
    }

    /// Posts the webhooks through the host's front, and one with a wrong secret; how many were refused.
    pub(super) async fn post(&self, host: &Host) -> anyhow::Result<usize> {
        let mut refused = 0;
        for event in &self.events {
            let status = post(host, WEBHOOK_SECRET, &event.body()).await?;
            anyhow::ensure!(status == 202, "a webhook was answered with {status}");
        }
        if let Some(event) = self.events.first() {
            refused += usize::from(post(host, "not-the-secret-not-the-secret-not!", &event.body()).await? == 401);
        }
        Ok(refused)
    }
}

impl Event {
    fn body(&self) -> Value {
        let (digest, repository) = (&self.digest, &self.repository);
        let target = if self.is_push {
            json!({
                "mediaType": OCI_MANIFEST, "size": 524, "digest": digest, "length": 524, "repository": repository,
                "tag": self.tag,
            })
        } else {
            json!({ "mediaType": OCI_MANIFEST, "digest": digest, "repository": repository })
        };
        json!({
            "id": crate::random::uuid(),
            "timestamp": timestamp(AT),
            "action": if self.is_push { "push" } else { "delete" },
            "target": target,
            "request": {
                "id": crate::random::uuid(), "host": self.login_server,
                "method": if self.is_push { "PUT" } else { "DELETE" }, "useragent": "demo",
            },
        })
    }
}

async fn post(host: &Host, secret: &'static str, body: &Value) -> anyhow::Result<u16> {
    let mut headers = HeaderMap::new();
    headers.insert(
        "content-type",
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    headers.insert("x-functions-key", HeaderValue::from_static("simulated-function-key"));
    headers.insert("x-inventory-secret", HeaderValue::from_static(secret));
    let reply = host
        .call_http(Method::POST, "/api/webhooks/acr", headers, body.to_string())
        .await;
    Ok(reply.status)
}
