//! What is there in the end: every kept snapshot can be read to its last byte, and what nobody names is gone.

use std::collections::{BTreeMap, BTreeSet};

use acr_inventory::snapshot::retention::Keep;
use serde_json::Value;
use simulator::lock::lock;
use time::{Duration, OffsetDateTime};

use super::deletion::is_to_keep;
use super::naming::{document, manifests, of_checkpoint, of_snapshot, pointed};
use super::snapshot::{Stored, repository_text};
use crate::journal::Version;
use crate::life::Life;

impl Life {
    /// Reads every snapshot that is there, without the product: each byte against its hash.
    pub(crate) fn check_kept(&mut self) {
        let all: BTreeMap<String, Vec<Version>> = self.journal.all().clone();
        let mut wrong = Vec::new();
        for server in self.servers() {
            let manifests = manifests(&lock(&self.blobs), &server);
            for name in manifests {
                let stored = Stored {
                    all: &all,
                    folder: format!("v2/registries/{server}"),
                    at: OffsetDateTime::from_unix_timestamp(i64::from(i32::MAX)).unwrap_or(OffsetDateTime::UNIX_EPOCH),
                };
                let manifest = document(&lock(&self.blobs), &name);
                if let Err(why) = read(&stored, &manifest) {
                    wrong.push(format!("at rest, {name} cannot be read: {why}"));
                }
            }
        }
        self.report.violations.extend(wrong.into_iter().take(3));
    }

    /// What any document of a registry names now.
    pub(crate) fn named(&self) -> BTreeSet<String> {
        let blobs = lock(&self.blobs);
        let mut named = BTreeSet::new();
        for server in self.servers() {
            let checkpoint = document(&blobs, &format!("v2/state/{server}/refresh.json"));
            named.extend(of_checkpoint(&server, &checkpoint));
            for manifest in manifests(&blobs, &server) {
                named.extend(of_snapshot(&server, &document(&blobs, &manifest)));
            }
        }
        named
    }

    /// When the snapshots of each registry were last thinned, as its checkpoint says.
    pub(crate) fn retained(&self) -> BTreeMap<String, Value> {
        let blobs = lock(&self.blobs);
        let checkpoint = |server: &String| document(&blobs, &format!("v2/state/{server}/refresh.json"));
        let servers = self.servers().into_iter();
        let retained = servers.map(|server| (server.clone(), checkpoint(&server)["retainedAt"].clone()));
        retained.collect()
    }

    /// After a pass of retention: no snapshot is there that is not to be kept; nothing that was written three days ago and
    /// that nobody named before the pass (`named`) nor now.
    pub(crate) fn check_thinned(&mut self, server: &str, named: &BTreeSet<String>, keep: &Keep) {
        let mut wrong = Vec::new();
        let now_named = self.named();
        let blobs = lock(&self.blobs);
        let pointed = pointed(&blobs, server);
        for name in manifests(&blobs, server) {
            let written = blobs.modified_of("inventory", &name);
            let written = written.unwrap_or(OffsetDateTime::UNIX_EPOCH);
            // When the pass looked, it was a little younger.
            let now = blobs.now() - Duration::hours(1);
            if !pointed.contains(&name) && !is_to_keep(&blobs, (server, &name), (written, now), keep) {
                wrong.push(format!("{name} is still there, and not to be kept"));
            }
        }
        let folders = ["registries/S/index/", "registries/S/packs/", "state/S/"];
        for folder in folders.map(|folder| format!("v2/{}", folder.replace('S', server))) {
            let there = blobs.list("inventory", &folder).into_iter();
            let there = there.filter(|name| !name.ends_with("/refresh.json"));
            let unnamed = there.filter(|name| !named.contains(name) && !now_named.contains(name));
            let written = |name: &String| blobs.modified_of("inventory", name);
            let old =
                unnamed.filter(|name| written(name).is_some_and(|written| blobs.now() - written > Duration::days(3)));
            wrong.extend(old.map(|name| format!("{name} is still there, and nobody has named it for days")));
        }
        drop(blobs);
        self.report.violations.extend(wrong.into_iter().take(3));
    }

    fn servers(&self) -> Vec<String> {
        self.network.front().world().registries.keys().cloned().collect()
    }
}

fn read(stored: &Stored<'_>, manifest: &Value) -> Result<(), String> {
    let (index, packs) = (stored.index(manifest)?, stored.packs(manifest)?);
    for entry in &index {
        repository_text(entry, &packs).map_err(|why| format!("{}: {why}", entry["repository"]))?;
    }
    Ok(())
}
