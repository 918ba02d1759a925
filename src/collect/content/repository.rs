//! The content of one repository: which indexes are not known, one request for each, all of them written at once.

use futures_util::stream::{self, StreamExt as _};
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use super::document::{ContentReader, ContentWriter, Fetched};
use crate::azure::Failure;
use crate::azure::acr::{Access, RegistryClient};
use crate::collect::registry::{RegistryWork, SKIP_AFTER_ATTEMPTS};
use crate::collect::stored::StoredDocument;
use crate::collect::{CollectError, timestamp};
use crate::inventory::content::ContentRecord;
use crate::inventory::repository::{LineKind, ManifestRecord};
use crate::names::{Digest, RepositoryName};

/// Indexes of one repository that are read before they are written: this bounds memory.
const BATCH: usize = 1_000;
/// Rounds of read, ask and write before giving way to whoever keeps changing the document.
const ROUNDS: u32 = 8;
/// Days until an index is asked for again: 1, 2, 4 … and this at the most.
const LONGEST_WAIT_DAYS: i64 = 32;

/// How far the content of a repository is known.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Indexes whose content could not be had; not all of them are due again.
    pub(super) refused: u64,
    /// Content hash of the repository's document as it was read; absent where it is gone or was not read to its end.
    pub(super) content_hash: Option<String>,
    /// Indexes asked for now.
    pub(super) asked: u64,
    /// Why there is more to do: a failure that passes, or the time of the invocation.
    pub(super) stopped: Option<Failure>,
}

/// What one pass over the repository's document and its content document found.
struct Missing {
    digests: Vec<(Digest, u32)>,
    /// There are more of them than one batch takes.
    is_cut: bool,
    known: Known,
}

/// Asks for every index of a repository that is not known and is due.
pub(super) async fn read_repository(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    access: &Access,
    repository: &RepositoryName,
    permits: &Semaphore,
) -> Result<Known, CollectError> {
    let mut asked = 0;
    for _ in 0..ROUNDS {
        loop {
            let Some(missing) = missing(work, repository).await? else {
                return Ok(Known::default());
            };
            if missing.digests.is_empty() {
                return Ok(Known { asked, ..missing.known });
            }
            let (fetched, stopped) = fetch(work, client, access, repository, missing.digests, permits).await;
            asked += fetched.len() as u64;
            if !fetched.is_empty() && !write(work, repository, &fetched).await? {
                break;
            }
            if stopped.is_some() {
                return Ok(Known {
                    asked,
                    stopped,
                    ..missing.known
                });
            }
            if !missing.is_cut {
                // Once more, to count what was refused, and to see which document stands there now: the one that the content
                // was written for may be another than the one that was asked about.
                let known = self::missing(work, repository).await?.map(|missing| missing.known);
                return Ok(Known {
                    asked,
                    ..known.unwrap_or_default()
                });
            }
        }
    }
    Err(CollectError::Contended {
        what: format!("{}/{repository}", work.login_server),
    })
}

/// How many indexes of a repository are not known, where nothing can be asked; one at least, so that it is looked at again.
pub(super) async fn unknown(work: &RegistryWork<'_>, repository: &RepositoryName) -> Result<Known, CollectError> {
    let missing = match missing(work, repository).await {
        Err(CollectError::Document { .. }) => None,
        missing => missing?,
    };
    let refused = missing.map_or(1, |missing| missing.known.refused + missing.digests.len() as u64);
    Ok(Known {
        refused,
        ..Known::default()
    })
}

/// The indexes to ask for; none if the repository is gone.
async fn missing(work: &RegistryWork<'_>, repository: &RepositoryName) -> Result<Option<Missing>, CollectError> {
    let Some(mut stored) = StoredDocument::open(work.store, work.login_server, repository).await? else {
        return Ok(None);
    };
    if stored.header.removed_at.is_some() {
        return Ok(None);
    }
    let mut content = ContentReader::open(work.store, work.login_server, repository).await?;
    let now = timestamp(crate::clock::now());
    let mut missing = Missing {
        digests: Vec::new(),
        is_cut: false,
        known: Known::default(),
    };
    while let Some(digest) = next_index(&mut stored).await? {
        let attempts = match content.record(&digest).await? {
            Some(ContentRecord::Index { .. }) => continue,
            Some(ContentRecord::Unknown {
                attempts, retry_after, ..
            }) => {
                if retry_after > now {
                    missing.known.refused += 1;
                    continue;
                }
                attempts
            }
            None => 0,
        };
        if missing.digests.len() == BATCH {
            missing.is_cut = true;
            break;
        }
        missing.digests.push((digest, attempts));
    }
    if !missing.is_cut {
        while stored.peek().await?.is_some() {
            drop(stored.take());
        }
        missing.known.content_hash = stored.end().map(|end| end.content_hash.clone());
    }
    Ok(Some(missing))
}

/// The next index of a repository's document.
async fn next_index(stored: &mut StoredDocument) -> Result<Option<Digest>, CollectError> {
    loop {
        let is_manifest = (stored.peek().await?).is_some_and(|line| line.kind == LineKind::Manifest);
        let Some(line) = is_manifest.then(|| stored.take()).flatten() else {
            return Ok(None);
        };
        let manifest: ManifestRecord = stored.record(&line)?;
        if manifest.is_index() {
            return Ok(Some(manifest.digest));
        }
    }
}

/// Asks for them side by side. A passing failure, or the end of the time, ends it with what has come by then.
async fn fetch(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    access: &Access,
    repository: &RepositoryName,
    digests: Vec<(Digest, u32)>,
    permits: &Semaphore,
) -> (Fetched, Option<Failure>) {
    let ask = |(digest, attempts): (Digest, u32)| async move {
        // Closed never: it is the phase's own.
        let _permit = permits.acquire().await;
        if work.deadline.is_soft_over() {
            return Err(Failure::Unavailable {
                target: repository.to_string(),
                detail: "the invocation has no time left for its manifests".to_owned(),
            });
        }
        match client.index_children(access, repository, &digest).await {
            Ok(children) => Ok(ContentRecord::Index { digest, children }),
            Err(failure @ Failure::Throttled { .. }) => Err(failure),
            Err(failure) if failure.is_transient() && work.attempt < SKIP_AFTER_ATTEMPTS => Err(failure),
            Err(failure) => Ok(postpone(digest, &failure, attempts)),
        }
    };
    let (mut fetched, mut stopped) = (Fetched::new(), None);
    let mut answers = std::pin::pin!(stream::iter(digests).map(ask).buffer_unordered(work.concurrency));
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(record) => {
                fetched.insert(record.digest().clone(), record);
            }
            Err(failure) => {
                stopped = Some(failure);
                break;
            }
        }
    }
    (fetched, stopped)
}

/// A digest that could not be had, to be asked for again after 1, 2, 4 … 32 days.
fn postpone(digest: Digest, failure: &Failure, attempts: u32) -> ContentRecord {
    let days = 2_i64.saturating_pow(attempts.min(10)).min(LONGEST_WAIT_DAYS);
    let retry_at: OffsetDateTime = crate::clock::now() + time::Duration::days(days);
    ContentRecord::Unknown {
        digest,
        code: failure.problem().code.as_str().to_owned(),
        attempts: attempts + 1,
        retry_after: timestamp(retry_at),
    }
}

/// Merges what was read into the content document. What the repository no longer has is left out.
async fn write(work: &RegistryWork<'_>, repository: &RepositoryName, fetched: &Fetched) -> Result<bool, CollectError> {
    let Some(mut stored) = StoredDocument::open(work.store, work.login_server, repository).await? else {
        return Ok(true);
    };
    let mut content = ContentReader::open(work.store, work.login_server, repository).await?;
    let before = content.header.clone();
    let mut writer = ContentWriter::begin(work.store, work.login_server, repository, before.as_ref()).await?;
    while let Some(digest) = next_index(&mut stored).await? {
        let known = content.record(&digest).await?;
        match fetched.get(&digest) {
            // What is known stays known, whatever we were told just now.
            Some(_) if matches!(known, Some(ContentRecord::Index { .. })) => {}
            Some(record) => {
                writer.add(record).await?;
                continue;
            }
            None => {}
        }
        if let Some(record) = known {
            writer.add(&record).await?;
        }
    }
    writer.commit(content.etag).await
}
