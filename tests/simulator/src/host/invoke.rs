//! One invocation: the request as the host sends it, and what became of it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::bail;
use futures_util::stream;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Host;
use super::answer::{Answer, judge};
use super::encoding::{Framing, HOST_VERSION, RetryContext, ScheduleStatus, Sys, encode_admin_message, encode_timer};
use super::manifest::Trigger;
use crate::lock::lock;

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    /// With the host's reason.
    Failed(String),
    /// The function timeout passed; the host killed the handler and everything in flight failed with it.
    TimedOut,
}

/// One invocation and its end.
#[derive(Debug, Clone)]
pub struct InvocationOutcome {
    pub invocation_id: Uuid,
    pub function: String,
    pub outcome: Outcome,
    /// Tries after the first that the function's retry policy led to.
    pub retries: u32,
    /// `Logs` of the answer.
    pub logs: Vec<String>,
    /// Real time.
    pub elapsed: Duration,
}

impl InvocationOutcome {
    /// True if the host settles the message as done.
    pub fn succeeded(&self) -> bool {
        self.outcome == Outcome::Succeeded
    }
}

impl Host {
    /// Fires a timer function once. Its `ScheduleStatus` tells when it fired before.
    ///
    /// A failed invocation is tried again by the function's retry policy, as the host does it: under the same invocation
    /// id and with the `ScheduleStatus` of the first try. The pauses do not take real time: the clock is stepped.
    pub async fn fire_timer(&self, function: &str, past_due: bool) -> anyhow::Result<InvocationOutcome> {
        let function = self.function(function)?;
        let Trigger::Timer { use_monitor, .. } = function.trigger else {
            bail!("function {} is not a timer", function.name);
        };
        let now = self.clock.now();
        let last = lock(&self.timers).insert(function.name.clone(), now);
        let due = now.replace_nanosecond(0).unwrap_or(now);
        let status = use_monitor.then_some(ScheduleStatus { last, next: due });
        let invocation_id = crate::random::uuid();
        let mut retries = 0;
        loop {
            let retry = function.retry.map(|retry| RetryContext {
                retry_count: retries,
                max_retry_count: retry.max_count,
                invocation_id,
            });
            let sys = self.sys(&function.name, self.clock.now());
            let body = encode_timer(&function.binding, status, past_due, retry.as_ref(), &sys);
            let ended = self.invoke_as(invocation_id, &function.name, body).await;
            match function.retry {
                Some(retry) if matches!(ended.outcome, Outcome::Failed(_)) && retries < retry.max_count => {
                    retries += 1;
                    self.clock.advance(retry.pause(retries));
                }
                _ => return Ok(InvocationOutcome { retries, ..ended }),
            }
        }
    }

    /// Invokes a queue function as `POST /admin/functions/NAME {"input": …}` does, without a queue. Recorded for bytes only.
    pub async fn invoke_by_admin(&self, function: &str, input: &str) -> anyhow::Result<InvocationOutcome> {
        let function = self.function(function)?;
        let Trigger::ServiceBus { is_binary: true, .. } = function.trigger else {
            bail!("function {} takes no bytes from a queue", function.name);
        };
        let sys = self.sys(&function.name, self.clock.now());
        let body = encode_admin_message(&function.binding, input, &sys);
        Ok(self.invoke(&function.name, body).await)
    }

    pub(super) fn sys(&self, function: &str, now: OffsetDateTime) -> Sys {
        Sys {
            function: function.to_owned(),
            now,
            id: crate::random::uuid(),
        }
    }

    /// Posts an invocation and waits for its end, at most for the function timeout.
    pub(super) async fn invoke(&self, function: &str, body: String) -> InvocationOutcome {
        self.invoke_as(crate::random::uuid(), function, body).await
    }

    async fn invoke_as(&self, invocation_id: Uuid, function: &str, body: String) -> InvocationOutcome {
        let begun = Instant::now();
        let (outcome, logs) = match self.post(function, invocation_id, body).await {
            Ok(Answer::Succeeded { logs }) => (Outcome::Succeeded, logs),
            Ok(Answer::NeverCompletes) => (Outcome::TimedOut, Vec::new()),
            Ok(Answer::Failed(reason)) => (Outcome::Failed(reason), Vec::new()),
            Err(error) => (Outcome::Failed(format!("{error:#}")), Vec::new()),
        };
        InvocationOutcome {
            invocation_id,
            function: function.to_owned(),
            outcome,
            retries: 0,
            logs,
            elapsed: begun.elapsed(),
        }
    }

    /// `NeverCompletes` here means that the timeout has passed and the handler was killed.
    async fn post(&self, function: &str, id: Uuid, body: String) -> anyhow::Result<Answer> {
        let framing = match self.invoked.fetch_add(1, Ordering::SeqCst) % 2 {
            0 => Framing::Chunked,
            _ => Framing::Sized,
        };
        let (port, mut run) = self.supervisor.running().await?;
        let this_run = *run.borrow_and_update();
        let exchange = async {
            let answer = self.exchange(port, function, id, body, framing).await;
            if answer == Answer::NeverCompletes {
                std::future::pending::<()>().await;
            }
            answer
        };
        let timeout = async {
            match self.function_timeout {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            answer = exchange => Ok(answer),
            _ = run.changed() => Ok(Answer::Failed("the handler was restarted".to_owned())),
            () = timeout => {
                self.supervisor.end_run(this_run).await;
                Ok(Answer::NeverCompletes)
            }
        }
    }

    async fn exchange(&self, port: u16, function: &str, id: Uuid, body: String, framing: Framing) -> Answer {
        let request = self
            .invocations
            .post(format!("http://127.0.0.1:{port}/{function}"))
            .header("x-azure-functions-hostversion", HOST_VERSION)
            .header("x-azure-functions-invocationid", id.to_string())
            .header("user-agent", format!("Azure-Functions-Host/{HOST_VERSION}"))
            .header("traceparent", trace_parent())
            .header("content-type", "application/json; charset=utf-8");
        let request = match framing {
            Framing::Sized => request.body(body),
            Framing::Chunked => {
                let chunk = Ok::<_, std::io::Error>(body);
                request.body(reqwest::Body::wrap_stream(stream::iter([chunk])))
            }
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return self.broken(&error).await,
        };
        let status = response.status().as_u16();
        let header = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let content_type = header("content-type");
        let content_length = header("content-length").and_then(|text| text.parse().ok());
        match response.bytes().await {
            Ok(body) => judge(status, content_type.as_deref(), content_length, &body),
            Err(error) => self.broken(&error).await,
        }
    }

    async fn broken(&self, error: &reqwest::Error) -> Answer {
        self.supervisor.notice_end().await;
        Answer::Failed(format!("An error occurred while sending the request: {error}"))
    }
}

/// W3C trace context, as .NET sends it when an activity is current; not sampled.
fn trace_parent() -> String {
    let span = crate::random::uuid().simple().to_string();
    format!("00-{}-{}-00", crate::random::uuid().simple(), &span[..16])
}
