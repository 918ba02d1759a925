//! The first phase: catalog and stored names from the cursor on, and the lists of each repository. Nothing else: no request
//! about a single manifest stands between the lists and a complete inventory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, future};
use tokio::sync::mpsc;

use super::base::Base;
use super::step::{Added, Step};
use super::{MAX_ATTEMPTS, Progress, RegistryWork, SKIP_AFTER_ATTEMPTS, Watch};
use crate::azure::Failure;
use crate::azure::acr::RegistryClient;
use crate::collect::checkpoint::Checkpoint;
use crate::collect::repository::{Refreshed, Unlisted, look_at_unlisted};
use crate::collect::stored_names::{Known, StoredNames};
use crate::collect::walk::{Listed, list};
use crate::collect::{CollectError, close};
use crate::inventory::problem::Problem;
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::refresh::{Phase, RefreshDocument, ScanState};
use crate::names::RepositoryName;

/// One thing that catalog and store say, and for a repository what became of it.
type Outcome = (Listed, Option<Result<Refreshed, CollectError>>);

/// Reads on until the end of both, a failure or the end of the time. None: everything was read.
pub(super) async fn run(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
    watch: Watch<'_>,
) -> Result<Option<Progress>, CollectError> {
    match walk(work, client, checkpoint, watch).await {
        // The snapshot cannot go on from what is stored.
        Err(error @ CollectError::Document { .. }) => close::end_unreadable(work, checkpoint, &error).await,
        walked => walked,
    }
}

async fn walk(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
    watch: Watch<'_>,
) -> Result<Option<Progress>, CollectError> {
    let opened = &checkpoint.document.clone();
    let base = &Base::open(work, opened.base.as_ref()).await?;
    let step = Step::new(work, base, base.writer(work, opened).await?);
    let stored = StoredNames::new(work.store, work.login_server, base.manifest(), opened.cursor.as_ref());
    let reader = Reader {
        work,
        client,
        opened,
        base,
    };
    let reader = &reader;
    let stops = &AtomicBool::new(false);
    let read = |listed: Listed| async move {
        let outcome = match &listed {
            Listed::Repository(name, access, known) => {
                let outcome = reader.repository(access, name, known).await;
                watch(name);
                Some(outcome)
            }
            Listed::Unlisted(name, known) => Some(reader.unlisted(name, known).await),
            _ => None,
        };
        (listed, outcome)
    };
    // Two sides of one task: while one writes, the other goes on reading.
    let (sender, receiver) = mpsc::channel(work.concurrency);
    let mut reading = std::pin::pin!(async move {
        let listed = list(client, stored, opened.cursor.as_ref(), work.deadline);
        let listed = listed.take_while(|_| future::ready(!stops.load(Ordering::Relaxed)));
        let mut done = std::pin::pin!(listed.map(read).buffered(work.concurrency));
        while let Some(outcome) = done.next().await {
            if sender.send(outcome).await.is_err() {
                return;
            }
        }
    });
    let written = {
        let mut writing = std::pin::pin!(write(reader, checkpoint, step, receiver, stops));
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
        // Nothing but pages without a new name, or of one list that is not got any further in: not for ever.
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

/// The reading side.
struct Reader<'a> {
    work: &'a RegistryWork<'a>,
    client: &'a RegistryClient,
    opened: &'a RefreshDocument,
    base: &'a Base<'a>,
}

impl Reader<'_> {
    /// How far an earlier invocation came with it.
    fn begun(&self, name: &RepositoryName) -> Option<&ScanState> {
        self.opened.pending.iter().find(|pending| pending.repository == *name)
    }

    async fn repository(
        &self,
        access: &crate::azure::acr::Access,
        name: &RepositoryName,
        known: &Known,
    ) -> Result<Refreshed, CollectError> {
        let resumed = self.begun(name).cloned();
        let (work, client) = (self.work, self.client);
        let base = (self.base, self.opened.baseline);
        work.read_repository(client, access, base, (name, known), resumed).await
    }

    /// What the catalog does not list is verified by name, once it is known that it was there.
    async fn unlisted(&self, name: &RepositoryName, known: &Known) -> Result<Refreshed, CollectError> {
        match look_at_unlisted(self.work.store, self.work.login_server, name, known).await? {
            Unlisted::Gone(line) => Ok(Refreshed::gone(line)),
            Unlisted::Live => {
                let access = self.client.access(std::slice::from_ref(name)).await?;
                self.repository(&access, name, known).await
            }
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
    reader: &Reader<'_>,
    checkpoint: &mut Checkpoint,
    mut step: Step<'_>,
    mut outcomes: mpsc::Receiver<Outcome>,
    stops: &AtomicBool,
) -> Result<Written, CollectError> {
    let (work, client) = (reader.work, reader.client);
    let mut written = Written {
        stopped_by: None,
        is_at_end: false,
        progressed: false,
        is_superseded: false,
    };
    // The first one that goes on in another invocation was met.
    let mut is_suspended = false;
    while let Some((listed, outcome)) = outcomes.recv().await {
        let (name, known, is_listed) = match listed {
            Listed::Repository(name, _, known) => (name, known, true),
            Listed::Unlisted(name, known) => (name, known, false),
            Listed::Problem(problem) => {
                step.problem(problem);
                continue;
            }
            Listed::Broken(error) => return Err(error),
            // Behind what is suspended nothing ends.
            Listed::Failed(_) | Listed::End if is_suspended => continue,
            Listed::Failed(failure) => {
                written.stopped_by = Some(failure);
                break;
            }
            Listed::End => {
                written.is_at_end = true;
                continue;
            }
        };
        let Some(outcome) = outcome else { continue };
        if is_suspended {
            written.progressed |= step.keep(&name, outcome, reader.begun(&name)).await?;
            continue;
        }
        let outcome = match outcome {
            Ok(Refreshed::Long(observed)) => {
                let base = (reader.base, reader.opened.baseline);
                work.commit_long(client, base, (&name, &known), *observed, &mut step.writer)
                    .await
            }
            outcome => outcome,
        };
        if !is_listed && is_there(&outcome) {
            // The catalog is not the whole truth.
            let detail = "the catalog does not list it, but it is there";
            step.problem(Problem::new(ProblemCode::MissingFromCatalog, detail).of(&name));
        }
        let pass_over = work.attempt >= SKIP_AFTER_ATTEMPTS && !written.progressed && step.is_empty();
        let before = reader.begun(&name);
        match step.add((&name, &known), outcome, before, pass_over).await? {
            Added::Taken => {}
            Added::Suspended { progressed } => {
                is_suspended = true;
                written.progressed |= progressed;
                stops.store(true, Ordering::Relaxed);
            }
            Added::Reschedule(failure) => {
                // Our own budget is spent, and on those behind it: what they have read with it is kept.
                is_suspended = matches!(failure, Failure::Throttled { .. }) && !client.is_throttled();
                written.stopped_by = Some(failure);
                if !is_suspended {
                    break;
                }
                stops.store(true, Ordering::Relaxed);
            }
        }
        if step.is_due() {
            if !step.save(checkpoint, client, Phase::List).await? {
                written.is_superseded = true;
                return Ok(written);
            }
            written.progressed = true;
        }
    }
    written.progressed |= written.is_at_end || !step.is_empty();
    if written.is_at_end || step.is_worth_saving() {
        let phase = match written.is_at_end {
            true => Phase::Close,
            false => Phase::List,
        };
        written.is_superseded = !step.save(checkpoint, client, phase).await?;
    }
    Ok(written)
}

fn is_there(outcome: &Result<Refreshed, CollectError>) -> bool {
    match outcome {
        Ok(Refreshed::Done(outcome)) => outcome.is_present,
        Ok(Refreshed::Suspended(_) | Refreshed::Long(_)) => true,
        Err(_) => false,
    }
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
