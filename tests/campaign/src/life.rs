//! The life itself: what is due comes up, the clock moves on, until everything is at rest.

mod begin;
mod days;
mod helpers;
mod host;
mod processes;
mod progress;
mod storage;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;

use self::helpers::Done;
use self::host::{Ended, Running};
use self::progress::Begun;
use super::Report;
use super::event::Event;
use super::instance::Instance;
use super::journal::Journal;
use super::kind::Habit;
use super::network::{Network, Signal};
use super::plan::{Action, Plan};
use super::truth::Truth;
use simulator::blob::Blobs;
use simulator::lock::lock;
use simulator::random::seeded::Random;
use simulator::service_bus::Queues;
use simulator::tenant::{REGISTRY_QUEUE, REPOSITORY_QUEUE};
use simulator::world::Registry;

/// The queues and the functions behind them.
pub(super) const QUEUES: [(&str, &str); 2] = [
    (REGISTRY_QUEUE, "refresh-registry"),
    (REPOSITORY_QUEUE, "refresh-repository"),
];
/// A life that has not come to rest after so many steps never will.
const STEPS: u64 = 8_000;
/// Nor one that has sent so many requests: most need two thousand.
const REQUESTS: u64 = 50_000;

/// Everything of one life.
pub(super) struct Life {
    pub(super) plan: Plan,
    pub(super) random: Random,
    pub(super) network: Arc<Network>,
    pub(super) queues: Arc<Mutex<Queues>>,
    pub(super) blobs: Arc<Mutex<Blobs>>,
    pub(super) journal: Journal,
    pub(super) truth: Truth,
    pub(super) instances: Vec<Instance>,
    next_instance: u64,
    tasks: JoinSet<Ended>,
    helpers: JoinSet<Done>,
    next_helper: u64,
    helping: BTreeMap<u64, AbortHandle>,
    /// Laptops that collect, and the ids under which they move checkpoints.
    pub(super) laptops: BTreeSet<u64>,
    pub(super) laptop_movers: Arc<Mutex<BTreeSet<String>>>,
    running: BTreeMap<u64, Running>,
    next_invocation: u64,
    signals: UnboundedReceiver<Signal>,
    pub(super) actions: BTreeMap<(Instant, u64), Due>,
    next_action: u64,
    pub(super) habits: BTreeSet<Habit>,
    /// Registries that are gone, with their content.
    pub(super) gone: BTreeMap<String, Registry>,
    /// Sequence numbers of the messages that the function app sent, and when they were first given out, by queue and body.
    handed_out: BTreeMap<(usize, bytes::Bytes), (u64, time::OffsetDateTime)>,
    /// Bodies of messages that nobody could work on.
    pub(super) poison: BTreeSet<String>,
    pub(super) report: Report,
    pub(super) timers: u64,
    pub(super) events: u64,
    /// Events that were accepted since everything was last at rest.
    pub(super) accepted: Vec<Accepted>,
    /// What the refreshes found that are at work.
    begun: BTreeMap<u64, Begun>,
    /// The registries that the messages given out are about, by invocation.
    in_hand: BTreeMap<u64, Option<String>>,
    /// Faults that are under way, and how often one began, ended, or was injected.
    pub(super) active: BTreeSet<String>,
    pub(super) disturbances: u64,
    /// The function app is stopped, by hand.
    pub(super) is_stopped: bool,
    /// Nothing goes wrong any more, and no timer fires.
    pub(super) is_burst: bool,
    /// Until then an image and a repository come and go.
    pub(super) comes_and_goes: Option<Instant>,
    steps: u64,
    /// It does not come to rest.
    is_given_up: bool,
}

/// Something that comes due.
pub(super) enum Due {
    Planned(Action),
    /// One more, while another is at work.
    Timer,
    /// A failed one, once more: its invocation id, and which retry this is.
    TimerAgain(Uuid, u32),
    Event(Event),
    /// To this repository of this registry.
    Push(String, String),
    /// What was just pushed is deleted: registry, repository, digest.
    TakeBack(String, String, String),
    /// A repository of this registry, that is there for a short while: whether it comes.
    Passing(String, &'static str, bool),
    /// On every clock, while no program goes on.
    DaysPass,
    AppStarts,
    Reschedule,
    KillAny,
}

/// An event that broker or function app said they have, and when it was brought to them.
pub(super) struct Accepted {
    pub(super) event: Event,
    pub(super) at: Instant,
    /// How many versions had been written by then.
    pub(super) noted: u64,
}

impl Life {
    pub(super) fn schedule(&mut self, after: Duration, due: Due) {
        self.next_action += 1;
        self.actions.insert((Instant::now() + after, self.next_action), due);
    }

    pub(super) fn queues(&self) -> MutexGuard<'_, Queues> {
        lock(&self.queues)
    }

    /// An event that is brought to broker or function app now.
    pub(super) fn brought(&self, event: Event) -> Accepted {
        Accepted {
            event,
            at: Instant::now(),
            noted: self.journal.noted(),
        }
    }

    pub(super) fn violation(&mut self, text: String) {
        self.report.violations.push(text);
    }

    pub(super) fn fired(&mut self, name: &'static str) {
        *self.report.fired.entry(name).or_default() += 1;
    }

    /// The plan with its faults, then rest, then two timers that find everything, and one that finds nothing new;
    /// and a burst of pushes that nothing but their events tells of.
    pub(super) async fn run(&mut self) {
        self.run_until_idle().await;
        self.end_of_faults();
        self.run_until_idle().await;
        self.check_quiet();
        self.check_at_rest().await;
        for round in 0..3 {
            let before = self.written();
            self.schedule(Duration::from_secs(3_600), Due::Planned(Action::Timer));
            self.run_until_idle().await;
            if round == 2 {
                self.check_content_is_known();
                self.check_nothing_written(before);
            }
        }
        self.plan_burst();
        self.run_until_idle().await;
        self.is_burst = false;
        self.check_quiet();
        self.let_days_pass().await;
        self.check_at_rest().await;
    }

    /// Until nothing is planned, nothing runs and no message is left.
    async fn run_until_idle(&mut self) {
        loop {
            self.steps += 1;
            let is_endless = self.steps > STEPS || self.network.state().requests > REQUESTS;
            if is_endless {
                if !std::mem::replace(&mut self.is_given_up, true) {
                    let left = QUEUES.map(|(queue, _)| self.queues().len(queue));
                    self.violation(format!("it does not come to rest: {left:?} messages"));
                }
                return;
            }
            while let Some(entry) = self.actions.first_entry() {
                if entry.key().0 > Instant::now() {
                    break;
                }
                let due = entry.remove();
                self.act(due);
            }
            self.hand_out();
            let due = self.queues().next_due();
            let now = self.network.front().world().clock.now();
            let message = due.map(|due| Instant::now() + Duration::try_from(due - now).unwrap_or_default());
            let planned = self.actions.keys().next().map(|(at, _)| *at);
            let Some(next) = message.into_iter().chain(planned).min().or_else(|| {
                let far = Instant::now() + Duration::from_secs(86_400);
                let is_at_work = !self.running.is_empty() || !self.helpers.is_empty();
                is_at_work.then_some(far)
            }) else {
                return;
            };
            tokio::select! {
                biased;
                Some(signal) = self.signals.recv() => match signal {
                    Signal::Kill(instance) => self.kill(instance),
                    Signal::Held(instance) => self.overtake(instance),
                    Signal::Asleep(laptop) => self.falls_asleep(laptop),
                    Signal::Stop => self.stop_app(),
                    Signal::Change => self.change(true),
                    Signal::Sent => {}
                },
                Some(ended) = self.tasks.join_next() => {
                    if let Ok(ended) = ended {
                        self.settle(&ended);
                    }
                }
                Some(helped) = self.helpers.join_next() => {
                    if let Ok(done) = helped {
                        done(self);
                    }
                }
                () = tokio::time::sleep_until(next + Duration::from_millis(1)) => {}
            }
        }
    }

    /// Whether nothing runs and no message is left, due or not.
    pub(super) fn is_quiet(&self) -> bool {
        let left: usize = QUEUES.iter().map(|(queue, _)| self.queues().len(queue)).sum();
        self.running.is_empty() && self.laptops.is_empty() && left == 0 && self.queues().next_due().is_none()
    }
}
