//! A registry whose checkpoint cannot be read: nothing of it is refreshed, and its document says why.

use uuid::Uuid;

use super::registry::RegistryWork;
use super::{CollectError, close, timestamp};
use crate::inventory::SCHEMA_VERSION;
use crate::inventory::generation::Generation;
use crate::inventory::problem::{Completeness, Problems};
use crate::inventory::refresh::{Phase, RefreshDocument};
use crate::inventory::registry::Totals;

/// Writes the problem into the registry document, beside the last snapshot. The checkpoint stays as it is: it may be
/// that of a newer build, which carries on from it. A registry document that cannot be read either is left alone too.
pub(super) async fn report(
    work: &RegistryWork<'_>,
    generation: &Generation,
    error: &CollectError,
) -> Result<(), CollectError> {
    let now = timestamp(crate::clock::now());
    let mut problems = Problems::default();
    problems.push(error.problem());
    let nothing_read = RefreshDocument {
        schema_version: SCHEMA_VERSION,
        login_server: work.login_server.clone(),
        registry_id: work.registry_id.cloned(),
        generation: generation.clone(),
        version: 0,
        commit_id: Uuid::nil(),
        phase: Phase::Done,
        cursor: None,
        pending: Vec::new(),
        parts: Vec::new(),
        index: Vec::new(),
        totals: Totals::default(),
        incomplete_repositories: 0,
        problems,
        resource: None,
        baseline: false,
        started_at: now.clone(),
        updated_at: now,
        requests: 0,
        outcome: Some(Completeness::Partial),
    };
    match close::write_registry(work.store, &nothing_read, Completeness::Partial, None).await {
        Err(CollectError::Document { .. }) => Ok(()),
        written => written,
    }
}
