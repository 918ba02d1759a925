//! Refreshing one registry: open or join a generation, then one phase after the other, checkpoint by checkpoint.

mod audit;
pub(super) mod base;
mod list;
mod open;
mod read;
mod step;

use std::time::Duration;

use uuid::Uuid;

use super::checkpoint::Checkpoint;
pub use super::checkpoint::Mover;
pub use super::close::abandon;
use super::room::Room;
use super::{CollectError, close, content, retention, timestamp, unreadable};
use crate::azure::Failure;
use crate::azure::acr::RegistryClient;
use crate::azure::arm::Arm;
use crate::deadline::Deadline;
use crate::inventory::SCHEMA_VERSION;
use crate::inventory::generation::Generation;
use crate::inventory::problem::{Completeness, Problems};
use crate::inventory::refresh::{ContentWork, Phase, RefreshDocument};
use crate::names::{LoginServer, RegistryId, RepositoryName};
use crate::snapshot::TagPatterns;
use crate::snapshot::retention::Keep;
use crate::store::Store;
pub use audit::{Audit, Closed};

/// What a refresh of a registry needs.
#[derive(Clone, Copy)]
pub struct RegistryWork<'a> {
    pub store: &'a Store,
    /// None: ARM is not asked (anonymous, or the registry was named by its login server).
    pub arm: Option<&'a Arm>,
    pub login_server: &'a LoginServer,
    pub registry_id: Option<&'a RegistryId>,
    /// Patterns of production tags.
    pub patterns: &'a TagPatterns,
    /// How long snapshots are kept; none: nothing is deleted.
    pub keep: Option<Keep>,
    /// None: the registry is not audited.
    pub audit: Option<&'a dyn Audit>,
    /// Repositories of this registry read at the same time …
    pub concurrency: usize,
    /// … and room for them and those of all registries that this process reads.
    pub room: &'a Room,
    /// Read every repository's own attributes and counts, one request more each.
    pub read_attributes: bool,
    /// Lines of a repository's document; what has more has them in snapshots alone.
    pub document_lines: u64,
    pub deadline: Deadline,
    /// The message that is being handled.
    pub mover: &'a Mover,
    /// So many times this work was rescheduled without getting any further.
    pub attempt: u32,
    /// A refresh of an older generation whose checkpoint was saved within this time has somebody who carries it on.
    pub alive_within: Duration,
}

impl std::fmt::Debug for RegistryWork<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistryWork")
            .field("login_server", &self.login_server)
            .finish_non_exhaustive()
    }
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
    pub(super) fn reschedule(generation: Generation, failure: &Failure, progressed: bool) -> Self {
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
/// A checkpoint is saved at least so often: a process that dies loses no more work than that.
pub(super) const SAVE_EVERY: Duration = Duration::from_secs(30);
/// Pause after a passing fault; the caller doubles it per attempt.
const PAUSE: Duration = Duration::from_secs(2);

/// Called for every repository that is done, for progress bars.
pub type Watch<'a> = &'a (dyn Fn(&RepositoryName) + Send + Sync);

/// Starts, continues or ends the refresh of a registry in `generation`.
///
/// `client_for` makes the registry's client once its SKU is known.
pub async fn refresh_registry(
    work: &RegistryWork<'_>,
    generation: &Generation,
    client_for: impl FnOnce(Option<&str>) -> RegistryClient,
    watch: Watch<'_>,
) -> Result<Progress, CollectError> {
    let progress = run_phases(work, generation, client_for, watch).await?;
    if matches!(progress, Progress::Superseded)
        && let Some(checkpoint) = Checkpoint::read(work.store, work.login_server).await?
        && checkpoint.is_updated_by(work.mover)
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

/// Goes through the phases from where the checkpoint stands: each is entered from here, and none from another.
async fn run_phases(
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
    let mut checkpoint = match opened {
        open::Opened::Checkpoint(checkpoint) => *checkpoint,
        open::Opened::Refused(mut checkpoint) => {
            // What Resource Manager has under its id now is no business of ours: nothing is read or judged.
            let ended = close::end_without_snapshot(work, &mut checkpoint, Completeness::Unreachable, Phase::Done);
            return Ok(ended
                .await?
                .unwrap_or(Progress::Finished(Box::new(checkpoint.document))));
        }
        open::Opened::Superseded => return Ok(Progress::Superseded),
    };
    let client = client_for(open::sku(&checkpoint.document));
    loop {
        let ended = match checkpoint.document.phase {
            // Of the size of what it holds of the registry: not on the stack of every caller.
            Phase::List => Box::pin(list::run(work, &client, &mut checkpoint, watch)).await?,
            Phase::Close => close::run(work, &client, &mut checkpoint).await?,
            Phase::Audit => audit::run(work, &mut checkpoint).await?,
            Phase::Content => content::run(work, &client, &mut checkpoint).await?,
            Phase::Retention => retention::run(work, &mut checkpoint).await?,
            Phase::Done => Some(Progress::Finished(Box::new(checkpoint.document.clone()))),
        };
        // None: the phase is over, and the checkpoint names the next.
        if let Some(progress) = ended {
            return Ok(progress);
        }
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
            updated_by: Uuid::nil(),
            phase: Phase::List,
            cursor: None,
            pending: Vec::new(),
            base: None,
            segments: Vec::new(),
            packs: Vec::new(),
            carry: None,
            catalog: Completeness::Complete,
            totals: None,
            problems: Problems::default(),
            resource: None,
            baseline: false,
            started_at: now.clone(),
            updated_at: now,
            requests: 0,
            outcome: None,
            closed_at: None,
            content: ContentWork::default(),
            retained_at: None,
        }
    }
}
