//! The host of the function app: gives out messages, calls the handler, settles by its answers.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use tokio::task::AbortHandle;
use tower::ServiceExt as _;
use uuid::Uuid;

use acr_inventory::hash::sha256;
use acr_inventory::inventory::message::{RefreshRegistry, RefreshRepository, decode_message};

use super::progress::registry_of;
use super::{Accepted, Due, Life, QUEUES};
use crate::event::Event;
use crate::kind::Habit;
use crate::looks::INVOCATION;
use crate::plan::LONGEST_LISTS;
use simulator::host::{Answer, RetryContext, Sys, encode_queue_message, encode_timer, judge};
use simulator::service_bus::Delivery;
use simulator::tenant::NAMESPACE;

/// The host kills the process of a function that takes longer.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(600);
/// The host tries a failed timer again so often, as its function.json says …
const TIMER_RETRIES: u32 = 3;
/// … pausing for so long before the first time, twice as long before the second, and so on.
const TIMER_PAUSE: Duration = Duration::from_secs(5);

/// The broker knows the ids of messages for a day; this much of it is certain.
const REMEMBERED: time::Duration = time::Duration::hours(20);

/// What an invocation works on.
pub(super) enum Work {
    /// The id that all tries have in common, and the tries before this one.
    Timer(Uuid, u32),
    /// Queue and lock.
    Message(usize, Uuid),
    Webhook {
        is_forged: bool,
        brought: Accepted,
    },
}

/// An invocation under way.
pub(super) struct Running {
    pub(super) instance: u64,
    pub(super) work: Work,
    pub(super) task: AbortHandle,
}

/// An invocation that is over.
pub(super) struct Ended {
    invocation: u64,
    /// None: the function timeout passed.
    answer: Option<(u16, Option<String>, Vec<u8>)>,
}

impl Life {
    /// Gives out what is due to instances that have a hand free.
    pub(super) fn hand_out(&mut self) {
        if self.is_stopped {
            return;
        }
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
                self.check_single(index, &delivery);
                self.deliver(at, index, &delivery);
                self.disturb_delivery(index, &delivery);
            }
        }
    }

    /// One piece of work is one message, however often it was sent (copies that the broker makes have no id of ours; and
    /// what cannot be kept in quarantine is sent again as it is, under another id than that of its body).
    fn check_single(&mut self, queue: usize, delivery: &Delivery) {
        let body = &delivery.message.body;
        let is_ours =
            decode_message::<RefreshRegistry>(body).is_ok() || decode_message::<RefreshRepository>(body).is_ok();
        let is_another = |id: &String| id.starts_with("sha256:") && *id != sha256(body);
        if delivery.message.message_id.as_ref().is_none_or(is_another) || !is_ours {
            return;
        }
        let work = (queue, delivery.message.body.clone());
        let now = self.network.front().world().clock.now();
        let here = (delivery.sequence_number, now);
        let (first, at) = *self.handed_out.entry(work).or_insert(here);
        // Days later the broker does not know any more.
        if first != delivery.sequence_number && now - at < REMEMBERED {
            let body = String::from_utf8_lossy(&delivery.message.body).into_owned();
            self.violation(format!("the same work is two messages: {body}"));
        }
    }

    /// The refresh messages that were ever given out: id, and the number of the generation that each asked for.
    pub(crate) fn refresh_messages(&self) -> impl Iterator<Item = (String, u64)> {
        let bodies = self.handed_out.keys().map(|(_, body)| body);
        let messages = bodies.filter_map(|body| decode_message::<RefreshRegistry>(body).ok());
        messages.map(|message| (message.id.to_string(), message.generation.number()))
    }

    fn deliver(&mut self, at: usize, queue: usize, delivery: &Delivery) {
        let function = QUEUES[queue].1;
        let body = encode_queue_message("message", true, delivery, NAMESPACE, &self.sys(function));
        self.instances[at].busy[queue] += 1;
        let request = invocation(&format!("/{function}"), simulator::random::uuid(), body);
        let begun = self.begun(delivery).filter(|_| queue == 0);
        self.invoke(at, Work::Message(queue, delivery.lock), request);
        self.in_hand.insert(self.next_invocation, registry_of(delivery));
        if let Some(begun) = begun {
            self.begun.insert(self.next_invocation, begun);
        }
    }

    pub(crate) fn fire_timer(&mut self, at: usize) {
        self.timers += 1;
        self.try_timer(at, simulator::random::uuid(), 0);
    }

    /// One try; what fails is tried again under the same id.
    pub(crate) fn try_timer(&mut self, at: usize, id: Uuid, retries: u32) {
        if self.is_stopped {
            return;
        }
        let retry = RetryContext {
            retry_count: retries,
            max_retry_count: TIMER_RETRIES,
            invocation_id: id,
        };
        let body = encode_timer("timer", None, false, Some(&retry), &self.sys("schedule-refresh"));
        self.invoke(at, Work::Timer(id, retries), invocation("/schedule-refresh", id, body));
    }

    pub(crate) fn post_webhook(&mut self, at: usize, event: &Event, body: String, secret: &str) {
        let is_forged = secret != simulator::tenant::WEBHOOK_SECRET;
        let mut request = invocation("/api/webhooks/acr", simulator::random::uuid(), body);
        if let Ok(secret) = secret.parse() {
            request.headers_mut().insert("x-inventory-secret", secret);
        }
        let work = Work::Webhook {
            is_forged,
            brought: self.brought(event.clone()),
        };
        self.invoke(at, work, request);
    }

    fn sys(&self, function: &str) -> Sys {
        Sys {
            function: function.to_owned(),
            now: self.network.front().world().clock.now(),
            id: simulator::random::uuid(),
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
        let work_on = INVOCATION.scope(invocation, work_on);
        let task = self.tasks.spawn(async move {
            Ended {
                invocation,
                answer: tokio::time::timeout(FUNCTION_TIMEOUT, work_on).await.ok(),
            }
        });
        let instance = instance.id;
        self.running.insert(invocation, Running { instance, work, task });
    }

    pub(super) fn settle(&mut self, ended: &Ended) {
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
            Work::Timer(id, retries) => {
                let verdict = judge(*status, content_type.as_deref(), None, body);
                if !matches!(verdict, Answer::Succeeded { .. }) && retries < TIMER_RETRIES {
                    self.schedule(TIMER_PAUSE * (retries + 1), Due::TimerAgain(id, retries + 1));
                }
            }
            Work::Webhook { is_forged, brought } => {
                if *status == 202 {
                    self.accepted.push(brought);
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
                    self.check_progress(ended.invocation);
                    // What is long is left to the next refresh.
                    let is_decided = self.plan.document_lines > LONGEST_LISTS;
                    if queue == 1 && is_decided && (self.is_burst || self.plan.inject_at.is_some()) {
                        self.network.state().seen.answer(ended.invocation);
                    }
                    self.queues().complete(given);
                } else {
                    self.queues().abandon(given);
                }
            }
        }
    }
}

fn invocation(path: &str, id: Uuid, body: String) -> Request<Body> {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = axum::http::Method::POST;
    if let Ok(uri) = path.parse() {
        *request.uri_mut() = uri;
    }
    let id = id.to_string();
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
