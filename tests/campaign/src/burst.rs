//! Pushes to one repository in quick succession, in a tenant where nothing goes wrong and no timer fires: whatever the
//! inventory has in the end, it has from their events.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::event::Event;
use super::life::{Due, Life};
use super::plan::push;

impl Life {
    /// Plans a burst.
    pub(super) fn plan_burst(&mut self) {
        let servers: Vec<String> = self.network.front().world().registries.keys().cloned().collect();
        let Some(server) = self.random.pick(&servers).cloned() else {
            return;
        };
        let repositories: Vec<String> = {
            let world = self.network.front().world();
            let registry = world.registries.get(&server);
            registry.map_or_else(Vec::new, |registry| registry.repositories.keys().cloned().collect())
        };
        let Some(repository) = self.random.pick(&repositories).cloned() else {
            return;
        };
        // A sender whose clock is late would have its own delays over before they began.
        for instance in &mut self.instances {
            instance.skew.store(0, Ordering::Relaxed);
        }
        self.is_burst = true;
        // So close together that the looks that follow overlap.
        let longest = u64::try_from(self.plan.latency.as_micros()).unwrap_or(0) * 12;
        for _ in 0..self.random.between(2, 5) {
            let after = Duration::from_secs(60) + Duration::from_micros(self.random.below(longest));
            self.schedule(after, Due::Push(server.clone(), repository.clone()));
        }
    }

    /// One push of a burst, and its event at once.
    pub(super) fn push(&mut self, server: &str, repository: &str) {
        // One that is taken back leaves the repository as it was: an event that changes nothing of the document.
        let is_taken_back = self.random.chance(0.3);
        let tag = match is_taken_back {
            true => "taken-back".to_owned(),
            false => format!("v{}", self.random.between(1, 7)),
        };
        let digest = self.push_of((server, repository), tag, is_taken_back);
        if is_taken_back {
            let longest = u64::try_from(self.plan.latency.as_micros()).unwrap_or(0) * 6;
            let after = Duration::from_micros(self.random.below(longest));
            self.schedule(after, Due::TakeBack(server.to_owned(), repository.to_owned(), digest));
        }
    }

    /// An image is pushed, a new one or any, and its event sent at once; its digest.
    pub(super) fn push_of(&mut self, (server, repository): (&str, &str), tag: String, is_new: bool) -> String {
        let network = std::sync::Arc::clone(&self.network);
        let mut world = network.front().world();
        let digest = match is_new {
            true => world.push_image(server, repository, &tag),
            false => push(&mut self.random, &mut world, server, repository, &tag),
        };
        let now = world.clock.now();
        self.truth.note_in(&world, server, now);
        drop(world);
        network
            .state()
            .line(0, &format!("push to {server}/{repository}:{tag}"), "made");
        self.send_event(&Event {
            server: server.to_owned(),
            repository: repository.to_owned(),
            is_push: true,
            tag: Some(tag),
            digest: Some(digest.clone()),
        });
        digest
    }

    /// The image is deleted again, while whoever looks at its push is under way; and the event of that.
    pub(super) fn take_back(&mut self, server: &str, repository: &str, digest: &str) {
        let network = std::sync::Arc::clone(&self.network);
        let mut world = network.front().world();
        world.delete_manifest(server, repository, digest);
        let now = world.clock.now();
        self.truth.note_in(&world, server, now);
        drop(world);
        network
            .state()
            .line(0, &format!("delete {server}/{repository}@{digest}"), "made");
        self.send_event(&Event {
            server: server.to_owned(),
            repository: repository.to_owned(),
            is_push: false,
            tag: None,
            digest: Some(digest.to_owned()),
        });
    }
}
