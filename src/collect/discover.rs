//! Which registries there are: Resource Graph over everything the identity sees, else ARM subscription by subscription.

use std::time::Duration;

use tokio::time::Instant;

use super::selection::Selection;
use crate::azure::arm::{Arm, ArmRegistry, UnusableRow};
use crate::azure::cloud::Cloud;
use crate::azure::{Failure, Sdk, resource_graph};
use crate::deadline::Deadline;
use crate::inventory::problem::{Completeness, Problem, Problems};
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::run::{Discovery, DiscoverySource, RunRegistry};
use crate::names::{LoginServer, RegistryId};

/// Waits for a service in trouble.
const WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Where discovery asks.
#[derive(Debug, Clone, Copy)]
pub struct Directory<'a> {
    pub cloud: &'a Cloud,
    /// None for anonymous: only configured login servers are covered.
    pub arm: Option<&'a Arm>,
    pub sdk: Option<&'a Sdk>,
}

/// Finds the registries, by login server, each once. What could not be read is in [`Discovery::problems`], and makes
/// the discovery partial; it fails only when nothing at all could be asked for a passing reason, which is waited for:
/// half of the time until the soft limit for Resource Graph, the rest for Resource Manager.
pub async fn discover(
    directory: Directory<'_>,
    selection: &Selection,
    deadline: &Deadline,
) -> Result<(Vec<RunRegistry>, Discovery), Failure> {
    let mut problems = Problems::default();
    let mut source = DiscoverySource::Configured;
    let (mut found, mut unusable) = (Vec::new(), Vec::new());
    if let (Some(arm), Some(sdk), false) = (directory.arm, directory.sdk, selection.is_closed()) {
        let endpoint = &directory.cloud.arm_endpoint;
        let graph = patiently(deadline.halfway(), || {
            resource_graph::registries(endpoint, sdk, &selection.subscriptions)
        });
        ((found, unusable), source) = match graph.await {
            Ok(rows) => (rows, DiscoverySource::ResourceGraph),
            Err(graph) => (
                ask_arm(arm, selection, &graph, deadline.soft, &mut problems).await?,
                DiscoverySource::Arm,
            ),
        };
    }
    // A row of which nothing can be told may be one that is wanted.
    let likely = |id: &RegistryId| directory.cloud.usual_login_server(id.name());
    unusable.retain(|row| row.id.as_ref().is_none_or(|id| selection.wants_id(id, &likely(id))));
    problems.extend(unusable.iter().map(|row| row.problem.clone()));
    let mut registries: Vec<RunRegistry> = Vec::new();
    for registry in found.iter().filter(|registry| selection.wants(registry)) {
        match LoginServer::parse(&registry.login_server) {
            Ok(login_server) if directory.cloud.has(&login_server) => {
                registries.push(RunRegistry {
                    login_server,
                    registry_id: Some(registry.id.clone()),
                    outcome: None,
                });
            }
            Ok(login_server) => {
                let suffix = &directory.cloud.login_server_suffix;
                let message = format!("{}: {login_server} does not end with {suffix}", registry.id);
                problems.push(Problem::new(ProblemCode::ForeignLoginServer, message));
            }
            Err(error) => problems.push(Problem::new(
                ProblemCode::InvalidLoginServer,
                format!("{}: {error}", registry.id),
            )),
        }
    }
    for name in &selection.names {
        let ids = registries.iter().filter_map(|found| found.registry_id.as_ref());
        let mut ids = ids.chain(unusable.iter().filter_map(|row| row.id.as_ref()));
        if !ids.any(|id| id.name().eq_ignore_ascii_case(name)) {
            problems.push(Problem::new(
                ProblemCode::RegistryNotFound,
                format!("no registry named {name:?} was found"),
            ));
        }
    }
    for id in &selection.ids {
        if !registries.iter().any(|found| found.registry_id.as_ref() == Some(id)) {
            let message = format!("no registry with the id {id} was found");
            problems.push(Problem::new(ProblemCode::RegistryNotFound, message));
        }
    }
    for login_server in &selection.login_servers {
        registries.push(RunRegistry {
            login_server: login_server.clone(),
            registry_id: None,
            outcome: None,
        });
    }
    // Stable: of a registry found twice, the one with its ARM id stays.
    registries.sort_by(|a, b| a.login_server.cmp(&b.login_server));
    registries.dedup_by(|a, b| a.login_server == b.login_server);
    let completeness = if problems.count == 0 {
        Completeness::Complete
    } else {
        Completeness::Partial
    };
    Ok((
        registries,
        Discovery {
            source,
            completeness,
            problems,
        },
    ))
}

/// The slower way: one list per subscription. A subscription that refuses is a problem, not the end.
async fn ask_arm(
    arm: &Arm,
    selection: &Selection,
    graph: &Failure,
    until: Instant,
    problems: &mut Problems,
) -> Result<(Vec<ArmRegistry>, Vec<UnusableRow>), Failure> {
    tracing::warn!(error = %graph, "Resource Graph cannot be used; asking Resource Manager subscription by subscription");
    let subscriptions = match selection.subscriptions.is_empty() {
        true => {
            let (found, unusable) = patiently(until, || arm.subscriptions()).await?;
            problems.extend(unusable.into_iter().map(|row| row.problem));
            found
        }
        false => selection.subscriptions.clone(),
    };
    if subscriptions.is_empty() {
        problems.push(Problem::new(
            ProblemCode::NoSubscription,
            "the identity sees no subscription",
        ));
    }
    let (mut found, mut unusable) = (Vec::new(), Vec::new());
    for subscription in subscriptions {
        match patiently(until, || arm.registries(&subscription)).await {
            Ok((registries, rows)) => {
                found.extend(registries);
                unusable.extend(rows);
            }
            Err(failure) if failure.is_transient() => return Err(failure),
            Err(failure) => problems.push(failure.problem()),
        }
    }
    Ok((found, unusable))
}

/// Asks again after a passing fault: a throttling service when it says, as long as that is before `until`; one in
/// trouble after a few short waits. (Below this, every request has tries of its own within three seconds.)
async fn patiently<T, R>(until: Instant, ask: impl Fn() -> R) -> Result<T, Failure>
where
    R: Future<Output = Result<T, Failure>>,
{
    let mut waits = WAITS.iter();
    loop {
        let failure = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let wait = match &failure {
            Failure::Throttled { retry_after, .. } => Some(*retry_after),
            Failure::Unavailable { .. } => waits.next().copied(),
            _ => None,
        };
        let Some(wait) = wait.filter(|wait| Instant::now() + *wait < until) else {
            return Err(failure);
        };
        tracing::warn!(error = %failure, wait_seconds = wait.as_secs(), "discovery asks again");
        tokio::time::sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{ProblemCode, patiently};
    use crate::azure::Failure;

    fn unavailable() -> Failure {
        Failure::Unavailable {
            target: String::new(),
            detail: String::new(),
        }
    }

    fn throttled(seconds: u64) -> Failure {
        Failure::Throttled {
            target: String::new(),
            retry_after: Duration::from_secs(seconds),
        }
    }

    /// Asks, of a service that fails so often, for a minute; how often it was asked, and for how long.
    async fn ask(fails: u32, failure: impl Fn() -> Failure) -> (Result<(), Failure>, u32, Duration) {
        let (begun, asked) = (Instant::now(), AtomicU32::new(0));
        let answer = || async {
            match asked.fetch_add(1, Ordering::Relaxed) < fails {
                true => Err(failure()),
                false => Ok(()),
            }
        };
        let answer = patiently(begun + Duration::from_secs(60), answer).await;
        (answer, asked.into_inner(), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_passing_fault_is_waited_for_and_no_longer_than_there_is_time() {
        let (answer, asked, took) = ask(3, unavailable).await;
        assert!(answer.is_ok());
        assert_eq!((asked, took), (4, Duration::from_secs(1 + 2 + 4)));
        let (answer, asked, _) = ask(99, unavailable).await;
        assert!(matches!(answer, Err(Failure::Unavailable { .. })));
        assert_eq!(asked, 4);
        let (answer, asked, took) = ask(2, || throttled(25)).await;
        assert!(answer.is_ok());
        assert_eq!((asked, took), (3, Duration::from_secs(50)));
        let (answer, asked, took) = ask(99, || throttled(25)).await;
        assert!(matches!(answer, Err(Failure::Throttled { .. })));
        assert_eq!(
            (asked, took),
            (3, Duration::from_secs(50)),
            "a third wait would be too long"
        );
        let denied = || Failure::Denied {
            target: String::new(),
            code: ProblemCode::Forbidden.into(),
            message: String::new(),
        };
        let (answer, asked, took) = ask(99, denied).await;
        assert!(answer.is_err());
        assert_eq!((asked, took), (1, Duration::ZERO));
    }
}
