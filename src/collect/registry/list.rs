//! The first phase: the catalog from the cursor on, and the lists of each repository. Nothing else: no request about a
//! single manifest stands between the lists and a complete inventory.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::step::{Added, Step};
use super::{MAX_ATTEMPTS, Progress, RegistryWork, SKIP_AFTER_ATTEMPTS, Watch};
use crate::azure::Failure;
use crate::azure::acr::RegistryClient;
use crate::collect::base::BaseIndex;
use crate::collect::checkpoint::Checkpoint;
use crate::collect::repository::{Lane, Refreshed};
use crate::collect::walk::{Listed, list};
use crate::collect::{CollectError, close};
use crate::inventory::generation::Generation;
use crate::inventory::refresh::Phase;

/// One thing that the catalog says, and for a repository what became of it.
type Outcome = (Listed, Option<Result<Refreshed, CollectError>>);

/// Reads on until the catalog's end, a failure or the end of the time. None: the catalog is read to its end.
pub(super) async fn run(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
    watch: Watch<'_>,
) -> Result<Option<Progress>, CollectError> {
    let opened = &checkpoint.document.clone();
    let read = |listed: Listed| async move {
        let Listed::Repository(name, access) = listed else {
            return (listed, None);
        };
        let outcome = work
            .read_repository(client, &access, opened, Lane::Walk, &name, None)
            .await;
        watch(&name, &outcome);
        (Listed::Repository(name, access), Some(outcome))
    };
    // Two sides of one task: while one writes, the other goes on reading.
    let (sender, receiver) = mpsc::channel(work.concurrency);
    let mut reading = std::pin::pin!(async move {
        let listed = list(client, opened.cursor.as_ref(), work.deadline);
        let mut done = std::pin::pin!(listed.map(read).buffered(work.concurrency));
        while let Some(outcome) = done.next().await {
            if sender.send(outcome).await.is_err() {
                return;
            }
        }
    });
    let written = {
        let mut writing = std::pin::pin!(write(work, client, checkpoint, receiver));
        tokio::select! {
            biased;
            // Whatever is still being read then is of no use.
            written = &mut writing => written?,
            () = &mut reading => writing.await?,
        }
    };
    let Written {
        stopped_by,
        is_at_end,
        progressed,
        is_superseded,
    } = written;
    if is_superseded {
        return Ok(Some(Progress::Superseded));
    }
    let generation = checkpoint.document.generation.clone();
    match stopped_by {
        None if is_at_end => Ok(None),
        None if progressed => Ok(Some(Progress::Continue {
            generation,
            pause: Duration::ZERO,
            progressed,
            reason: None,
        })),
        // Nothing but pages without a new name, until the time was over: not for ever.
        None => {
            let failure = Failure::Unavailable {
                target: format!("catalog of {}", work.login_server),
                detail: "one invocation is not enough to get any further in it".to_owned(),
            };
            stopped(work, checkpoint, failure, progressed).await
        }
        Some(failure) => {
            checkpoint.document.requests += client.take_sent();
            stopped(work, checkpoint, failure, progressed).await
        }
    }
}

/// What the writing side came to.
struct Written {
    stopped_by: Option<Failure>,
    is_at_end: bool,
    progressed: bool,
    is_superseded: bool,
}

/// Takes in what was read, in the catalog's order, and saves a checkpoint now and then and at the end. What is read when
/// it returns early is dropped, and read again by whoever goes on from the cursor.
async fn write(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
    mut outcomes: mpsc::Receiver<Outcome>,
) -> Result<Written, CollectError> {
    let generation: Generation = checkpoint.document.generation.clone();
    let mut base = BaseIndex::new(work.store, work.login_server);
    let mut step = Step::new(work, &generation);
    let mut written = Written {
        stopped_by: None,
        is_at_end: false,
        progressed: false,
        is_superseded: false,
    };
    while let Some((listed, outcome)) = outcomes.recv().await {
        match (listed, outcome) {
            (Listed::Repository(name, _), Some(outcome)) => {
                let pass_over = work.attempt >= SKIP_AFTER_ATTEMPTS && !written.progressed && step.is_empty();
                let has_indexes = matches!(&outcome, Ok(Refreshed::Done(outcome)) if outcome.indexes > 0);
                let before = match has_indexes {
                    true => base.entry(&name).await?,
                    false => None,
                };
                if let Added::Reschedule(failure) = step.add(name, outcome, pass_over, before.as_ref()).await? {
                    written.stopped_by = Some(failure);
                    break;
                }
            }
            (Listed::Problem(problem), _) => step.problem(problem),
            (Listed::Failed(failure), _) => {
                written.stopped_by = Some(failure);
                break;
            }
            (Listed::End | Listed::Repository(..), _) => written.is_at_end = true,
        }
        if step.is_full() {
            let full = std::mem::replace(&mut step, Step::new(work, &generation));
            if !full.save(checkpoint, client, Phase::List).await? {
                written.is_superseded = true;
                return Ok(written);
            }
            written.progressed = true;
        }
    }
    let phase = match written.is_at_end {
        false => Phase::List,
        true if step.is_pending() || !checkpoint.document.pending.is_empty() => Phase::Long,
        true => Phase::Close,
    };
    if written.is_at_end || !step.is_empty() {
        written.progressed = true;
        written.is_superseded = !step.save(checkpoint, client, phase).await?;
    }
    Ok(written)
}

/// The walk was stopped by a failure: a pause for a passing fault, the end of the refresh for any other.
async fn stopped(
    work: &RegistryWork<'_>,
    checkpoint: &mut Checkpoint,
    failure: Failure,
    progressed: bool,
) -> Result<Option<Progress>, CollectError> {
    if failure.is_transient() && (progressed || work.attempt < MAX_ATTEMPTS) {
        let generation = checkpoint.document.generation.clone();
        return Ok(Some(Progress::reschedule(generation, &failure, progressed)));
    }
    let outcome = failure.completeness();
    checkpoint.document.problems.push(failure.problem());
    close::end_without_snapshot(work, checkpoint, outcome, Phase::Audit).await
}
