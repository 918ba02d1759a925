//! Can the identity do its job? Tried in the order in which a user would: log in, list the registries, and of each its
//! configuration, its repositories, their tags and manifests; then the store and the queues.
//!
//! Everything is asked through the clients that do the work, so that a check and a refresh cannot disagree. Nothing is
//! changed but a document of the check's own, which is deleted again, and one message that asks for nothing.

mod broker;
mod fix;
mod needs;
mod registry;
mod report;
mod store;

pub use fix::Fix;
pub use needs::{NEEDS, Need, ScopeKind, Wider};
pub use report::{Check, Ending, Outcome, Report, Row};

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};

use crate::app::App;
use crate::azure::Failure;
use crate::azure::credential::Identity;
use crate::collect::discover::discover;
use crate::config::{BrokerConfig, StoreLocation};
use crate::deadline::Deadline;
use crate::inventory::run::RunRegistry;
use fix::Place;
use report::{Failed, Rows};

/// Registries that are looked at at the same time.
const REGISTRIES: usize = 4;
/// So long at most is a service waited for that throttles or is in trouble.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is to be tried besides the registries.
#[derive(Debug, Clone, Copy)]
pub struct Further<'a> {
    /// Where the inventory goes; none: nothing is written.
    pub store: Option<&'a StoreLocation>,
    /// Where messages go; none: nothing is sent.
    pub broker: Option<&'a BrokerConfig>,
}

/// Tries everything.
pub async fn run(app: &App, further: Further<'_>) -> Report {
    let (mut report, logged_in) = log_in(app).await;
    if !logged_in {
        return report;
    }
    let identity = report.identity.clone();
    let (rows, registries) = list_registries(app, identity.as_ref()).await;
    report.rows.extend(rows);
    let looks = registries
        .iter()
        .map(|registry| registry::look(app, registry, identity.as_ref()));
    let looks: Vec<_> = looks.collect();
    let looks: Vec<Vec<Row>> = stream::iter(looks).buffered(REGISTRIES).collect().await;
    report.rows.extend(looks.into_iter().flatten());
    if let Some(location) = further.store {
        report
            .rows
            .extend(store::write(&app.store, location, identity.as_ref()).await);
    }
    if let Some(broker) = further.broker {
        report.rows.extend(broker::send(app, broker, identity.as_ref()).await);
    }
    report
}

/// Whether there is any use in going on is said beside.
async fn log_in(app: &App) -> (Report, bool) {
    let mut rows = Rows::of("Entra");
    let look = async {
        let identity = app.identity().await.map_err(|failure| Failed {
            fixes: fix::credential(&failure, &app.config.credential).into_iter().collect(),
            detail: failure.to_string(),
        })?;
        let said = match &identity {
            Some(identity) => format!("as {}", identity.object_id),
            None => "as nobody: anonymous".to_owned(),
        };
        Ok((identity, said))
    };
    let identity = rows.attempt(Check::LogIn, look).await;
    let logged_in = identity.is_some();
    let report = Report {
        identity: identity.flatten(),
        proxy: app.config.network.proxy.as_ref().map(|proxy| proxy.shown()),
        rows: rows.rows,
    };
    (report, logged_in)
}

async fn list_registries(app: &App, identity: Option<&Identity>) -> (Vec<Row>, Vec<RunRegistry>) {
    let selection = &app.config.selection;
    let mut rows = Rows::of("registries");
    let mut found = Vec::new();
    let look = async {
        let subscription = match selection.subscriptions.as_slice() {
            [one] => Some(one.as_str()),
            _ => None,
        };
        let reader = |detail: String| Failed {
            detail,
            fixes: fix::roles(Check::ListRegistries, None, Place::Subscription(subscription), identity),
        };
        // Whoever checks waits for the answer: a service that does not give one is what they want to know.
        let deadline = Deadline::after(PATIENCE, PATIENCE * 2);
        let (registries, discovery) =
            discover(app.directory(), selection, &deadline)
                .await
                .map_err(|failure: Failure| match failure {
                    Failure::Denied { .. } => reader(failure.to_string()),
                    failure => Failed::from(failure.to_string()),
                })?;
        let count = registries.len();
        found = registries;
        let mut problems: Vec<String> = discovery
            .problems
            .first
            .into_iter()
            .map(|found| found.message)
            .collect();
        if let Err(error) = app.config.ensure_discoverable() {
            return Err(Failed {
                detail: error.why,
                fixes: vec![fix::sign_in()],
            });
        }
        if count == 0 {
            problems.push("no registry was found".to_owned());
        }
        match problems.is_empty() {
            true => Ok(((), format!("{count} found"))),
            false => Err(reader(problems.join("; "))),
        }
    };
    rows.attempt(Check::ListRegistries, look).await;
    (rows.rows, found)
}
