//! The life itself: instances of the function app, the host that calls them, the clock that moves on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::Report;
use super::event::Event;
use super::instance::Instance;
use super::journal::Journal;
use super::kind::Habit;
use super::network::{Network, Signal};
use super::plan::{Action, Plan};
use super::truth::Truth;
use crate::clock::simulated::SKEW;
use crate::random::seeded::Random;
use crate::simulator::blob::{self, Blobs};
use crate::simulator::host::{Answer, Sys, encode_queue_message, encode_timer, judge};
use crate::simulator::service_bus::{self, Delivery, QueueOptions, Queues};
use crate::simulator::tenant::{NAMESPACE, REGISTRY_QUEUE, REPOSITORY_QUEUE};
use crate::simulator::world::Registry;
use crate::simulator::{InProcess, Options, View};

/// The queues and the functions behind them.
pub(super) const QUEUES: [(&str, &str); 2] = [
    (REGISTRY_QUEUE, "refresh-registry"),
    (REPOSITORY_QUEUE, "refresh-repository"),
];
/// The host kills the process of a function that takes longer.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(600);
/// A life that has not come to rest after so many steps never will.
const STEPS: u64 = 8_000;

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
    running: BTreeMap<u64, Running>,
    next_invocation: u64,
    signals: UnboundedReceiver<Signal>,
    pub(super) actions: BTreeMap<(Instant, u64), Due>,
    next_action: u64,
    pub(super) habits: BTreeSet<Habit>,
    /// Registries that are gone, with their content.
    pub(super) gone: BTreeMap<String, Registry>,
    /// Bodies of messages that nobody could work on.
    pub(super) poison: BTreeSet<String>,
    pub(super) report: Report,
    pub(super) timers: u64,
    pub(super) events: u64,
    /// Events that were accepted since everything was last at rest.
    pub(super) accepted: Vec<Accepted>,
    steps: u64,
}

/// Something that comes due.
pub(super) enum Due {
    Planned(Action),
    Event(Event),
    /// To this repository of this registry.
    Push(String, String),
    Reschedule,
    KillAny,
}

/// What an invocation works on.
enum Work {
    Timer,
    /// Queue and lock.
    Message(usize, Uuid),
    Webhook {
        is_forged: bool,
        event: Event,
        begun: Instant,
    },
}

/// An event that broker or function app said they have, and when it was brought to them.
pub(super) struct Accepted {
    pub(super) event: Event,
    pub(super) at: Instant,
}

struct Running {
    instance: u64,
    work: Work,
    task: AbortHandle,
}

struct Ended {
    invocation: u64,
    /// None: the function timeout passed.
    answer: Option<(u16, Option<String>, Vec<u8>)>,
}

impl Life {
    pub(super) fn begin(plan: Plan, trace: bool) -> anyhow::Result<Self> {
        let mut random = Random::new(plan.seed ^ 0x6c69_6665);
        let world = plan.world(&mut random);
        let clock = Arc::clone(&world.clock);
        let journal = Journal::default();
        let mut queues = Queues::new(Arc::clone(&clock));
        for (queue, _) in QUEUES {
            queues.create(queue, QueueOptions::default());
        }
        let mut blobs = Blobs::new(Arc::clone(&clock));
        blobs.create_container("inventory");
        let (queues, blobs) = (Arc::new(Mutex::new(queues)), Arc::new(Mutex::new(blobs)));
        let (bus, storage, written) = (Arc::clone(&queues), Arc::clone(&blobs), journal.clone());
        let bus: View = Box::new(move |request| service_bus::handle(&mut lock(&bus), request));
        let storage: View = Box::new(move |request| {
            let mut blobs = lock(&storage);
            let name = request
                .path
                .strip_prefix("/inventory/")
                .map(decoded)
                .unwrap_or_default();
            let before = blobs.etag_of("inventory", &name);
            let reply = blob::handle(&mut blobs, request);
            if blobs.etag_of("inventory", &name) != before {
                written.note(&name, clock.now(), blobs.get("inventory", &name));
            }
            reply
        });
        let options = Options {
            log_capacity: 0,
            extra: vec![
                (".servicebus.windows.net".to_owned(), bus),
                (".blob.core.windows.net".to_owned(), storage),
            ],
            ..Options::default()
        };
        let mut truth = Truth::default();
        for registry in world.registries.values() {
            truth.note(registry, world.clock.now() - time::Duration::days(1));
        }
        let front = InProcess::new(world, options);
        front.faults().seed(plan.seed);
        let (sender, signals) = unbounded_channel();
        let network = Arc::new(Network::new(front, plan.seed, plan.latency, sender, trace));
        network.state().kill_at = plan.kill_at;
        let mut life = Self {
            random,
            network,
            queues,
            blobs,
            journal,
            truth,
            instances: Vec::new(),
            next_instance: 0,
            tasks: JoinSet::new(),
            running: BTreeMap::new(),
            next_invocation: 0,
            signals,
            actions: BTreeMap::new(),
            next_action: 0,
            habits: BTreeSet::new(),
            gone: BTreeMap::new(),
            poison: BTreeSet::new(),
            report: Report {
                seed: plan.seed,
                ..Report::default()
            },
            timers: 0,
            events: 0,
            accepted: Vec::new(),
            steps: 0,
            plan,
        };
        for _ in 0..life.plan.instances {
            life.start_instance()?;
        }
        for (at, action) in life.plan.actions.clone() {
            life.schedule(at, Due::Planned(action));
        }
        Ok(life)
    }

    pub(super) fn schedule(&mut self, after: Duration, due: Due) {
        self.next_action += 1;
        self.actions.insert((Instant::now() + after, self.next_action), due);
    }

    pub(super) fn queues(&self) -> MutexGuard<'_, Queues> {
        lock(&self.queues)
    }

    pub(super) fn accept(&mut self, event: Event, at: Instant) {
        self.accepted.push(Accepted { event, at });
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
        self.go_on().await;
        self.end_of_faults();
        self.go_on().await;
        self.check_quiet();
        for round in 0..3 {
            let before = self.journal.count("/repositories/");
            self.schedule(Duration::from_secs(3_600), Due::Planned(Action::Timer));
            self.go_on().await;
            let written = self.journal.count("/repositories/") - before;
            if round == 2 && written > 0 {
                self.violation(format!(
                    "{written} repository documents were written although nothing had changed"
                ));
            }
        }
        self.plan_burst();
        self.go_on().await;
        self.check_quiet();
    }

    /// Until nothing is planned, nothing runs and no message is left.
    async fn go_on(&mut self) {
        loop {
            self.steps += 1;
            if self.steps > STEPS {
                if self.steps == STEPS + 1 {
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
                (!self.running.is_empty()).then_some(far)
            }) else {
                return;
            };
            tokio::select! {
                biased;
                Some(signal) = self.signals.recv() => match signal {
                    Signal::Kill(instance) => self.kill(instance),
                    Signal::Change => self.change(true),
                    Signal::Sent => {}
                },
                Some(ended) = self.tasks.join_next() => {
                    if let Ok(ended) = ended {
                        self.settle(&ended);
                    }
                }
                () = tokio::time::sleep_until(next + Duration::from_millis(1)) => {}
            }
        }
    }

    /// Whether nothing runs and no message is left, due or not.
    pub(super) fn is_quiet(&self) -> bool {
        let left: usize = QUEUES.iter().map(|(queue, _)| self.queues().len(queue)).sum();
        self.running.is_empty() && left == 0 && self.queues().next_due().is_none()
    }

    /// Gives out what is due to instances that have a hand free.
    fn hand_out(&mut self) {
        for (index, (queue, _)) in QUEUES.iter().enumerate() {
            loop {
                let free: Vec<usize> = (0..self.instances.len())
                    .filter(|at| self.instances[*at].busy[index] < self.plan.calls)
                    .collect();
                let Some(at) = self.random.pick(&free).copied() else {
                    break;
                };
                let Some(delivery) = self.queues().receive(queue) else {
                    break;
                };
                self.deliver(at, index, &delivery);
                self.disturb_delivery(index, &delivery);
            }
        }
    }

    fn deliver(&mut self, at: usize, queue: usize, delivery: &Delivery) {
        let function = QUEUES[queue].1;
        let body = encode_queue_message("message", true, delivery, NAMESPACE, &self.sys(function));
        self.instances[at].busy[queue] += 1;
        let request = invocation(&format!("/{function}"), body);
        self.invoke(at, Work::Message(queue, delivery.lock), request);
    }

    pub(super) fn fire_timer(&mut self, at: usize) {
        self.timers += 1;
        let body = encode_timer("timer", None, false, &self.sys("schedule-refresh"));
        self.invoke(at, Work::Timer, invocation("/schedule-refresh", body));
    }

    pub(super) fn post_webhook(&mut self, at: usize, event: &Event, body: String, secret: &str) {
        let is_forged = secret != crate::simulator::tenant::WEBHOOK_SECRET;
        let mut request = invocation("/api/webhooks/acr", body);
        if let Ok(secret) = secret.parse() {
            request.headers_mut().insert("x-inventory-secret", secret);
        }
        let work = Work::Webhook {
            is_forged,
            event: event.clone(),
            begun: Instant::now(),
        };
        self.invoke(at, work, request);
    }

    fn sys(&self, function: &str) -> Sys {
        Sys {
            function: function.to_owned(),
            now: self.network.front().world().clock.now(),
            id: crate::random::uuid(),
        }
    }

    fn invoke(&mut self, at: usize, work: Work, request: Request<Body>) {
        let instance = &self.instances[at];
        self.next_invocation += 1;
        let invocation = self.next_invocation;
        let what = format!("invocation {invocation} of {}", request.uri().path());
        self.network.state().line(instance.id, &what, "begins");
        let router = instance.router.clone();
        let work_on = async move {
            // A router never fails.
            let Ok(response) = router.oneshot(request).await;
            let status = response.status().as_u16();
            let header = response.headers().get("content-type");
            let content_type = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
            let body = to_bytes(response.into_body(), 1 << 20).await.unwrap_or_default();
            (status, content_type, body.to_vec())
        };
        let task = self.tasks.spawn(SKEW.scope(instance.skew, async move {
            Ended {
                invocation,
                answer: tokio::time::timeout(FUNCTION_TIMEOUT, work_on).await.ok(),
            }
        }));
        let instance = instance.id;
        self.running.insert(invocation, Running { instance, work, task });
    }

    fn settle(&mut self, ended: &Ended) {
        let Some(running) = self.running.remove(&ended.invocation) else {
            return;
        };
        self.network.state().line(
            running.instance,
            &format!("invocation {}", ended.invocation),
            &format!("{:?}", ended.answer.as_ref().map(|(status, _, _)| status)),
        );
        let Some((status, content_type, body)) = &ended.answer else {
            self.violation("an invocation took longer than the function timeout".to_owned());
            self.running.insert(ended.invocation, running);
            return;
        };
        match running.work {
            Work::Timer => {}
            Work::Webhook {
                is_forged,
                event,
                begun,
            } => {
                if *status == 202 {
                    self.accept(event, begun);
                }
                if is_forged != (*status == 401) {
                    self.violation(format!(
                        "a webhook call (forged: {is_forged}) was answered with {status}"
                    ));
                }
            }
            Work::Message(queue, given) => {
                if let Some(instance) = self.instances.iter_mut().find(|found| found.id == running.instance) {
                    instance.busy[queue] -= 1;
                }
                let verdict = judge(*status, content_type.as_deref(), None, body);
                if verdict == Answer::NeverCompletes {
                    self.violation("an answer would hang the host".to_owned());
                }
                if self.habits.contains(&Habit::AcknowledgementLost) && self.random.chance(0.3) {
                    // The lock runs out, and the message comes again.
                    self.fired("acknowledgement-lost");
                    return;
                }
                if matches!(verdict, Answer::Succeeded { .. }) {
                    self.queues().complete(given);
                } else {
                    self.queues().abandon(given);
                }
            }
        }
    }

    /// SIGKILL: everything in flight on the instance is gone; another one takes its place.
    pub(super) fn kill(&mut self, id: u64) {
        let Some(at) = self.instances.iter().position(|instance| instance.id == id) else {
            return;
        };
        self.report.kills += 1;
        self.network.state().line(id, "instance", "killed");
        let dead: Vec<u64> = self
            .running
            .iter()
            .filter(|(_, running)| running.instance == id)
            .map(|(invocation, _)| *invocation)
            .collect();
        // The host sees the process end and gives the messages back; or it ends too, and their locks run out.
        let host_lives = self.random.chance(0.5);
        for invocation in dead {
            if let Some(running) = self.running.remove(&invocation) {
                running.task.abort();
                if let (Work::Message(_, given), true) = (running.work, host_lives) {
                    self.queues().abandon(given);
                }
            }
        }
        self.instances.remove(at);
        if let Err(error) = self.start_instance() {
            self.violation(format!("an instance does not start: {error:#}"));
        }
    }

    pub(super) fn start_instance(&mut self) -> anyhow::Result<()> {
        self.next_instance += 1;
        let skew = if self.habits.contains(&Habit::ClockOff) {
            self.fired("clock-off");
            time::Duration::seconds(i64::try_from(self.random.below(7_200)).unwrap_or(0) - 3_600)
        } else {
            time::Duration::ZERO
        };
        let instance = Instance::start(self.next_instance, &self.plan, &self.network, skew)?;
        self.instances.push(instance);
        Ok(())
    }

    /// A random instance.
    pub(super) fn any_instance(&mut self) -> usize {
        usize::try_from(self.random.below(self.instances.len() as u64)).unwrap_or(0)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn invocation(path: &str, body: String) -> Request<Body> {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = axum::http::Method::POST;
    if let Ok(uri) = path.parse() {
        *request.uri_mut() = uri;
    }
    let id = crate::random::uuid().to_string();
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("x-azure-functions-invocationid", id.as_str()),
    ] {
        if let Ok(value) = value.parse() {
            request.headers_mut().insert(name, value);
        }
    }
    request
}

/// A blob name as sent, percent-encoding undone.
fn decoded(path: &str) -> String {
    let pairs = url::form_urlencoded::parse(path.as_bytes());
    // There is neither `&` nor `=` nor `+` in the names of the inventory: the path is one key.
    pairs.map(|(key, _)| key.into_owned()).collect()
}
