//! The function app as Azure runs it: the simulated Functions host around a process of `acr-inventory serve`.

mod package;

use std::path::Path;
use std::sync::Arc;

use crate::host::{HandlerOptions, Host, HostOptions, LineSink, Outcome, RunReport};
use crate::tenant::{NAMESPACE, Tenant};

/// Starts the host and `program` as its handler; `on_line` gets what the handler writes.
pub async fn start(
    tenant: &Tenant,
    program: &Path,
    settings: Vec<(String, String)>,
    on_line: LineSink,
) -> anyhow::Result<Host> {
    let package = package::write(tenant.folder(), &settings)?;
    let mut environment = settings;
    // Nothing of the system's certificates is needed to reach the simulator.
    environment.push(("SSL_CERT_DIR".to_owned(), tenant.folder().display().to_string()));
    let handler = HandlerOptions::Spawned {
        program: Some(program.to_owned()),
        arguments: vec![format!("--exit-with-parent={}", std::process::id())],
        environment,
    };
    let clock = Arc::clone(&tenant.simulator.world().clock);
    let mut options = HostOptions::new(package, handler, Arc::clone(&tenant.queues), clock);
    options.namespace = NAMESPACE.to_owned();
    options.on_line = on_line;
    Host::start(options).await
}

/// Fires the timer; it has to succeed.
pub async fn fire_timer(host: &Host) -> anyhow::Result<()> {
    let fired = host.fire_timer("schedule-refresh", false).await?;
    anyhow::ensure!(
        matches!(fired.outcome, Outcome::Succeeded),
        "the timer did not succeed: {:?}",
        fired.outcome
    );
    Ok(())
}

/// Nothing may have failed or be left over.
pub fn check(report: &RunReport) -> anyhow::Result<()> {
    anyhow::ensure!(
        report.failures == 0,
        "invocations failed: {}",
        report.reasons.join("; ")
    );
    anyhow::ensure!(report.dead_letters == 0 && report.is_idle, "messages are left over");
    Ok(())
}
