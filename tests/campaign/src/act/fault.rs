//! Faults that begin and end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::CrashPoint;
use crate::kind::{Habit, KINDS, Kind, What};
use crate::life::{Due, Life, QUEUES};
use crate::plan::Action;
use simulator::service_bus::{Delivery, Message};

impl Life {
    pub(super) fn begin_fault(&mut self, kind: &'static Kind) {
        self.disturb(kind.name, true);
        match &kind.what {
            What::Requests(rule) => {
                // Few requests go to some services; and what was sent without anybody knowing is sent again.
                let (chances, is_rare) = match kind.name.split('-').next() {
                    Some("send") => ([0.1, 0.3, 0.5], true),
                    Some("arm" | "graph" | "authority") => ([0.2, 0.5, 1.0], true),
                    _ => ([0.03, 0.2, 1.0], false),
                };
                let chance = self.random.pick(&chances).copied().unwrap_or(0.2);
                let rule = rule(&mut self.random).named(kind.name).probability(chance);
                self.network.front().faults().add(rule);
                // Some are asked when a process or a run begins, and hardly ever else.
                if kind.name.starts_with("authority-") {
                    let at = self.any_instance();
                    self.kill(self.instances[at].id);
                }
                if is_rare {
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

    /// A fault begins or ends.
    pub(crate) fn disturb(&mut self, name: &str, begins: bool) {
        self.disturbances += 1;
        match begins {
            true => self.active.insert(name.to_owned()),
            false => self.active.remove(name),
        };
    }

    pub(super) fn end_fault(&mut self, kind: &'static Kind) {
        self.disturb(kind.name, false);
        match &kind.what {
            What::Requests(_) => self.network.front().faults().remove(kind.name),
            What::State(state) => self.set(*state, false),
            What::Habit(habit) => {
                self.habits.remove(habit);
            }
        }
    }

    /// From here on nothing goes wrong any more.
    pub(crate) fn end_of_faults(&mut self) {
        self.network.front().faults().clear();
        for kind in KINDS {
            self.end_fault(kind);
        }
        self.network.state().change_at.clear();
        self.network.state().inject_at = None;
    }

    fn begin_habit(&mut self, habit: Habit) {
        let network = std::sync::Arc::clone(&self.network);
        let mut state = network.state();
        let next = state.requests;
        match habit {
            Habit::KilledBeforeEffect | Habit::KilledAfterEffect => {
                let (point, name) = match habit {
                    Habit::KilledAfterEffect => (CrashPoint::KilledAfter, "killed-after-effect"),
                    _ => (CrashPoint::KilledBefore, "killed-before-effect"),
                };
                state.inject_at = Some((next + self.random.between(1, 60), point));
                drop(state);
                self.fired(name);
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
            Habit::RepositoryPasses => {
                drop(state);
                for _ in 0..self.random.between(1, 3) {
                    self.plan_passing();
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
                    instance.skew.fetch_sub(1_800, Ordering::Relaxed);
                }
                self.fired("clock-steps-back");
            }
            _ => {}
        }
    }

    /// What a broker may do to a delivery.
    pub(crate) fn disturb_delivery(&mut self, queue: usize, delivery: &Delivery) {
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
}
