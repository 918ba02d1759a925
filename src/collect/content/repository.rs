//! The content of one repository: one pass over its indexes, in the order of digests, asks for those that are not known and
//! are due, and writes the content document anew. Memory: the answers that wait for one before them.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt as _;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::document::ContentWriter;
use super::indexes::{Found, Index, Indexes};
use crate::azure::Failure;
use crate::azure::acr::{Access, RegistryClient};
use crate::collect::registry::{RegistryWork, SAVE_EVERY, SKIP_AFTER_ATTEMPTS};
use crate::collect::{CollectError, timestamp};
use crate::inventory::content::ContentRecord;
use crate::names::{Digest, RepositoryName};

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

/// Whom to ask for the indexes of a repository.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) client: &'a RegistryClient,
    pub(super) access: &'a Access,
    /// Requests of the whole phase under way.
    pub(super) permits: &'a Semaphore,
}

/// What became of one index.
enum Answer {
    /// Nothing was asked: what was known stays.
    Kept(Option<ContentRecord>),
    Asked(ContentRecord),
    /// It is due, and was passed over.
    Due(Option<ContentRecord>),
    /// So is it, for this reason.
    Stopped(Option<ContentRecord>, Failure),
    /// There are no more.
    End {
        content_hash: Option<String>,
    },
}

/// Asks for every index of a repository that is not known and is due.
pub(super) async fn read_repository(
    work: &RegistryWork<'_>,
    source: Source<'_>,
    repository: &RepositoryName,
) -> Result<Known, CollectError> {
    let (mut asked, mut rounds) = (0, 0);
    while rounds < ROUNDS {
        let Some(mut indexes) = Indexes::open(work, repository).await? else {
            return Ok(Known::default());
        };
        let before = count(&mut indexes, true).await?;
        if before.due == 0 {
            let content_hash = indexes.content_hash();
            return Ok(Known {
                refused: before.refused,
                content_hash,
                asked,
                stopped: None,
            });
        }
        let Some(indexes) = indexes.rewound(work).await? else {
            rounds += 1;
            continue;
        };
        let passed = pass(work, source, repository, indexes).await?;
        asked += passed.known.asked;
        if !passed.is_written {
            rounds += 1;
        } else if passed.known.stopped.is_some() || !passed.is_cut {
            return Ok(Known { asked, ..passed.known });
        }
    }
    Err(CollectError::Contended {
        what: format!("{}/{repository}", work.login_server),
    })
}

/// How many indexes of a repository are not known, where nothing can be asked; one at least, so that it is looked at again.
pub(super) async fn unknown(work: &RegistryWork<'_>, repository: &RepositoryName) -> Result<Known, CollectError> {
    let looked = match Indexes::open(work, repository).await {
        Ok(Some(mut indexes)) => count(&mut indexes, false).await,
        Ok(None) => Ok(Counts { due: 1, refused: 0 }),
        Err(error) => Err(error),
    };
    let refused = match looked {
        Ok(looked) => looked.refused + looked.due,
        Err(CollectError::Document { .. }) => 1,
        Err(error) => return Err(error),
    };
    Ok(Known {
        refused,
        ..Known::default()
    })
}

/// How many indexes are due, and how many could not be had and are not due yet.
struct Counts {
    due: u64,
    refused: u64,
}

/// Reads on to the end, or to the first that is due.
async fn count(indexes: &mut Indexes<'_>, ends_at_due: bool) -> Result<Counts, CollectError> {
    let mut counts = Counts { due: 0, refused: 0 };
    while let Some(index) = indexes.next().await? {
        counts.due += u64::from(index.is_due);
        counts.refused += u64::from(!index.is_due && is_unknown(index.known.as_ref()));
        if ends_at_due && index.is_due {
            break;
        }
    }
    Ok(counts)
}

fn is_unknown(record: Option<&ContentRecord>) -> bool {
    matches!(record, Some(ContentRecord::Unknown { .. }))
}

/// How a pass over the indexes of a repository ended.
struct Passed {
    known: Known,
    /// Whether what came is stored; else somebody else has written meanwhile.
    is_written: bool,
    /// It was written before all that is due was asked for, so that a process that dies loses little.
    is_cut: bool,
}

/// Asks for what is due, side by side, and writes it with what was known. What the repository no longer has is left out. A
/// passing failure, the end of the time, or a pass that takes long: the rest stays as it was, and what has come is written.
async fn pass(
    work: &RegistryWork<'_>,
    source: Source<'_>,
    repository: &RepositoryName,
    indexes: Indexes<'_>,
) -> Result<Passed, CollectError> {
    let (before, read) = indexes.content_version();
    let mut writer = ContentWriter::begin(work.store, work.login_server, repository, before.as_ref()).await?;
    let (begun, is_over) = (Instant::now(), AtomicBool::new(false));
    let mut passed = Passed {
        known: Known::default(),
        is_written: true,
        is_cut: false,
    };
    let is_over = &is_over;
    let answers = indexes.stream().map(move |index| async move {
        match index {
            Ok(Found::Index(index)) => Ok(ask(work, source, repository, index, is_over).await),
            Ok(Found::End { content_hash }) => Ok(Answer::End { content_hash }),
            Err(error) => Err(error),
        }
    });
    // Those that come first wait for one before them; meanwhile others are asked for.
    let mut answers = std::pin::pin!(answers.buffered(2 * work.concurrency));
    while let Some(answer) = answers.next().await {
        let record = match answer? {
            Answer::Kept(record) => record,
            Answer::Asked(record) => {
                passed.known.asked += 1;
                Some(record)
            }
            Answer::Due(record) => {
                passed.is_cut = true;
                record
            }
            Answer::Stopped(record, failure) => {
                passed.known.stopped.get_or_insert(failure);
                record
            }
            Answer::End { content_hash } => {
                passed.known.content_hash = content_hash;
                None
            }
        };
        if passed.known.stopped.is_some() || begun.elapsed() >= SAVE_EVERY {
            is_over.store(true, Ordering::Relaxed);
        }
        passed.known.refused += u64::from(is_unknown(record.as_ref()));
        if let Some(record) = record {
            writer.add(&record).await?;
        }
    }
    if passed.known.asked > 0 {
        passed.is_written = writer.commit(read).await?;
    }
    Ok(passed)
}

async fn ask(
    work: &RegistryWork<'_>,
    source: Source<'_>,
    repository: &RepositoryName,
    index: Index,
    is_over: &AtomicBool,
) -> Answer {
    let Index { digest, known, is_due } = index;
    if !is_due {
        return Answer::Kept(known);
    }
    // Closed never: it is the phase's own.
    let _permit = source.permits.acquire().await;
    if is_over.load(Ordering::Relaxed) {
        return Answer::Due(known);
    }
    if work.deadline.is_soft_over() {
        let failure = Failure::Unavailable {
            target: repository.to_string(),
            detail: "the invocation has no time left for its manifests".to_owned(),
        };
        return Answer::Stopped(known, failure);
    }
    let attempts = match &known {
        Some(ContentRecord::Unknown { attempts, .. }) => *attempts,
        _ => 0,
    };
    match source.client.index_children(source.access, repository, &digest).await {
        Ok(children) => Answer::Asked(ContentRecord::Index { digest, children }),
        Err(failure @ Failure::Throttled { .. }) => Answer::Stopped(known, failure),
        Err(failure) if failure.is_transient() && work.attempt < SKIP_AFTER_ATTEMPTS => Answer::Stopped(known, failure),
        Err(failure) => Answer::Asked(postpone(digest, &failure, attempts)),
    }
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
