//! Logging: JSON lines on stdout for the function app, text on stderr for the command line.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::ConfigError;
use crate::config::settings::Lookup;

/// Where log lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTo {
    /// One JSON object a line, with the invocation's span; the Functions host makes a trace of every line.
    StdoutJson,
    Stderr,
}

/// Starts logging; once per process.
pub fn start(lookup: &Lookup, to: LogTo) -> Result<(), ConfigError> {
    const SETTING: &str = "ACR_INVENTORY_LOG";
    let default = match to {
        LogTo::StdoutJson => "info",
        LogTo::Stderr => "warn",
    };
    let directives = lookup.get(SETTING).unwrap_or_else(|| default.to_owned());
    // The SDK logs addresses with their queries at debug level; ours are redacted there, but quiet is safer.
    let filter = EnvFilter::builder()
        .parse(format!(
            "azure_core=warn,azure_identity=warn,typespec_client_core=warn,hyper=warn,{directives}"
        ))
        .map_err(|error| ConfigError::new(SETTING, error))?;
    // That a line cannot be written would be said by a macro that panics where stderr is closed too.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .log_internal_errors(false);
    let started = match to {
        LogTo::StdoutJson => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_span_events(FmtSpan::NONE)
            .try_init(),
        LogTo::Stderr => builder.with_writer(std::io::stderr).without_time().try_init(),
    };
    started.map_err(|error| ConfigError::new(SETTING, error))
}
