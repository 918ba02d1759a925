//! Queue messages: received, posted to their function, then completed or abandoned; the clock is stepped when nothing is
//! due.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::Host;
use super::encoding::encode_queue_message;
use super::invoke::InvocationOutcome;
use super::manifest::{Function, Trigger};
use crate::lock::lock;
use crate::service_bus::Delivery;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunReport {
    /// Invocations by function.
    pub invocations: BTreeMap<String, u64>,
    /// Invocations that did not succeed.
    pub failures: u64,
    /// Deliveries with a delivery count above 1.
    pub redeliveries: u64,
    /// Messages that went to a dead-letter queue meanwhile.
    pub dead_letters: u64,
    /// Successes whose lock was gone, so that the message comes again.
    pub lost_locks: u64,
    /// Successes whose message the host gave back because it was being stopped.
    pub given_back: u64,
    /// Times the clock was stepped.
    pub steps: u64,
    /// False: the limit passed before everything was done.
    pub is_idle: bool,
    /// Reasons of the first failures, as `function: reason`.
    pub reasons: Vec<String>,
}

/// What became of a message.
enum Ended {
    Completed,
    Abandoned,
    /// Its lock was gone: it comes, or came, again by itself.
    LockLost,
}

/// Reasons kept in a report.
const REASONS: usize = 20;

impl Host {
    /// Delivers once every message that is due now; what a failing handler gets back waits for the next call.
    pub async fn deliver_due(&self) -> RunReport {
        let mut report = RunReport::default();
        let buried = self.dead_letters();
        let budgets = self
            .queue_functions()
            .map(|(_, queue, _)| lock(&self.queues).len(queue))
            .collect();
        self.drain(&mut report, Some(budgets), None).await;
        report.dead_letters = self.dead_letters() - buried;
        report.is_idle = lock(&self.queues).is_empty();
        report
    }

    /// Delivers until no message is left, for at most `limit` of real time and what is in flight then.
    ///
    /// With `hasten`, scheduled messages do not wait for real time: when nothing is due they all come so much nearer that
    /// the next one is. The clock stands: it is the handler's too, whose tokens would expire. For a lock that a killed
    /// host left, the clock steps. Without it, idle means that nothing is due now.
    pub async fn run_until_idle(&self, limit: Duration, hasten: bool) -> RunReport {
        let mut report = RunReport::default();
        let buried = self.dead_letters();
        let deadline = Instant::now() + limit;
        loop {
            self.drain(&mut report, None, Some(deadline)).await;
            if Instant::now() >= deadline {
                break;
            }
            let next = lock(&self.queues).next_due();
            match next {
                Some(due) if hasten => {
                    let wait = due - self.clock.now() + time::Duration::milliseconds(1);
                    if lock(&self.queues).hasten(wait) == 0 {
                        self.clock.advance(wait.try_into().unwrap_or_default());
                    }
                    report.steps += 1;
                }
                _ => {
                    report.is_idle = true;
                    break;
                }
            }
        }
        report.dead_letters = self.dead_letters() - buried;
        report
    }

    /// Keeps up to `maxConcurrentCalls` invocations of every queue function in flight until none is due, the budget of
    /// a function is spent or the deadline has passed.
    async fn drain(&self, report: &mut RunReport, mut budgets: Option<Vec<usize>>, deadline: Option<Instant>) {
        let functions: Vec<_> = self.queue_functions().collect();
        let mut busy = vec![0; functions.len()];
        let mut running = FuturesUnordered::new();
        loop {
            for (index, (function, queue, is_binary)) in functions.iter().enumerate() {
                while busy[index] < self.package.host.max_concurrent_calls
                    && !*self.is_stopping.borrow()
                    && deadline.is_none_or(|at| Instant::now() < at)
                    && budgets.as_ref().is_none_or(|left| left[index] > 0)
                {
                    let Some(delivery) = lock(&self.queues).receive(queue) else {
                        break;
                    };
                    busy[index] += 1;
                    if let Some(left) = &mut budgets {
                        left[index] -= 1;
                    }
                    report.count(function, &delivery);
                    let deliver = self.deliver(function, *is_binary, delivery);
                    running.push(async move { (index, deliver.await) });
                }
            }
            let Some((index, (outcome, ended))) = running.next().await else {
                if *self.is_stopping.borrow() {
                    // Goes on under the next handler.
                    let _ = self.is_stopping.subscribe().wait_for(|is_stopping| !is_stopping).await;
                    continue;
                }
                return;
            };
            busy[index] -= 1;
            report.add(&outcome, &ended);
        }
    }

    /// Invokes, and completes or abandons.
    async fn deliver(&self, function: &Function, is_binary: bool, delivery: Delivery) -> (InvocationOutcome, Ended) {
        self.in_flight.send_modify(|messages| *messages += 1);
        let sys = self.sys(&function.name, self.clock.now());
        let body = encode_queue_message(&function.binding, is_binary, &delivery, &self.namespace, &sys);
        let outcome = self.invoke(&function.name, body).await;
        let is_done = outcome.succeeded() && !*self.is_stopping.borrow();
        let mut queues = lock(&self.queues);
        let ended = match is_done {
            true if queues.complete(delivery.lock) => Ended::Completed,
            false if queues.abandon(delivery.lock) => Ended::Abandoned,
            _ => Ended::LockLost,
        };
        drop(queues);
        self.in_flight.send_modify(|messages| *messages -= 1);
        (outcome, ended)
    }

    fn queue_functions(&self) -> impl Iterator<Item = (&Function, &str, bool)> {
        self.package
            .functions
            .iter()
            .filter_map(|function| match &function.trigger {
                Trigger::ServiceBus { queue, is_binary } => Some((function, queue.as_str(), *is_binary)),
                _ => None,
            })
    }

    fn dead_letters(&self) -> u64 {
        let mut queues = lock(&self.queues);
        let names = queues.names();
        names.iter().map(|queue| queues.counters(queue).dead_lettered).sum()
    }
}

impl RunReport {
    fn count(&mut self, function: &Function, delivery: &Delivery) {
        *self.invocations.entry(function.name.clone()).or_default() += 1;
        if delivery.delivery_count > 1 {
            self.redeliveries += 1;
        }
    }

    fn add(&mut self, outcome: &InvocationOutcome, ended: &Ended) {
        if outcome.succeeded() {
            self.lost_locks += u64::from(matches!(ended, Ended::LockLost));
            self.given_back += u64::from(matches!(ended, Ended::Abandoned));
            return;
        }
        self.failures += 1;
        if self.reasons.len() < REASONS {
            let reason = format!("{}: {:?}", outcome.function, outcome.outcome);
            self.reasons.push(reason);
        }
    }
}
