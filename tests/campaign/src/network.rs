//! What lies between an instance of the function app and the simulated Azure: time, faults, and the end of instances.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::CrashPoint;
use super::laptop::FIRST_LAPTOP;
use super::looks::{Looks, written};
use super::plan::Plan;
use acr_inventory::azure::http::HttpError;
use acr_inventory::azure::http::in_process::Exchange;
use simulator::lock::lock;
use simulator::random::seeded::Random;
use simulator::wire::SimRequest;
use simulator::{InProcess, Service};

/// A client gives up when nothing comes for so long, as the real one does.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// So many processes more are killed …
const AGAIN: u32 = 14;
/// … so many requests after each other: a message can be sent again meanwhile.
const BETWEEN: u64 = 4;
/// A request that is held up takes so long: less than its client waits, more than a refresh takes.
const HOLD: Duration = Duration::from_secs(20);
/// A laptop that falls asleep sleeps for so long, by the clock of its program.
pub(super) const SLEEP: Duration = Duration::from_secs(900);
const MINUTE: Duration = Duration::from_secs(60);

/// Something that the network noticed and the life has to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// This instance is to die now.
    Kill(u64),
    /// A request of this instance is held up from now on.
    Held(u64),
    /// This laptop sleeps from now on.
    Asleep(u64),
    /// The function app is to be stopped now.
    Stop,
    /// Something is to happen to a registry now.
    Change,
    /// A message may have been sent.
    Sent,
}

/// The network of one life.
pub(super) struct Network {
    front: InProcess,
    latency: Duration,
    reads_per_minute: Option<usize>,
    signals: UnboundedSender<Signal>,
    state: Mutex<State>,
}

pub(super) struct State {
    random: Random,
    pub(super) requests: u64,
    /// What is to happen to the instance of the request with this number.
    pub(super) inject_at: Option<(u64, CrashPoint)>,
    /// Kills by [`CrashPoint::KilledAgain`] so far.
    killed_again: u32,
    /// This laptop falls asleep when it begins to thin this registry.
    pub(super) dozing: Option<(u64, String)>,
    /// The function app is to be stopped when all of this registry has been read, and its snapshot is not published.
    pub(super) stop_in_close: Option<String>,
    /// Something is to happen to a registry at these requests to registries.
    pub(super) change_at: BTreeSet<u64>,
    registry_requests: u64,
    /// Requests that each registry answered with 200.
    answered: BTreeMap<String, u64>,
    /// Hosts that no name server knows.
    pub(super) unknown_hosts: BTreeSet<String>,
    /// Until when a registry wants no request of an instance.
    closed: BTreeMap<(u64, String), Instant>,
    /// When the registries were read in the last minute, by instance and host.
    reads: BTreeMap<(u64, String), VecDeque<Instant>>,
    /// When the last look at a repository began that the registry answered, by host and repository; without a
    /// repository: when it last refused us.
    looks: BTreeMap<(String, Option<String>), Instant>,
    /// The same, by who looked.
    pub(super) seen: Looks,
    /// When Resource Manager last wanted to be left alone.
    pub(super) arm_closed: Option<Instant>,
    pub(super) violations: Vec<String>,
    hash: DefaultHasher,
    trace: bool,
    begun: Instant,
}

impl Network {
    pub(super) fn new(front: InProcess, plan: &Plan, signals: UnboundedSender<Signal>, trace: bool) -> Self {
        Self {
            front,
            latency: plan.latency,
            reads_per_minute: plan.reads_per_minute(),
            signals,
            state: Mutex::new(State {
                random: Random::new(plan.seed ^ 0x6e65_7477_6f72_6b00),
                requests: 0,
                inject_at: None,
                killed_again: 0,
                dozing: None,
                stop_in_close: None,
                change_at: BTreeSet::new(),
                registry_requests: 0,
                answered: BTreeMap::new(),
                unknown_hosts: BTreeSet::new(),
                closed: BTreeMap::new(),
                reads: BTreeMap::new(),
                looks: BTreeMap::new(),
                seen: Looks::default(),
                arm_closed: None,
                violations: Vec::new(),
                hash: DefaultHasher::new(),
                trace,
                begun: Instant::now(),
            }),
        }
    }

    pub(super) fn front(&self) -> &InProcess {
        &self.front
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The way of one instance into this network.
    pub(super) fn exchange(self: &Arc<Self>, instance: u64) -> Exchange {
        let network = Arc::clone(self);
        Arc::new(move |request| {
            let network = Arc::clone(&network);
            Box::pin(async move { network.carry(instance, request).await })
        })
    }

    /// A way into this network on which nothing goes wrong and no time passes.
    pub(super) fn undisturbed(self: &Arc<Self>) -> Exchange {
        let network = Arc::clone(self);
        Arc::new(move |request| {
            let network = Arc::clone(&network);
            Box::pin(async move {
                let answer = network.front.answer(decode(&request)).await;
                Ok(received(answer))
            })
        })
    }

    async fn carry(&self, instance: u64, request: reqwest::Request) -> Result<reqwest::Response, HttpError> {
        let request = decode(&request);
        let begun = Instant::now();
        let service = InProcess::service(&request);
        let (there, back, point) = self.depart(instance, service, &request)?;
        if matches!(point, Some(CrashPoint::KilledBefore | CrashPoint::KilledAgain)) {
            return self.die(instance).await;
        }
        if point == Some(CrashPoint::HeldUp) {
            let _ = self.signals.send(Signal::Held(instance));
            tokio::time::sleep(HOLD).await;
        }
        if self.falls_asleep(instance, &request) {
            let _ = self.signals.send(Signal::Asleep(instance));
            tokio::time::sleep(SLEEP).await;
        }
        tokio::time::sleep(there).await;
        let line = format!("{} https://{}{}", request.method, request.host, request.path);
        let host = request.host.clone();
        // It may have gone meanwhile.
        if self.state().unknown_hosts.contains(&host) {
            return Err(HttpError::Unreachable("no such host".to_owned()));
        }
        let (look, written) = (looked_at(&request), written(&request));
        // A single manifest that is refused says nothing about its repository.
        let is_content = request.path.contains("/manifests/");
        let closes = instance < FIRST_LAPTOP && self.is_to_stop(&request);
        let answer = tokio::time::timeout(READ_TIMEOUT, self.front.answer(request)).await;
        if service == Service::ServiceBus {
            self.state().seen.passed_on();
            let _ = self.signals.send(Signal::Sent);
        }
        if closes {
            let _ = self.signals.send(Signal::Stop);
            return std::future::pending().await;
        }
        if point == Some(CrashPoint::KilledAfter) {
            return self.die(instance).await;
        }
        let Ok(answer) = answer else {
            self.state().line(instance, &line, "no answer in time");
            return Err(HttpError::TimedOut);
        };
        self.state().line(instance, &line, answer.status().as_str());
        if let Some(written) = &written {
            let wrong = self.state().seen.wrote(written, answer.status().as_u16());
            self.state().violations.extend(wrong);
        }
        if let (Some(repository), 200 | 404) = (&look, answer.status().as_u16()) {
            self.state().seen.looked(&host, repository, begun);
        }
        if service == Service::Arm && answer.status() == 429 {
            self.state().arm_closed = Some(Instant::now());
        }
        if service == Service::Registry && !is_content {
            self.state().note_look(&host, look, begun, answer.status().as_u16());
        }
        if service == Service::Registry && answer.status() == 200 {
            *self.state().answered.entry(host.clone()).or_default() += 1;
        }
        tokio::time::sleep(back).await;
        if service == Service::Registry && answer.status() == 429 {
            self.state().close(instance, host, &answer);
        }
        Ok(received(answer))
    }

    /// How long the request takes there and back, and what happens to its instance.
    fn depart(
        &self,
        instance: u64,
        service: Service,
        request: &SimRequest,
    ) -> Result<(Duration, Duration, Option<CrashPoint>), HttpError> {
        let mut state = self.state();
        state.requests += 1;
        if state.unknown_hosts.contains(&request.host) {
            return Err(HttpError::Unreachable("no such host".to_owned()));
        }
        if service == Service::Registry {
            state.registry_requests += 1;
            let number = state.registry_requests;
            if state.change_at.remove(&number) {
                let _ = self.signals.send(Signal::Change);
            }
            state.check_closed(instance, &request.host);
            if let Some(most) = self.reads_per_minute
                && !request.path.starts_with("/oauth2/")
            {
                state.check_budget(instance, &request.host, most);
            }
        }
        let number = state.requests;
        let point = state.inject_at.take_if(|(at, _)| *at <= number).map(|(_, point)| point);
        if point == Some(CrashPoint::KilledAgain) && state.killed_again < AGAIN {
            state.killed_again += 1;
            state.inject_at = Some((number + BETWEEN, CrashPoint::KilledAgain));
        }
        let longest = u64::try_from(self.latency.as_micros()).unwrap_or(u64::MAX);
        let mut time = || Duration::from_micros(state.random.between(longest / 4, longest));
        Ok((time(), time(), point))
    }

    /// Whether a laptop that is about to fall asleep sends its first request of retention.
    fn falls_asleep(&self, instance: u64, request: &SimRequest) -> bool {
        let Some(prefix) = request.query("prefix").filter(|prefix| prefix.ends_with("/snapshots/")) else {
            return false;
        };
        let begins = |dozing: &mut (u64, String)| dozing.0 == instance && prefix.contains(&dozing.1);
        request.query("comp") == Some("list") && self.state().dozing.take_if(begins).is_some()
    }

    /// Whether a request saves the checkpoint with which the function app is to be stopped.
    fn is_to_stop(&self, request: &SimRequest) -> bool {
        let state = self.state();
        let server = state.stop_in_close.as_ref();
        server.is_some_and(|server| request.path.contains(server.as_str()) && saves_close(request))
    }

    /// The process ends here; nothing of it ever goes on.
    async fn die(&self, instance: u64) -> Result<reqwest::Response, HttpError> {
        let _ = self.signals.send(Signal::Kill(instance));
        std::future::pending().await
    }
}

impl State {
    /// Notes what happened, for the trace and its hash.
    pub(super) fn line(&mut self, instance: u64, what: &str, how: &str) {
        let at = self.begun.elapsed();
        (at, instance, what, how).hash(&mut self.hash);
        if self.trace {
            // At once: a life that never ends has a trace too.
            println!("{:>12.3} s  [{instance}] {what} -> {how}", at.as_secs_f64());
        }
    }

    /// Requests to registries so far.
    pub(super) fn registry_requests(&self) -> u64 {
        self.registry_requests
    }

    /// Requests that a registry answered with 200 so far.
    pub(super) fn answered(&self, host: &str) -> u64 {
        self.answered.get(host).copied().unwrap_or(0)
    }

    pub(super) fn trace_hash(&self) -> u64 {
        self.hash.clone().finish()
    }

    /// A moment as the trace has it.
    pub(super) fn seconds(&self, at: Instant) -> f64 {
        (at - self.begun).as_secs_f64()
    }

    fn note_look(&mut self, host: &str, look: Option<String>, begun: Instant, status: u16) {
        let what = match status {
            // Redirects and refusals: nothing that another look would mend.
            300..=399 | 401 | 403 => None,
            429 | 408 | 500..=599 => return,
            _ if look.is_some() => look,
            _ => return,
        };
        // Answers do not come in the order of the requests.
        let last = self.looks.entry((host.to_owned(), what)).or_insert(begun);
        *last = begun.max(*last);
    }

    /// When the last look at a repository began, answered with its list or with a refusal.
    pub(super) fn last_look(&self, host: &str, repository: &str) -> Option<Instant> {
        let of = |repository| self.looks.get(&(host.to_owned(), repository)).copied();
        of(Some(repository.to_owned())).max(of(None))
    }

    /// After a 429 the whole registry is left alone until `Retry-After` (none: 30 s by our own choice).
    fn close(&mut self, instance: u64, host: String, answer: &Response<Body>) {
        let header = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok());
        if let Some(seconds) = header.and_then(|text| text.parse().ok()) {
            let until = Instant::now() + Duration::from_secs(seconds);
            let closed = self.closed.entry((instance, host)).or_insert(until);
            *closed = until.max(*closed);
        }
    }

    /// One process reads a registry at most so often in any 60 s.
    fn check_budget(&mut self, instance: u64, host: &str, most: usize) {
        let now = Instant::now();
        let reads = self.reads.entry((instance, host.to_owned())).or_default();
        while reads.front().is_some_and(|at| *at + MINUTE <= now) {
            reads.pop_front();
        }
        reads.push_back(now);
        if reads.len() == most + 1 {
            let when = self.seconds(now);
            self.violations.push(format!(
                "instance {instance} read {host} more than {most} times in the minute before {when:.3} s"
            ));
        }
    }

    fn check_closed(&mut self, instance: u64, host: &str) {
        let key = (instance, host.to_owned());
        let now = Instant::now();
        let Some(until) = self.closed.get(&key).copied() else {
            return;
        };
        if now < until {
            self.violations.push(format!(
                "instance {instance} asked {host} {:.3} s before its Retry-After was over",
                (until - now).as_secs_f64()
            ));
        }
        self.closed.remove(&key);
    }
}

/// Whether a request saves a checkpoint whose list phase is over.
fn saves_close(request: &SimRequest) -> bool {
    request.method == axum::http::Method::PUT
        && request.path.ends_with("refresh.json")
        && serde_json::from_slice::<serde_json::Value>(&request.body).is_ok_and(|document| document["phase"] == "close")
}

/// The repository that a request begins to look at: its manifests from the beginning.
fn looked_at(request: &SimRequest) -> Option<String> {
    let path = request.path.strip_prefix("/acr/v1/")?;
    let repository = path.strip_suffix("/_manifests")?;
    request.query("last").is_none().then(|| repository.to_owned())
}

fn received(answer: Response<Body>) -> reqwest::Response {
    let (parts, body) = answer.into_parts();
    let body = reqwest::Body::wrap_stream(Body::into_data_stream(body));
    Response::from_parts(parts, body).into()
}

fn decode(request: &reqwest::Request) -> SimRequest {
    let url = request.url();
    let body = request.body().and_then(reqwest::Body::as_bytes);
    SimRequest {
        method: request.method().clone(),
        host: url.host_str().unwrap_or("").to_ascii_lowercase(),
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        headers: request.headers().clone(),
        body: body.map(bytes::Bytes::copy_from_slice).unwrap_or_default(),
    }
}
