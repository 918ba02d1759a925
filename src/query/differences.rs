//! `diff`: what two snapshots of a registry tell apart. Nothing is guessed: a repository that was renamed went, and one came.

use futures_util::stream::{self, Stream, StreamExt as _};

use super::difference::{Difference, RepositoryLock, Wanted, What};
use super::lines::differing;
use crate::collect::CollectError;
use crate::inventory::change::Change;
use crate::snapshot::{BaseLine, Beside, SideBySide, Snapshot};

/// Repositories whose lines are read at the same time.
const READ_AT_ONCE: usize = 16;

/// What has changed from `before` to `after`, repository after repository in the order of the catalog.
pub fn differences<'s>(
    before: &'s Snapshot<'_>,
    after: &'s Snapshot<'_>,
    wanted: &'s Wanted,
) -> impl Stream<Item = Result<Vec<Difference>, CollectError>> + 's {
    let sides = SideBySide::new(before, after);
    let besides = stream::unfold(Some(sides), |sides| async {
        let mut sides = sides?;
        match sides.next().await {
            Ok(Some(beside)) => Some((Ok(beside), Some(sides))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    let compared = besides.map(move |beside| async move { of_repository(before, after, beside?, wanted).await });
    compared.buffered(READ_AT_ONCE)
}

async fn of_repository(
    before: &Snapshot<'_>,
    after: &Snapshot<'_>,
    beside: Beside,
    wanted: &Wanted,
) -> Result<Vec<Difference>, CollectError> {
    if !wanted.repository(Some(beside.name.as_str())) {
        return Ok(Vec::new());
    }
    let is_live = |base: &Option<BaseLine>| base.as_ref().is_some_and(|base| base.line.removed_at.is_none());
    let itself = match (is_live(&beside.before), is_live(&beside.after)) {
        (false, false) => return Ok(Vec::new()),
        (false, true) => Some(What::Change(Change::RepositoryAdded)),
        (true, false) => Some(What::Change(Change::RepositoryRemoved)),
        (true, true) => lock(&beside),
    };
    let mut found: Vec<What> = itself.into_iter().filter(|what| wanted.change(what)).collect();
    let hash = |base: &Option<BaseLine>| base.as_ref().map(|base| base.line.state_hash.clone());
    if hash(&beside.before) != hash(&beside.after) {
        let (before, after) = beside.lines(before, after).await?;
        differing(before, after, wanted, &mut found).await?;
    }
    let differences = found.into_iter().map(|what| Difference {
        what,
        login_server: after.manifest().login_server.clone(),
        repository: Some(beside.name.clone()),
        recorded: None,
    });
    Ok(differences.collect())
}

/// A change of the repository's own switches, where both times they were known.
fn lock(beside: &Beside) -> Option<What> {
    let switches = |base: &Option<BaseLine>| {
        let attributes = base.as_ref()?.line.attributes.as_ref()?;
        Some(attributes.changeable_attributes.clone())
    };
    let (from, to) = (switches(&beside.before)?, switches(&beside.after)?);
    (from != to).then_some(What::Repository(RepositoryLock { from, to }))
}
