//! The parts of `host.json` that the simulated host obeys.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// Default of Flex Consumption and Premium.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// The host's default is 16 for each core; one core here, so that runs are alike on every machine.
const DEFAULT_CONCURRENT_CALLS: usize = 16;

/// Settings of the host.
#[derive(Debug, Clone)]
pub struct HostJson {
    /// `customHandler.description.defaultExecutablePath`.
    pub executable: String,
    pub arguments: Vec<String>,
    /// HTTP functions are proxied to the handler with their own path.
    pub proxies_http: bool,
    /// `None`: unbounded (`"-1"`).
    pub function_timeout: Option<Duration>,
    /// `extensions.serviceBus.maxConcurrentCalls`, for each function.
    pub max_concurrent_calls: usize,
    /// `extensions.http.routePrefix`.
    pub route_prefix: String,
}

impl HostJson {
    /// Reads and checks `host.json`.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let document: Value = serde_json::from_slice(&bytes).with_context(|| format!("reading {}", file.display()))?;
        Self::from_document(&document).with_context(|| format!("reading {}", file.display()))
    }

    fn from_document(document: &Value) -> anyhow::Result<Self> {
        if document["version"] != "2.0" {
            bail!("version must be \"2.0\"");
        }
        let handler = &document["customHandler"];
        let description = &handler["description"];
        let executable = description["defaultExecutablePath"]
            .as_str()
            .context("customHandler.description.defaultExecutablePath is missing")?;
        let function_timeout = match document["functionTimeout"].as_str() {
            None => Some(DEFAULT_TIMEOUT),
            Some("-1") => None,
            Some(text) => {
                Some(read_time_span(text).with_context(|| format!("functionTimeout {text:?} is not hh:mm:ss"))?)
            }
        };
        let extensions = &document["extensions"];
        let arguments = description["arguments"].as_array();
        Ok(Self {
            executable: executable.to_owned(),
            arguments: arguments
                .into_iter()
                .flatten()
                .filter_map(|argument| argument.as_str().map(str::to_owned))
                .collect(),
            proxies_http: handler["enableProxyingHttpRequest"] == true,
            function_timeout,
            max_concurrent_calls: extensions["serviceBus"]["maxConcurrentCalls"]
                .as_u64()
                .and_then(|calls| usize::try_from(calls).ok())
                .unwrap_or(DEFAULT_CONCURRENT_CALLS)
                .max(1),
            route_prefix: extensions["http"]["routePrefix"].as_str().unwrap_or("api").to_owned(),
        })
    }
}

/// `hh:mm:ss`.
pub(super) fn read_time_span(text: &str) -> Option<Duration> {
    let mut seconds = 0;
    let mut parts = 0;
    for part in text.split(':') {
        seconds = seconds * 60 + part.parse::<u64>().ok()?;
        parts += 1;
    }
    (parts == 3).then(|| Duration::from_secs(seconds))
}
