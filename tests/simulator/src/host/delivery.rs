//! Queue messages: received, posted to their function and settled, with the clock stepped when nothing is due.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::Host;
use super::encoding::encode_queue_message;
use super::invoke::Outcome;
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
    /// Times the clock was stepped.
    pub steps: u64,
    /// False: the limit passed before everything was done.
    pub is_idle: bool,
    /// Reasons of the first failures, as `function: reason`.
    pub reasons: Vec<String>,
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
            .map(|(_, queue)| lock(&self.queues).len(queue))
            .collect();
        self.drain(&mut report, Some(budgets), None).await;
        report.dead_letters = self.dead_letters() - buried;
        report.is_idle = lock(&self.queues).is_empty();
        report
    }

    /// Delivers until no message is left, for at most `limit` of real time and what is in flight then.
    ///
    /// Scheduled messages (and locks that a killed host left) do not wait for real time: when nothing is due the clock
    /// steps to the next that is.
    pub async fn run_until_idle(&self, limit: Duration) -> RunReport {
        let mut report = RunReport::default();
        let buried = self.dead_letters();
        let deadline = Instant::now() + limit;
        loop {
            self.drain(&mut report, None, Some(deadline)).await;
            if Instant::now() >= deadline {
                break;
            }
            let next = lock(&self.queues).next_due();
            let Some(due) = next else {
                report.is_idle = true;
                break;
            };
            let wait = due - self.clock.now() + time::Duration::milliseconds(1);
            self.clock.advance(wait.try_into().unwrap_or_default());
            report.steps += 1;
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
            for (index, (function, queue)) in functions.iter().enumerate() {
                while busy[index] < self.package.host.max_concurrent_calls
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
                    let deliver = self.deliver(function, delivery);
                    running.push(async move { (index, (*function, deliver.await)) });
                }
            }
            let Some((index, (function, outcome))) = running.next().await else {
                return;
            };
            busy[index] -= 1;
            report.settle(function, &outcome);
        }
    }

    /// Invokes and settles.
    async fn deliver(&self, function: &Function, delivery: Delivery) -> Outcome {
        let sys = self.sys(&function.name, self.clock.now());
        let body = encode_queue_message(&function.binding, &delivery, &self.namespace, &sys);
        let outcome = self.invoke(&function.name, body).await;
        let mut queues = lock(&self.queues);
        // A lock that is gone by now leaves the message where it is: it comes again.
        match outcome {
            Outcome::Succeeded => queues.complete(delivery.lock),
            Outcome::Failed(_) => queues.abandon(delivery.lock),
        };
        outcome
    }

    fn queue_functions(&self) -> impl Iterator<Item = (&Function, &str)> {
        self.package
            .functions
            .iter()
            .filter_map(|function| match &function.trigger {
                Trigger::ServiceBus { queue } => Some((function, queue.as_str())),
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

    fn settle(&mut self, function: &Function, outcome: &Outcome) {
        let Outcome::Failed(reason) = outcome else { return };
        self.failures += 1;
        if self.reasons.len() < REASONS {
            self.reasons.push(format!("{}: {reason}", function.name));
        }
    }
}
