//! The audit at the end of a refresh.

use crate::audit::{Auditor, Refreshed, Target};
use crate::azure::Failure;
use crate::azure::arm::Arm;
use crate::collect::CollectError;
use crate::collect::registry::{PATIENCE, RegistryWork};
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
            patient: work.attempt < PATIENCE,
        })
    }

    /// Reads and judges the registry.
    pub(super) async fn make(
        &self,
        document: &RefreshDocument,
        snapshot: Option<&SnapshotPointer>,
    ) -> Result<AuditDocument, CollectError> {
        if self.patient && self.deadline.is_soft_over() {
            return Err(CollectError::Service(Failure::Unavailable {
                target: format!("audit of {}", document.login_server),
                detail: "no time is left for it in this invocation".to_owned(),
            }));
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
        self.auditor.audit(self.arm, self.store, registry, self.patient).await
    }
}
