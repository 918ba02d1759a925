//! A registry whose checkpoint cannot be read: nothing of it is refreshed, and its document says why.

use super::registry::RegistryWork;
use super::{CollectError, close};
use crate::inventory::generation::Generation;
use crate::inventory::problem::Completeness;
use crate::inventory::refresh::Phase;

/// Writes the problem into the registry document, beside the last snapshot. The checkpoint stays as it is: it may be
/// that of a newer build, which carries on from it. A registry document that cannot be read either is left alone too.
pub(super) async fn report(
    work: &RegistryWork<'_>,
    generation: &Generation,
    error: &CollectError,
) -> Result<(), CollectError> {
    let mut nothing_read = work.nothing_read(generation);
    nothing_read.phase = Phase::Done;
    nothing_read.outcome = Some(Completeness::Partial);
    nothing_read.problems.push(error.problem());
    match close::write_registry(work.store, &nothing_read, Completeness::Partial, None).await {
        Err(CollectError::Document { .. }) => Ok(()),
        written => written,
    }
}
