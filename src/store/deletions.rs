//! Blobs that are of no use any more: the versions that a listing showed.

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use time::Duration;

use super::{BlobKey, Listed, Store, StoreError, quoted};

/// So many requests are under way at a time.
const AT_ONCE: usize = 8;

impl Store {
    /// Deletes the versions that were listed; another one by now is somebody else's matter. The names of what was deleted.
    pub async fn delete_listed(
        &self,
        listed: impl IntoIterator<Item = (BlobKey, Listed)>,
    ) -> Result<Vec<String>, StoreError> {
        let deletions = listed.into_iter().map(|(key, listed)| {
            let delete = async move {
                match self.delete(&key, quoted(&listed.etag)).await {
                    Ok(()) => Ok(Some(listed.name)),
                    Err(StoreError::Conflict { .. }) => Ok(None),
                    Err(error) => Err(error),
                }
            };
            delete.boxed()
        });
        // Collected, for futures made by a borrowing iterator are not known to be `Send`.
        let deletions = stream::iter(deletions.collect::<Vec<_>>()).buffered(AT_ONCE);
        let deleted: Vec<Option<String>> = deletions.try_collect().await?;
        Ok(deleted.into_iter().flatten().collect())
    }

    /// Deletes what was written more than `age` ago by the clock of the storage, and is a blob that `key_of` knows by its
    /// name; how many. For names that come in the order of their dates: a page of a listing in which nothing is that old is
    /// the last one read.
    pub async fn delete_older(
        &self,
        prefix: &str,
        age: Duration,
        key_of: impl Fn(&str) -> Option<BlobKey>,
    ) -> Result<usize, StoreError> {
        let (mut marker, mut deleted) = (None, 0);
        loop {
            let page = self.list_page(prefix, marker.as_deref()).await?;
            // A storage that does not say the time keeps everything.
            let Some(now) = page.now else { return Ok(deleted) };
            let is_old = |written: Option<time::OffsetDateTime>| written.is_some_and(|written| now - written > age);
            let old: Vec<_> = page.blobs.into_iter().filter(|blob| is_old(blob.modified)).collect();
            let next = page.next.filter(|_| !old.is_empty());
            let known: Vec<_> = old
                .into_iter()
                .filter_map(|blob| Some((key_of(&blob.name)?, blob)))
                .collect();
            deleted += self.delete_listed(known).await?.len();
            match next {
                Some(next) => marker = Some(next),
                None => return Ok(deleted),
            }
        }
    }
}
