//! A repository that is stored and that the catalog does not list: gone, gone for long, or there all the same.

use super::SnapshotLine;
use crate::collect::stored::StoredDocument;
use crate::collect::stored_names::Known;
use crate::collect::{CollectError, age};
use crate::names::{LoginServer, RepositoryName};
use crate::snapshot::removed_line;
use crate::store::{BlobKey, Store, StoreError, bare, quoted};

/// A tombstone is deleted after so many days.
const TOMBSTONE_DAYS: i64 = 30;

/// What is stored of it.
#[derive(Debug)]
pub(in crate::collect) enum Unlisted {
    /// It was there when it was last looked at: the registry has to be asked for it by name.
    Live,
    /// It is known to be gone.
    Gone(SnapshotLine),
}

/// Looks at what is stored. A tombstone that is old enough is deleted, and its line with it.
pub(in crate::collect) async fn look_at_unlisted(
    store: &Store,
    login_server: &LoginServer,
    name: &RepositoryName,
    known: &Known,
) -> Result<Unlisted, CollectError> {
    let removed_at = |known: &Known| known.base.as_ref().and_then(|base| base.line.removed_at.clone());
    let (line, etag, removed_at) = match (known.vouched(), &known.listed) {
        (Some(base), Some(listed)) => match &base.line.removed_at {
            None => return Ok(Unlisted::Live),
            Some(removed_at) => {
                let line = SnapshotLine::Unchanged(Box::new(base.clone()));
                (line, listed.clone(), removed_at.clone())
            }
        },
        // Its tombstone was deleted.
        (_, None) if removed_at(known).is_some() => return Ok(Unlisted::Gone(SnapshotLine::Nothing)),
        (_, None) => return Ok(Unlisted::Live),
        (None, Some(_)) => match StoredDocument::open(store, login_server, name).await? {
            None => return Ok(Unlisted::Live),
            Some(stored) => {
                let Some(removed_at) = stored.header.removed_at else {
                    return Ok(Unlisted::Live);
                };
                let etag = bare(&stored.etag);
                let line = removed_line(name.clone(), Some(etag.clone()), removed_at.clone());
                (SnapshotLine::Kept(Box::new(line)), etag, removed_at)
            }
        },
    };
    if age(&removed_at).is_some_and(|age| age.whole_days() > TOMBSTONE_DAYS) {
        let key = BlobKey::Repository(login_server.clone(), name.clone());
        return match store.delete(&key, quoted(&etag)).await {
            Ok(()) => Ok(Unlisted::Gone(SnapshotLine::Nothing)),
            // Somebody has just seen it come again.
            Err(StoreError::Conflict { .. }) => Ok(Unlisted::Live),
            Err(error) => Err(error.into()),
        };
    }
    Ok(Unlisted::Gone(line))
}
