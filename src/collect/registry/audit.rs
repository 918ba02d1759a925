//! The phase after the close: Resource Manager is read and the registry judged. What does that is put in by `app`.

use futures_util::future::BoxFuture;

use super::{Progress, RegistryWork, SKIP_AFTER_ATTEMPTS};
use crate::collect::CollectError;
use crate::collect::checkpoint::Checkpoint;
use crate::deadline::Deadline;
use crate::inventory::generation::Generation;
use crate::inventory::refresh::Phase;
use crate::inventory::registry::Resource;
use crate::names::{LoginServer, RegistryId};

/// What audits: this room does not know it. (A function would do; but the type of one that borrows what it audits with
/// ties all of [`RegistryWork`] to one lifetime.)
pub trait Audit: Send + Sync {
    /// Audits a registry and keeps the audit.
    fn audit(&self, closed: Closed) -> BoxFuture<'_, Result<(), CollectError>>;
}

/// A registry whose run is over.
#[derive(Debug, Clone)]
pub struct Closed {
    pub id: RegistryId,
    pub login_server: LoginServer,
    /// The registry as the refresh read it.
    pub resource: Option<Resource>,
    pub generation: Generation,
    pub deadline: Deadline,
    /// Failures that may be over soon are errors, so that the same can be tried later; else what stands on them is
    /// unknown.
    pub patient: bool,
}

/// Audits, within the time of this invocation. Where that is not enough the audit is rescheduled, a few times; then the last
/// one stays. None: the phase is over.
pub(super) async fn run(
    work: &RegistryWork<'_>,
    checkpoint: &mut Checkpoint,
) -> Result<Option<Progress>, CollectError> {
    let document = &checkpoint.document;
    if let (Some(audit), Some(id)) = (work.audit, work.registry_id) {
        let patient = work.attempt < SKIP_AFTER_ATTEMPTS;
        let closed = Closed {
            id: id.clone(),
            login_server: work.login_server.clone(),
            resource: document.resource.clone(),
            generation: document.generation.clone(),
            deadline: work.deadline,
            patient,
        };
        match audit.audit(closed).await {
            Err(CollectError::Service(failure)) if failure.is_transient() && patient => {
                return Ok(Some(Progress::reschedule(document.generation.clone(), &failure, false)));
            }
            Err(error) if error.is_transient() && patient => return Err(error),
            // The inventory does not wait for it.
            Err(error) => {
                tracing::warn!(login_server = %work.login_server, error = %crate::chain::chain(&error), "there is no audit of this refresh");
            }
            Ok(()) => {}
        }
    }
    // Not saved for itself: whoever dies here audits once more.
    checkpoint.document.phase = Phase::Content;
    Ok(None)
}
