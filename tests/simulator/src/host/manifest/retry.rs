//! `retry` of a function.json: how the host itself tries a failed invocation again.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::host_json::read_time_span;

/// A retry policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Tries after the first.
    pub max_count: u32,
    /// Before the first of them; with `exponentialBackoff` every further pause is longer by as much.
    minimum: Duration,
    maximum: Duration,
}

impl Retry {
    /// Reads the object; none where there is none.
    pub(super) fn read(retry: &Value) -> anyhow::Result<Option<Self>> {
        if retry.is_null() {
            return Ok(None);
        }
        let span = |key: &str| {
            let text = retry[key].as_str().with_context(|| format!("{key} is missing"))?;
            read_time_span(text).with_context(|| format!("{key} {text:?} is not hh:mm:ss"))
        };
        let (minimum, maximum) = match retry["strategy"].as_str() {
            Some("exponentialBackoff") => (span("minimumInterval")?, span("maximumInterval")?),
            Some("fixedDelay") => (span("delayInterval")?, span("delayInterval")?),
            other => bail!("strategy {other:?} is unknown"),
        };
        let max_count = retry["maxRetryCount"]
            .as_u64()
            .and_then(|count| u32::try_from(count).ok());
        Ok(Some(Self {
            max_count: max_count.context("maxRetryCount is not a number")?,
            minimum,
            maximum,
        }))
    }

    /// The pause before this retry, the first of which is 1. The host was seen to wait 5, 10 and 15 s where the least
    /// was 5 s; that it also draws at random is left out.
    pub fn pause(&self, retry: u32) -> Duration {
        (self.minimum * retry).min(self.maximum)
    }
}
