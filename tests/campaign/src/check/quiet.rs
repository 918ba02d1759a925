//! What has to hold whenever nothing runs and nothing waits any more, before another timer mends it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::elsewhere::is_elsewhere;
use crate::life::{Life, QUEUES};
use simulator::lock::lock;

impl Life {
    /// Nothing that was accepted has been forgotten: every event was followed by a look at its repository, and every
    /// refresh that was begun is at its end. Timers would mend both within their period, so it has to be asked before
    /// the next one.
    pub(crate) fn check_quiet(&mut self) {
        let given_up = self.given_up();
        let network = std::sync::Arc::clone(&self.network);
        let state = network.state();
        let mut wrong = Vec::new();
        let begun = self.last_versions("/refresh.json");
        for accepted in std::mem::take(&mut self.accepted) {
            let event = &accepted.event;
            let seen = state.last_look(&event.server, &event.repository);
            let repository = format!("\"repository\":\"{}\"", event.repository);
            let is_given_up = || {
                let mut bodies = given_up.iter();
                bodies.any(|body| body.contains(&event.server) && body.contains(&repository))
            };
            // Before its first refresh a registry is not covered, and its events are acknowledged as such: that refresh,
            // or the next if it fails, reads everything.
            let checkpoint = format!("v2/state/{}/refresh.json", event.server);
            let is_begun = {
                let all = self.journal.all();
                let first = all.get(&checkpoint).and_then(|versions| versions.first());
                first.is_some_and(|first| first.order < accepted.noted)
            };
            // What has its lines in snapshots alone is left to the next refresh.
            let document = format!(
                "v2/registries/{}/repositories/{},lists.ndjson",
                event.server, event.repository
            );
            let is_elsewhere = {
                let all = self.journal.all();
                let mut versions = all.get(&document).into_iter().flatten();
                versions.any(|version| version.content.as_ref().is_some_and(is_elsewhere))
            };
            if seen.is_none_or(|seen| seen < accepted.at) && is_begun && !is_elsewhere && !is_given_up() {
                wrong.push(format!(
                    "an event of {}/{} was accepted at {:.3} s, and nobody looked after that",
                    event.server,
                    event.repository,
                    state.seconds(accepted.at)
                ));
            }
        }
        drop(state);
        for (name, document) in begun {
            let server = document["loginServer"].as_str().unwrap_or("");
            let is_given_up = given_up.iter().any(|body| body.contains(server));
            // Whose laptop failed sees that, and nobody carries on before the next timer.
            let by = document["updatedBy"].as_str().unwrap_or("");
            let is_laptop = lock(&self.laptop_movers).contains(by);
            if document["phase"] != "done" && !is_given_up && !is_laptop {
                wrong.push(format!("{name} stands still in phase {}", document["phase"]));
            }
        }
        self.report.violations.extend(wrong.into_iter().take(5));
    }

    /// Bodies of messages that are buried, in quarantine, or wait in the spool: a person or the next timer has them.
    fn given_up(&self) -> Vec<String> {
        let mut bodies = Vec::new();
        for (queue, _) in QUEUES {
            let dead = self.queues().dead_letters(queue);
            bodies.extend(
                dead.iter()
                    .map(|letter| String::from_utf8_lossy(&letter.message.body).into_owned()),
            );
        }
        let quarantined = self.last_versions("v2/quarantine/");
        bodies.extend(
            quarantined
                .values()
                .filter_map(|document| document["body"].as_str().map(str::to_owned)),
        );
        let blobs = lock(&self.blobs);
        let spooled = blobs.list("inventory", "v2/spool/");
        let spooled = spooled.iter().filter_map(|name| blobs.get("inventory", name));
        // As messages have it, on one line.
        let spooled = spooled.filter_map(|body| serde_json::from_slice::<Value>(&body).ok());
        bodies.extend(spooled.map(|body| body.to_string()));
        bodies
    }

    /// The JSON documents with this text in their names, as they are now.
    fn last_versions(&self, text: &str) -> BTreeMap<String, Value> {
        let all = self.journal.all();
        let named = all.iter().filter(|(name, _)| name.contains(text));
        let last = named.filter_map(|(name, versions)| Some((name, versions.last()?)));
        let there = last.filter(|(_, version)| version.content.is_some());
        there.map(|(name, version)| (name.clone(), version.json())).collect()
    }
}
