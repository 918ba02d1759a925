//! The lane of repositories whose lists are too long for the walk, or for one invocation: each keeps what it has read.

use futures_util::StreamExt as _;
use futures_util::stream;

use super::step::Step;
use super::{Progress, RegistryWork, SKIP_AFTER_ATTEMPTS, Watch};
use crate::azure::Failure;
use crate::azure::acr::RegistryClient;
use crate::collect::CollectError;
use crate::collect::checkpoint::Checkpoint;
use crate::collect::repository::{Lane, Refreshed};
use crate::collect::scan::discard;
use crate::inventory::refresh::{Phase, ScanState};
use crate::names::RepositoryName;

/// Long repositories read at the same time: pages of one list come one after the other, so a few side by side fill
/// the registry's budget.
const CONCURRENCY: usize = 4;

/// Goes on with every pending repository. None: there is none left.
pub(super) async fn run(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
    watch: Watch<'_>,
) -> Result<Option<Progress>, CollectError> {
    let opened = checkpoint.document.clone();
    let read = |observation: ScanState| {
        let opened = &opened;
        async move {
            if work.deadline.is_soft_over() {
                return (observation, None);
            }
            let name = observation.repository.clone();
            let access = match client.access(std::slice::from_ref(&name)).await {
                Ok(access) => access,
                Err(failure) => return (observation, Some(Err(failure.into()))),
            };
            let resumed = Some(observation.clone());
            let refreshed = work.read_repository(client, &access, opened, Lane::Long, &name, resumed);
            // A merge that takes longer than there is time must not take the whole invocation with it.
            let outcome = match tokio::time::timeout_at(work.deadline.requests_end(), refreshed).await {
                Ok(outcome) => outcome,
                Err(_) => Ok(Refreshed::Suspended(Box::new(observation.clone()))),
            };
            watch(&name, &outcome);
            (observation, Some(outcome))
        }
    };
    // What came to nothing side by side is tried one after the other: one that gets through is one less.
    let concurrency = if work.attempt == 0 { CONCURRENCY } else { 1 };
    let mut done = std::pin::pin!(
        stream::iter(opened.pending.clone())
            .map(read)
            .buffer_unordered(concurrency)
    );
    let mut progressed = false;
    let mut stopped_by: Option<Failure> = None;
    while let Some((before, outcome)) = done.next().await {
        // Not tried for lack of time.
        let Some(outcome) = outcome else { continue };
        let name = &before.repository;
        let mut step = Step::new(work, &opened.generation);
        // What the outcome was made of.
        let mut used = Vec::new();
        match outcome {
            Ok(Refreshed::Done(mut outcome)) => {
                used = std::mem::take(&mut outcome.segments);
                step.take(name, *outcome, None).await?;
            }
            Ok(Refreshed::Suspended(observation)) if *observation == before => {
                if progressed || work.attempt < SKIP_AFTER_ATTEMPTS {
                    continue;
                }
                let failure = Failure::Unavailable {
                    target: name.to_string(),
                    detail: "one invocation is not enough to get any further in it".to_owned(),
                };
                step.record_failure(name, &failure.into()).await?;
            }
            Ok(Refreshed::Suspended(observation)) => {
                progressed |= observation.pages != before.pages;
                step.suspend(*observation);
            }
            Err(error @ CollectError::Store(_)) => return Err(error),
            Err(CollectError::Service(failure @ Failure::Throttled { .. })) => {
                stopped_by = Some(failure);
                continue;
            }
            Err(error) if error.is_transient() && work.attempt < SKIP_AFTER_ATTEMPTS => {
                stopped_by = Some(passing(error, name));
                continue;
            }
            Err(error) => step.record_failure(name, &error).await?,
        }
        progressed |= !step.is_pending();
        // A repository is pending or in the parts, never both and never neither.
        checkpoint
            .document
            .pending
            .retain(|pending| pending.repository != *name);
        let phase = match step.is_pending() || !checkpoint.document.pending.is_empty() {
            true => Phase::Long,
            false => Phase::Close,
        };
        if !step.save(checkpoint, client, phase).await? {
            return Ok(Some(Progress::Superseded));
        }
        used.retain(|segment| !before.segments.contains(segment));
        used.extend(before.segments.iter().cloned());
        // What goes on still needs its own.
        let pending = &checkpoint.document.pending;
        used.retain(|segment| !pending.iter().any(|pending| pending.segments.contains(segment)));
        discard(work.store, work.login_server, &used).await;
    }
    checkpoint.document.requests += client.take_sent();
    if checkpoint.document.pending.is_empty() {
        let is_superseded = checkpoint.document.phase == Phase::Long
            && !Step::new(work, &opened.generation)
                .save(checkpoint, client, Phase::Close)
                .await?;
        return Ok(is_superseded.then_some(Progress::Superseded));
    }
    let generation = opened.generation.clone();
    Ok(Some(match stopped_by {
        Some(failure) => Progress::reschedule(generation, &failure, progressed),
        None => Progress::Continue {
            generation,
            pause: std::time::Duration::ZERO,
            progressed,
            reason: None,
        },
    }))
}

/// The passing fault behind an error.
fn passing(error: CollectError, name: &RepositoryName) -> Failure {
    match error {
        CollectError::Service(failure) => failure,
        error => Failure::Unavailable {
            target: name.to_string(),
            detail: error.to_string(),
        },
    }
}
