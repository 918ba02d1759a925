//! Refreshing one registry: open or join a generation, walk the catalog checkpoint by checkpoint, close.

mod long;
mod open;
mod step;

use std::time::Duration;

use futures_util::StreamExt as _;
use uuid::Uuid;

use super::checkpoint::Checkpoint;
pub use super::checkpoint::Mover;
use super::repository::{Lane, Refreshed, RepositoryWork, refresh_repository};
use super::walk::{Listed, list};
use super::{CollectError, close, timestamp, unreadable};
use crate::audit::Auditor;
use crate::azure::Failure;
use crate::azure::acr::{Access, RegistryClient};
use crate::azure::arm::Arm;
use crate::deadline::Deadline;
use crate::inventory::SCHEMA_VERSION;
use crate::inventory::generation::Generation;
use crate::inventory::problem::{Completeness, Problems};
use crate::inventory::refresh::{Phase, RefreshDocument};
use crate::inventory::registry::Totals;
use crate::names::{LoginServer, RegistryId, RepositoryName};
use crate::store::Store;
use step::Added;
pub(super) use step::Step;

/// What a refresh of a registry needs.
#[derive(Debug, Clone, Copy)]
pub struct RegistryWork<'a> {
    pub store: &'a Store,
    /// None: ARM is not asked (anonymous, or the registry was named by its login server).
    pub arm: Option<&'a Arm>,
    pub login_server: &'a LoginServer,
    pub registry_id: Option<&'a RegistryId>,
    /// None: the registry is not audited.
    pub auditor: Option<&'a Auditor>,
    /// Repositories read at the same time.
    pub concurrency: usize,
    /// Read every repository's own attributes and counts, one request more each.
    pub read_attributes: bool,
    /// Observed lines of one repository held in memory, bytes; a repository with more is a long one.
    pub long: usize,
    pub deadline: Deadline,
    /// The message that is being handled.
    pub mover: &'a Mover,
    /// So many times this work was put off without getting any further.
    pub attempt: u32,
}

/// How one invocation's part of a refresh ended.
#[derive(Debug)]
pub enum Progress {
    /// The refresh is at its end; nothing left to do in this generation.
    Finished(Box<RefreshDocument>),
    /// Somebody else carries on with this refresh, or it is over: the message is of no use any more.
    Superseded,
    /// There is more to do, after a pause.
    Continue {
        generation: Generation,
        /// Zero when only the time budget of this invocation is used up.
        pause: Duration,
        /// Whether this invocation got any further.
        progressed: bool,
        /// Why there is a pause.
        reason: Option<String>,
    },
}

impl Progress {
    /// More to do once a passing fault is over: a throttled registry says when, for others a short pause has to do.
    pub(super) fn put_off(generation: Generation, failure: &Failure, progressed: bool) -> Self {
        let pause = match failure {
            Failure::Throttled { retry_after, .. } => *retry_after,
            _ => PAUSE,
        };
        Self::Continue {
            generation,
            pause,
            progressed,
            reason: Some(failure.to_string()),
        }
    }
}

/// After so many fruitless attempts a repository that does not answer is recorded as unreachable and passed over.
pub(super) const SKIP_AFTER_ATTEMPTS: u32 = 3;
/// After so many fruitless attempts (with doubling pauses: a day) the refresh is closed as it is.
pub const MAX_ATTEMPTS: u32 = 16;
/// Pause after a passing fault; the caller doubles it per attempt.
const PAUSE: Duration = Duration::from_secs(2);

/// Called for every repository that is done, for progress bars.
pub type Watch<'a> = &'a (dyn Fn(&RepositoryName, &Result<Refreshed, CollectError>) + Send + Sync);

/// Starts, continues or ends the refresh of a registry in `generation`.
///
/// `client_for` makes the registry's client once its SKU is known.
pub async fn refresh_registry(
    work: &RegistryWork<'_>,
    generation: &Generation,
    client_for: impl FnOnce(Option<&str>) -> RegistryClient,
    watch: Watch<'_>,
) -> Result<Progress, CollectError> {
    let progress = go_on(work, generation, client_for, watch).await?;
    if matches!(progress, Progress::Superseded)
        && let Some(checkpoint) = Checkpoint::read(work.store, work.login_server).await?
        && checkpoint.is_moved_by(work.mover)
        && checkpoint.document.phase != Phase::Done
    {
        // Whoever carries on was given the same message, and to acknowledge it takes it from them: if they fail, nobody
        // carries on.
        return Err(CollectError::Contended {
            what: format!("the refresh of {}", work.login_server),
        });
    }
    Ok(progress)
}

async fn go_on(
    work: &RegistryWork<'_>,
    generation: &Generation,
    client_for: impl FnOnce(Option<&str>) -> RegistryClient,
    watch: Watch<'_>,
) -> Result<Progress, CollectError> {
    let opened = match open::open(work, generation).await {
        Err(error @ CollectError::Document { .. }) => {
            unreadable::report(work, generation, &error).await?;
            return Err(error);
        }
        opened => opened?,
    };
    let checkpoint = match opened {
        open::Opened::Checkpoint(checkpoint) => *checkpoint,
        open::Opened::Done(document) => return Ok(Progress::Finished(document)),
        open::Opened::Refused(checkpoint) => {
            // What Resource Manager has under its id now is no business of ours.
            let unaudited = RegistryWork { auditor: None, ..*work };
            return close::end_without_snapshot(&unaudited, *checkpoint, Completeness::Unreachable).await;
        }
        open::Opened::Superseded => return Ok(Progress::Superseded),
    };
    let client = client_for(open::sku(&checkpoint.document));
    match checkpoint.document.phase {
        Phase::Walking => walk(work, &client, checkpoint, watch).await,
        Phase::Long => long::read(work, &client, checkpoint, watch).await,
        Phase::Closing | Phase::Done => close::close(work, &client, checkpoint).await,
    }
}

impl<'a> RegistryWork<'a> {
    /// The checkpoint of a refresh that has read nothing yet.
    pub(super) fn nothing_read(&self, generation: &Generation) -> RefreshDocument {
        let now = timestamp(crate::clock::now());
        RefreshDocument {
            schema_version: SCHEMA_VERSION,
            login_server: self.login_server.clone(),
            registry_id: self.registry_id.cloned(),
            generation: generation.clone(),
            version: 0,
            commit_id: Uuid::nil(),
            moved_by: Uuid::nil(),
            phase: Phase::Walking,
            cursor: None,
            pending: Vec::new(),
            parts: Vec::new(),
            index: Vec::new(),
            totals: Totals::default(),
            incomplete_repositories: 0,
            problems: Problems::default(),
            resource: None,
            baseline: false,
            started_at: now.clone(),
            updated_at: now,
            requests: 0,
            outcome: None,
        }
    }

    /// The same work for one of its repositories.
    pub(super) fn repository(
        &self,
        client: &'a RegistryClient,
        access: &'a Access,
        document: &'a RefreshDocument,
        lane: Lane,
    ) -> RepositoryWork<'a> {
        RepositoryWork {
            client,
            store: self.store,
            login_server: self.login_server,
            access,
            deadline: self.deadline,
            record_changes: !document.baseline,
            read_attributes: self.read_attributes,
            long: self.long,
            lane,
            snapshot: Some(&document.generation),
        }
    }
}

async fn walk(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    mut checkpoint: Checkpoint,
    watch: Watch<'_>,
) -> Result<Progress, CollectError> {
    let opened = checkpoint.document.clone();
    let generation = &opened.generation;
    let read = |listed: Listed| {
        let opened = &opened;
        async move {
            let Listed::Repository(name, access) = listed else {
                return (listed, None);
            };
            let repository = work.repository(client, &access, opened, Lane::Walk);
            let outcome = refresh_repository(&repository, &name, None, None).await;
            watch(&name, &outcome);
            (Listed::Repository(name, access), Some(outcome))
        }
    };
    let cursor = checkpoint.document.cursor.clone();
    let listed = list(client, cursor.as_ref(), work.deadline);
    let mut done = std::pin::pin!(listed.map(read).buffered(work.concurrency));
    let mut progressed = false;
    let mut step = Step::new(work, generation);
    let mut stopped_by = None;
    let mut at_end = false;
    while let Some((listed, outcome)) = done.next().await {
        match (listed, outcome) {
            (Listed::Repository(name, _), Some(outcome)) => {
                let pass_over = work.attempt >= SKIP_AFTER_ATTEMPTS && !progressed && step.is_empty();
                match step.add(name, outcome, pass_over).await? {
                    Added::Taken => {}
                    Added::PutOff(failure) => {
                        stopped_by = Some(failure);
                        break;
                    }
                }
            }
            (Listed::Problem(problem), _) => step.problem(problem),
            (Listed::Failed(failure), _) => {
                stopped_by = Some(failure);
                break;
            }
            (Listed::End | Listed::Repository(..), _) => at_end = true,
        }
        if step.is_full() {
            let full = std::mem::replace(&mut step, Step::new(work, generation));
            if !full.save(&mut checkpoint, client, Phase::Walking).await? {
                return Ok(Progress::Superseded);
            }
            progressed = true;
        }
    }
    let phase = match at_end {
        false => Phase::Walking,
        true if step.is_pending() || !checkpoint.document.pending.is_empty() => Phase::Long,
        true => Phase::Closing,
    };
    if at_end || !step.is_empty() {
        progressed = true;
        if !step.save(&mut checkpoint, client, phase).await? {
            return Ok(Progress::Superseded);
        }
    }
    match stopped_by {
        None if at_end => long::read(work, client, checkpoint, watch).await,
        None if progressed => Ok(Progress::Continue {
            generation: generation.clone(),
            pause: Duration::ZERO,
            progressed,
            reason: None,
        }),
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

/// The walk was stopped by a failure: a pause for a passing fault, the end of the refresh for any other.
async fn stopped(
    work: &RegistryWork<'_>,
    mut checkpoint: Checkpoint,
    failure: Failure,
    progressed: bool,
) -> Result<Progress, CollectError> {
    if failure.is_transient() && (progressed || work.attempt < MAX_ATTEMPTS) {
        let generation = checkpoint.document.generation.clone();
        return Ok(Progress::put_off(generation, &failure, progressed));
    }
    let outcome = failure.completeness();
    checkpoint.document.problems.push(failure.problem());
    close::end_without_snapshot(work, checkpoint, outcome).await
}
