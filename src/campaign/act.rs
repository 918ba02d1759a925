//! What happens in a life besides the work of the function app: people, faults, time.

use std::time::Duration;

use tokio::time::Instant;

use super::event::Event;
use super::kind::{Habit, Kind, State, What};
use super::life::{Due, Life, QUEUES, lock};
use super::plan::{Action, Plan};
use crate::simulator::blob::CreateConflict;
use crate::simulator::service_bus::{Delivery, Message};
use crate::simulator::tenant::{REPOSITORY_QUEUE, WEBHOOK_SECRET};
use crate::simulator::world::change::Change;
use crate::simulator::world::{Attributes, DataPlaneAccess};

impl Life {
    pub(super) fn act(&mut self, due: Due) {
        match due {
            Due::Planned(Action::Timer) => self.timers_fire(),
            Due::Planned(Action::Change) => self.change(false),
            Due::Planned(Action::Begin(kind)) => self.begin_fault(kind),
            Due::Planned(Action::End(kind)) => self.end_fault(kind),
            Due::Event(event) => self.send_event(&event),
            Due::Push(server, repository) => self.push(&server, &repository),
            Due::Reschedule => {
                let early = self.habits.contains(&Habit::ScheduledEarly);
                let by = if early { -20 } else { 400 };
                for (queue, _) in QUEUES {
                    let moved = self.queues().reschedule(queue, time::Duration::seconds(by));
                    if moved > 0 {
                        self.fired(if early { "scheduled-early" } else { "scheduled-late" });
                    }
                }
            }
            Due::KillAny => {
                let at = self.any_instance();
                let id = self.instances[at].id;
                self.fired("killed-any-time");
                self.kill(id);
            }
        }
    }

    fn timers_fire(&mut self) {
        if self.is_quiet() {
            self.check_quiet();
        }
        let at = self.any_instance();
        self.fire_timer(at);
        if self.habits.contains(&Habit::TimersOverlap) {
            self.fired("timers-overlap");
            let other = self.any_instance();
            self.fire_timer(other);
        }
    }

    /// Something happens to a repository, and the registry says so.
    pub(super) fn change(&mut self, while_paging: bool) {
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
            0..=4 => event.digest = Some(world.push_image(&server, &name, &tag)),
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
            10 => event.digest = Some(push_index(&mut world, &server, &name, &tag)),
            _ => world.change(&server, unlock(&name, &tag)),
        }
        if let Some(registry) = world.registries.get(&server) {
            self.truth.note(registry, now);
        }
        drop(world);
        self.network
            .state()
            .line(0, &format!("change {choice} of {server}/{name}:{tag}"), "made");
        if choice == 9 && self.habits.contains(&Habit::RepositoryAgain) {
            // Deleted, and there again before anybody looked.
            let mut world = network.front().world();
            world.push_image(&server, &name, &tag);
            if let Some(registry) = world.registries.get(&server) {
                self.truth.note(registry, now + time::Duration::milliseconds(1));
            }
            drop(world);
            self.fired("repository-again");
        }
        self.announce(event);
    }

    /// The event goes its way, or gets lost on it.
    fn announce(&mut self, event: Event) {
        let fault = |life: &mut Self, habit, name| {
            let strikes = life.habits.contains(&habit) && life.random.chance(0.5);
            if strikes {
                life.fired(name);
            }
            strikes
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

    pub(super) fn send_event(&mut self, event: &Event) {
        self.events += 1;
        let now = self.network.front().world().clock.now();
        if self.random.chance(0.5) {
            let message = Message::json(event.cloud_event(now));
            self.queues().send(REPOSITORY_QUEUE, message);
            self.accept(event.clone(), Instant::now());
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
            self.post_webhook(at, event, event.webhook(now), secret);
        }
    }

    fn begin_fault(&mut self, kind: &'static Kind) {
        match &kind.what {
            What::Requests(rule) => {
                // Few requests go to some services; and what was sent without anybody knowing is sent again.
                let chances = match kind.name.split('-').next() {
                    Some("send") => [0.1, 0.3, 0.5],
                    Some("arm" | "graph" | "authority") => [0.2, 0.5, 1.0],
                    _ => [0.03, 0.2, 1.0],
                };
                let chance = self.random.pick(&chances).copied().unwrap_or(0.2);
                let rule = rule(&mut self.random).named(kind.name).probability(chance);
                self.network.front().faults().add(rule);
                if kind.name.starts_with("arm-") || kind.name.starts_with("graph-") {
                    // They are asked when a run begins, and hardly ever else.
                    self.timers_fire();
                }
            }
            What::State(state) => {
                self.fired(kind.name);
                self.set(*state, true);
            }
            What::Habit(habit) => {
                self.habits.insert(*habit);
                self.begin_habit(*habit);
            }
        }
    }

    fn end_fault(&mut self, kind: &'static Kind) {
        match &kind.what {
            What::Requests(_) => self.network.front().faults().remove(kind.name),
            What::State(state) => self.set(*state, false),
            What::Habit(habit) => {
                self.habits.remove(habit);
            }
        }
    }

    /// From here on nothing goes wrong any more.
    pub(super) fn end_of_faults(&mut self) {
        self.network.front().faults().clear();
        for kind in super::kind::KINDS {
            self.end_fault(kind);
        }
        self.network.state().change_at.clear();
        self.network.state().kill_at = None;
    }

    fn begin_habit(&mut self, habit: Habit) {
        let network = std::sync::Arc::clone(&self.network);
        let mut state = network.state();
        let next = state.requests;
        match habit {
            Habit::KilledBeforeEffect | Habit::KilledAfterEffect => {
                let after = habit == Habit::KilledAfterEffect;
                state.kill_at = Some((next + self.random.between(1, 60), after));
                drop(state);
                self.fired(if after {
                    "killed-after-effect"
                } else {
                    "killed-before-effect"
                });
            }
            Habit::PushedWhilePaging | Habit::DeletedWhilePaging => {
                let seen = state.registry_requests();
                for _ in 0..self.random.between(1, 4) {
                    state.change_at.insert(seen + self.random.between(1, 40));
                }
            }
            Habit::KilledAnyTime => {
                drop(state);
                for _ in 0..self.random.between(1, 3) {
                    let after = Duration::from_millis(self.random.below(60_000));
                    self.schedule(after, Due::KillAny);
                }
            }
            Habit::ScheduledEarly | Habit::ScheduledLate => {
                drop(state);
                for _ in 0..8 {
                    let after = Duration::from_millis(self.random.below(120_000));
                    self.schedule(after, Due::Reschedule);
                }
            }
            Habit::Poison => {
                drop(state);
                let bodies = [
                    "not json".to_owned(),
                    format!(
                        "{{\"kind\":\"refresh-registry\",\"schemaVersion\":1,\"loginServer\":\"evil{}.example.com\"}}",
                        self.report.seed
                    ),
                    "{\"kind\":\"refresh-repository\",\"schemaVersion\":99}".to_owned(),
                ];
                for body in bodies {
                    let queue = QUEUES[usize::from(self.random.chance(0.5))].0;
                    self.poison.insert(format!("{queue} {body}"));
                    self.fired("poison-message");
                    self.queues().send(queue, Message::json(body));
                }
            }
            Habit::TimersOverlap => {
                drop(state);
                self.timers_fire();
            }
            Habit::EventLost | Habit::EventTwice | Habit::EventLate | Habit::EventForged | Habit::RepositoryAgain => {
                drop(state);
                for _ in 0..self.random.between(2, 4) {
                    let after = Duration::from_millis(self.random.below(5_000));
                    self.schedule(after, Due::Planned(Action::Change));
                }
            }
            Habit::ClockOff => {
                drop(state);
                let at = self.any_instance();
                let id = self.instances[at].id;
                // A machine whose clock is off takes the place of another.
                self.kill(id);
            }
            Habit::ClockStepsBack => {
                drop(state);
                for instance in &mut self.instances {
                    instance.skew -= time::Duration::seconds(1_800);
                }
                self.fired("clock-steps-back");
            }
            _ => {}
        }
    }

    /// What a broker may do to a delivery.
    pub(super) fn disturb_delivery(&mut self, queue: usize, delivery: &Delivery) {
        let is_first = delivery.delivery_count == 1;
        if self.habits.contains(&Habit::MessageTwice) && is_first && self.random.chance(0.4) {
            self.fired("message-twice");
            let copy = Message {
                message_id: None,
                ..delivery.message.clone()
            };
            self.queues().send(QUEUES[queue].0, copy);
        }
        if self.habits.contains(&Habit::LockLost) && self.random.chance(0.2) {
            // The lock is gone while the work goes on, and somebody else gets the message.
            self.fired("lock-lost");
            self.queues().abandon(delivery.lock);
        }
    }

    fn set(&mut self, state: State, on: bool) {
        let network = std::sync::Arc::clone(&self.network);
        let mut world = network.front().world();
        match state {
            State::Revoked | State::Firewall | State::CatalogShrinks => {
                for registry in world.registries.values_mut().take(2) {
                    let is_abac = registry.mode == crate::simulator::world::RoleAssignmentMode::Abac;
                    let everything = if is_abac { prefixes("") } else { DataPlaneAccess::Full };
                    registry.access = match (on, state) {
                        (false, _) => everything,
                        (true, State::Revoked) => DataPlaneAccess::Denied,
                        (true, State::Firewall) => DataPlaneAccess::Firewall,
                        (true, _) if is_abac => prefixes("app"),
                        (true, _) => everything,
                    };
                }
                let repositories = world
                    .registries
                    .values_mut()
                    .flat_map(|found| found.repositories.values_mut());
                for (number, repository) in repositories.enumerate() {
                    repository.attributes.list_enabled = !(on && state == State::CatalogShrinks && number == 0);
                }
            }
            State::Gone if on => {
                if let Some((server, registry)) = world.registries.pop_last() {
                    network.state().unknown_hosts.insert(server.clone());
                    self.gone.insert(server, registry);
                }
            }
            State::Gone => {
                network.state().unknown_hosts.clear();
                world.registries.append(&mut self.gone);
            }
            State::Quota => {
                for registry in world.registries.values_mut() {
                    registry.requests_per_minute = on.then_some(25);
                }
            }
            State::ReaderRevoked => {
                for subscription in world.subscriptions.values_mut() {
                    subscription.readable = !on;
                }
            }
            State::GraphDenied => world.resource_graph.denied = on,
            State::GraphOmits => {
                let names = world.registries.values().map(|registry| registry.name.clone()).take(1);
                world.resource_graph.omit = if on { names.collect() } else { Default::default() };
            }
            State::StorageDenied => lock(&self.blobs).deny = on,
            State::CreatesConflict412 => {
                let conflict = if on {
                    CreateConflict::ConditionNotMet
                } else {
                    CreateConflict::default()
                };
                lock(&self.blobs).create_conflict = conflict;
            }
            State::BrokerDown => self.queues().down = on,
            State::BrokerDenied => self.queues().deny = on,
        }
    }
}

fn prefixes(prefix: &str) -> DataPlaneAccess {
    DataPlaneAccess::Prefixes {
        prefixes: vec![prefix.to_owned()],
        catalog: true,
    }
}

fn unlock(repository: &str, tag: &str) -> Change {
    Change::Attributes {
        repository: repository.to_owned(),
        item: Some(tag.to_owned()),
        attributes: Attributes::default(),
    }
}

/// Pushes an index with two children.
fn push_index(world: &mut crate::simulator::world::World, server: &str, name: &str, tag: &str) -> String {
    use crate::simulator::clock::timestamp;
    use crate::simulator::world::seed::{OCI_INDEX, digest, image};
    use crate::simulator::world::{Manifest, Reference};
    world.mutations += 1;
    let (now, path) = (world.clock.now(), format!("{server}/{name}/index/{}", world.mutations));
    let at = timestamp(now);
    let children: Vec<String> = (0..2)
        .map(|child| digest(world.seed, &format!("{path}/{child}")))
        .collect();
    let index = digest(world.seed, &path);
    let mut manifests: Vec<(String, Manifest)> = children
        .iter()
        .map(|child| (child.clone(), image(child, &at)))
        .collect();
    let references = children.into_iter().map(|digest| Reference {
        digest,
        architecture: "amd64".to_owned(),
        os: "linux".to_owned(),
    });
    let manifest = Manifest {
        media_type: OCI_INDEX.to_owned(),
        created: at.clone(),
        last_update: at,
        references: references.collect(),
        ..Manifest::default()
    };
    manifests.push((index.clone(), manifest));
    let change = Change::Push {
        repository: name.to_owned(),
        manifests,
        tag: Some(tag.to_owned()),
        digest: index.clone(),
        at: now,
    };
    world.change(server, change);
    index
}
