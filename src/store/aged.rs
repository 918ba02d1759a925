//! Blobs that are of no use any more once they are old.

use time::Duration;

use super::{BlobKey, Store, StoreError, quoted};

impl Store {
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
            for blob in &old {
                let Some(key) = key_of(&blob.name) else { continue };
                match self.delete(&key, quoted(&blob.etag)).await {
                    Ok(()) => deleted += 1,
                    // Another version by now.
                    Err(StoreError::Conflict { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            match page.next {
                Some(next) if !old.is_empty() => marker = Some(next),
                _ => return Ok(deleted),
            }
        }
    }
}
