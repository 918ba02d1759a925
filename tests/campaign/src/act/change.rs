//! What people do in the registries, and the events that tell of it.

use std::time::Duration;

use crate::event::Event;
use crate::kind::Habit;
use crate::life::{Due, Life};
use crate::plan::{Plan, push};
use simulator::service_bus::Message;
use simulator::tenant::{REPOSITORY_QUEUE, WEBHOOK_SECRET};
use simulator::world::Attributes;
use simulator::world::change::Change;

impl Life {
    /// Something happens to a repository, and the registry says so.
    pub(crate) fn change(&mut self, while_paging: bool) {
        let servers: Vec<String> = self.network.front().world().registries.keys().cloned().collect();
        let Some(server) = self.random.pick(&servers).cloned() else {
            return;
        };
        let deletes = self.habits.contains(&Habit::DeletedWhilePaging) && while_paging;
        if while_paging {
            let name = if deletes {
                "deleted-while-paging"
            } else {
                "pushed-while-paging"
            };
            self.fired(name);
        }
        let mut name = Plan::name(&mut self.random).to_owned();
        let again = self.habits.contains(&Habit::RepositoryAgain) && self.random.chance(0.5);
        let choice = if deletes || again {
            9
        } else {
            self.random.below(if while_paging { 5 } else { 12 })
        };
        let tag = format!("v{}", self.random.between(1, 7));
        let network = std::sync::Arc::clone(&self.network);
        let mut world = network.front().world();
        let now = world.clock.now();
        let Some(registry) = world.registries.get(&server) else {
            return;
        };
        let repositories: Vec<String> = registry.repositories.keys().cloned().collect();
        if choice != 0 {
            // Not only new names.
            name = self.random.pick(&repositories).cloned().unwrap_or(name);
        }
        let mut event = Event {
            server: server.clone(),
            repository: name.clone(),
            is_push: true,
            tag: Some(tag.clone()),
            digest: None,
        };
        match choice {
            0..=4 | 10 => event.digest = Some(push(&mut self.random, &mut world, &server, &name, &tag)),
            5 | 6 => {
                world.delete_tag(&server, &name, &tag);
                event.is_push = false;
            }
            7 => {
                let digests = world
                    .registries
                    .get(&server)
                    .and_then(|registry| registry.repositories.get(&name));
                let digests: Vec<String> = digests
                    .map(|found| found.manifests.keys().cloned().collect())
                    .unwrap_or_default();
                if let Some(digest) = self.random.pick(&digests) {
                    world.delete_manifest(&server, &name, digest);
                    event = Event {
                        is_push: false,
                        tag: None,
                        digest: Some(digest.clone()),
                        ..event
                    };
                }
            }
            8 => world.lock_tag(&server, &name, &tag),
            9 => {
                world.delete_repository(&server, &name);
                event = Event {
                    is_push: false,
                    tag: None,
                    ..event
                };
            }
            _ => world.change(&server, unlock(&name, &tag)),
        }
        self.truth.note_in(&world, &server, now);
        drop(world);
        self.network
            .state()
            .line(0, &format!("change {choice} of {server}/{name}:{tag}"), "made");
        if choice == 9 && self.habits.contains(&Habit::RepositoryAgain) {
            // Deleted, and there again before anybody looked.
            let mut world = network.front().world();
            push(&mut self.random, &mut world, &server, &name, &tag);
            self.truth
                .note_in(&world, &server, now + time::Duration::milliseconds(1));
            drop(world);
            self.fired("repository-again");
        }
        self.announce(event);
    }

    /// The event goes its way, or gets lost on it.
    pub(super) fn announce(&mut self, event: Event) {
        let fault = |life: &mut Self, habit, name| {
            let is_injected = life.habits.contains(&habit) && life.random.chance(0.5);
            if is_injected {
                life.fired(name);
            }
            is_injected
        };
        if fault(self, Habit::EventLost, "event-lost") {
            return;
        }
        let times = 1 + u32::from(fault(self, Habit::EventTwice, "event-twice"));
        for _ in 0..times {
            let late = fault(self, Habit::EventLate, "event-late");
            let longest = if late { 900_000 } else { 3_000 };
            let after = Duration::from_millis(self.random.below(longest));
            self.schedule(after, Due::Event(event.clone()));
        }
    }

    pub(crate) fn send_event(&mut self, event: &Event) {
        self.events += 1;
        let now = self.network.front().world().clock.now();
        if self.random.chance(0.5) {
            let message = Message::json(event.cloud_event(now));
            self.queues().send(REPOSITORY_QUEUE, message);
            self.accepted.push(self.brought(event.clone()));
        } else {
            let at = self.any_instance();
            let forged = self.habits.contains(&Habit::EventForged);
            let secret = if forged {
                "not-the-secret-but-long-enough-to-be-one"
            } else {
                WEBHOOK_SECRET
            };
            if forged {
                self.fired("event-forged");
            }
            if self.is_stopped {
                // Nobody answers; the next refresh sees what there was to say.
                self.fired("event-lost");
                return;
            }
            self.post_webhook(at, event, event.webhook(now), secret);
        }
    }
}

fn unlock(repository: &str, tag: &str) -> Change {
    Change::Attributes {
        repository: repository.to_owned(),
        item: Some(tag.to_owned()),
        attributes: Attributes::default(),
    }
}
