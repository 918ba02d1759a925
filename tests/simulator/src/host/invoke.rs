//! One invocation: the request as the host sends it, and what became of it.

use std::sync::atomic::Ordering;

use anyhow::bail;
use futures_util::stream;
use time::OffsetDateTime;

use super::Host;
use super::answer::{Answer, judge};
use super::encoding::{HOST_VERSION, ScheduleStatus, Sys, encode_timer};
use super::manifest::Trigger;
use crate::lock::lock;

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The host settles the message as done.
    Succeeded,
    /// With the host's reason.
    Failed(String),
}

impl Host {
    /// Fires a timer function once. Its `ScheduleStatus` tells when it fired before.
    pub async fn fire_timer(&self, function: &str) -> anyhow::Result<Outcome> {
        let function = self.function(function)?;
        if function.trigger != Trigger::Timer {
            bail!("function {} is not a timer", function.name);
        }
        let now = self.clock.now();
        let last = lock(&self.timers).insert(function.name.clone(), now);
        let next = now.replace_nanosecond(0).unwrap_or(now);
        let sys = self.sys(&function.name, now);
        let body = encode_timer(&function.binding, Some(ScheduleStatus { last, next }), false, &sys);
        Ok(self.invoke(&function.name, body).await)
    }

    pub(super) fn sys(&self, function: &str, now: OffsetDateTime) -> Sys {
        Sys {
            function: function.to_owned(),
            now,
            id: crate::random::uuid(),
        }
    }

    /// Posts an invocation and waits for its answer.
    pub(super) async fn invoke(&self, function: &str, body: String) -> Outcome {
        match self.post(function, body).await {
            Ok(Answer::Succeeded) => Outcome::Succeeded,
            Ok(Answer::NeverCompletes) => Outcome::Failed("the answer would hang the host".to_owned()),
            Ok(Answer::Failed(reason)) => Outcome::Failed(reason),
            Err(error) => Outcome::Failed(format!("An error occurred while sending the request: {error:#}")),
        }
    }

    async fn post(&self, function: &str, body: String) -> anyhow::Result<Answer> {
        let port = self.supervisor.port().await?;
        let request = self
            .client
            .post(format!("http://127.0.0.1:{port}/{function}"))
            .header("x-azure-functions-hostversion", HOST_VERSION)
            .header("x-azure-functions-invocationid", crate::random::uuid().to_string())
            .header("user-agent", format!("Azure-Functions-Host/{HOST_VERSION}"))
            .header("traceparent", trace_parent())
            .header("content-type", "application/json; charset=utf-8");
        // `Transfer-Encoding: chunked` as in Azure, and `Content-Length` as under Core Tools, by turns.
        let request = if self.invoked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            let chunk = Ok::<_, std::io::Error>(body);
            request.body(reqwest::Body::wrap_stream(stream::iter([chunk])))
        } else {
            request.body(body)
        };
        let response = request.send().await?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let content_type = header("content-type");
        let content_length = header("content-length").and_then(|text| text.parse().ok());
        let body = response.bytes().await?;
        Ok(judge(status, content_type.as_deref(), content_length, &body))
    }
}

/// W3C trace context, as .NET sends it when an activity is current; not sampled.
fn trace_parent() -> String {
    let span = crate::random::uuid().simple().to_string();
    format!("00-{}-{}-00", crate::random::uuid().simple(), &span[..16])
}
