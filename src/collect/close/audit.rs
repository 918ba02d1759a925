//! The audit at the end of a refresh.

use crate::audit::{Auditor, Refreshed, Target};
use crate::azure::Failure;
use crate::azure::arm::Arm;
use crate::collect::CollectError;
use crate::collect::registry::{RegistryWork, SKIP_AFTER_ATTEMPTS};
use crate::deadline::Deadline;
use crate::inventory::audit::AuditDocument;
use crate::inventory::refresh::RefreshDocument;
use crate::inventory::snapshot::SnapshotPointer;
use crate::names::RegistryId;
use crate::store::Store;

/// What an audit of the registry takes.
#[derive(Debug, Clone, Copy)]
pub(in crate::collect) struct Audit<'a> {
    store: &'a Store,
    auditor: &'a Auditor,
    arm: &'a Arm,
    id: &'a RegistryId,
    deadline: Deadline,
    /// Passing failures put it off.
    patient: bool,
}

impl<'a> Audit<'a> {
    /// None where audits are turned off, or Resource Manager is not asked.
    pub(in crate::collect) fn of(work: &RegistryWork<'a>) -> Option<Self> {
        Some(Self {
            store: work.store,
            auditor: work.auditor?,
            arm: work.arm?,
            id: work.registry_id?,
            deadline: work.deadline,
            patient: work.attempt < SKIP_AFTER_ATTEMPTS,
        })
    }

    /// Reads and judges the registry, within the time of this invocation. Where that is not enough the audit is put off,
    /// a few times; then there is none.
    pub(super) async fn make(
        &self,
        document: &RefreshDocument,
        snapshot: Option<&SnapshotPointer>,
    ) -> Result<Option<AuditDocument>, CollectError> {
        let no_time = || {
            CollectError::Service(Failure::Unavailable {
                target: format!("audit of {}", document.login_server),
                detail: "no time is left for it in this invocation".to_owned(),
            })
        };
        if self.patient && self.deadline.is_soft_over() {
            return Err(no_time());
        }
        let registry = Refreshed {
            target: Target {
                id: self.id,
                login_server: &document.login_server,
            },
            resource: document.resource.as_ref(),
            generation: &document.generation,
            snapshot,
        };
        let audit = self.auditor.audit(self.arm, self.store, registry, self.patient);
        match tokio::time::timeout_at(self.deadline.requests_end(), audit).await {
            Ok(audit) => audit.map(Some),
            Err(_) if self.patient => Err(no_time()),
            Err(_) => {
                tracing::warn!(login_server = %document.login_server, "Resource Manager answers too slowly for an audit");
                Ok(None)
            }
        }
    }
}
