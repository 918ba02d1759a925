//! The storage of a life: every version is noted, and every deletion judged when it happens.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use acr_inventory::hash::sha256;
use acr_inventory::inventory::message::{RefreshRepository, decode_message};
use acr_inventory::snapshot::retention::Keep;
use simulator::View;
use simulator::blob::{self, Blobs};
use simulator::clock::Clock;
use simulator::lock::lock;
use simulator::service_bus::Queues;
use simulator::tenant::REPOSITORY_QUEUE;

use crate::check::deletion;
use crate::journal::Journal;
use crate::looks::invocation;

/// The container, watched. `clock`: everybody's but the storage's own.
pub(super) fn watched(
    blobs: &Arc<Mutex<Blobs>>,
    journal: &Journal,
    (clock, broker): (Arc<Clock>, Arc<Mutex<Queues>>),
    keep: Keep,
) -> View {
    let (storage, written) = (Arc::clone(blobs), journal.clone());
    // When each invocation last listed snapshots.
    let listed = Mutex::new(BTreeMap::new());
    Box::new(move |request| {
        let mut blobs = lock(&storage);
        let name = request
            .path
            .strip_prefix("/inventory/")
            .map(decoded)
            .unwrap_or_default();
        let before = blobs.etag_of("inventory", &name);
        let modified = blobs.modified_of("inventory", &name);
        if request.method == axum::http::Method::GET && name.ends_with(",lists.ndjson") {
            written.reads.fetch_add(1, Ordering::Relaxed);
        }
        let spooled = name.starts_with("v2/spool/").then(|| blobs.get("inventory", &name));
        let by = invocation();
        if request
            .query("prefix")
            .is_some_and(|prefix| prefix.ends_with("/snapshots/"))
        {
            lock(&listed).insert(by, blobs.now());
        }
        let reply = blob::handle(&mut blobs, request);
        let after = blobs.etag_of("inventory", &name);
        if after == before {
            return reply;
        }
        let content = blobs.get("inventory", &name);
        if let (Some(Some(event)), None) = (spooled, &content)
            && !has_been_sent(&mut lock(&broker), &event)
        {
            lock(&written.complaints).push(format!("{name} was deleted, and nobody had sent it"));
        }
        if let (Some(modified), None) = (modified, &content)
            && let looked = lock(&listed).get(&by).copied()
            && let Some(why) = deletion::complaint(&blobs, &name, (modified, looked), &keep)
        {
            lock(&written.complaints).push(format!("{name} was deleted, {why}"));
        }
        written.note(&name, clock.now(), content, after);
        reply
    })
}

/// Whether the broker has had the message of a spooled event.
fn has_been_sent(queues: &mut Queues, event: &[u8]) -> bool {
    let message: Option<RefreshRepository> = decode_message(event).ok();
    let body = message.and_then(|message| serde_json::to_string(&message).ok());
    body.is_some_and(|body| queues.has_seen(REPOSITORY_QUEUE, &sha256(body.as_bytes())))
}

/// A blob name as sent, percent-encoding undone.
fn decoded(path: &str) -> String {
    let pairs = url::form_urlencoded::parse(path.as_bytes());
    // There is neither `&` nor `=` nor `+` in the names of the inventory: the path is one key.
    pairs.map(|(key, _)| key.into_owned()).collect()
}
