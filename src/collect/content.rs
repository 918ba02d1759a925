//! The phase after the audit: what only manifests say themselves, one request per digest, once for ever.
//!
//! The list phase names the repositories that changed and have multi-platform indexes. A digest that cannot be had is
//! never an error of the lists: it stays unknown and is asked for again in a later generation.

mod document;
mod indexes;
mod repository;
mod tasks;

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::checkpoint::Checkpoint;
use super::registry::{Progress, RegistryWork, SAVE_EVERY, SKIP_AFTER_ATTEMPTS};
use super::scan::discard;
use super::{CollectError, commit, retention};
use crate::azure::Failure;
use crate::azure::acr::RegistryClient;
use crate::inventory::content::{ContentCoverage, ContentTask};
use crate::inventory::encode;
use crate::inventory::refresh::RefreshDocument;
use crate::inventory::registry::RegistryDocument;
use crate::names::RepositoryName;
use crate::store::BlobKey;
use repository::{Known, Source, read_repository, unknown};
use tasks::TaskReader;
pub(super) use tasks::write_list;

/// Tasks that are taken from the lists at a time.
const TASKS: usize = 1_000;
/// Tries of the registry document's conditional write.
const ROUNDS: u32 = 10;

/// Reads what is due, until it is done or the time is over. None: the checkpoint is at its end.
pub(super) async fn run(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
) -> Result<Option<Progress>, CollectError> {
    let mut tasks = TaskReader::begin(work.store, work.login_server, &checkpoint.document.content).await?;
    let mut batch = Batch::default();
    let mut progressed = false;
    loop {
        let next = tasks.next(TASKS).await?;
        if next.is_empty() {
            break;
        }
        let mut ended = std::pin::pin!(read_all(work, client, next));
        while let Some((task, known)) = ended.next().await {
            let known = known?;
            progressed |= known.asked > 0;
            if let Some(failure) = known.stopped {
                return stop(work, client, checkpoint, batch, &failure, progressed).await;
            }
            batch.take(task, known);
            if batch.begun.elapsed() >= SAVE_EVERY && !std::mem::take(&mut batch).save(work, client, checkpoint).await?
            {
                return Ok(Some(Progress::Superseded));
            }
        }
    }
    end(work, client, checkpoint, batch).await
}

/// The tasks with how they ended, in their order.
fn read_all<'a>(
    work: &'a RegistryWork<'_>,
    client: &'a RegistryClient,
    tasks: Vec<(ContentTask, bool)>,
) -> impl futures_util::Stream<Item = (ContentTask, Result<Known, CollectError>)> + 'a {
    let permits = Arc::new(Semaphore::new(work.concurrency));
    let names: Vec<RepositoryName> = tasks.iter().map(|(task, _)| task.repository.clone()).collect();
    // A token names a batch of repositories, and is asked for with the first request that takes it.
    let batches: Vec<Vec<RepositoryName>> = RegistryClient::batches(&names).map(<[_]>::to_vec).collect();
    let mut tasks = tasks.into_iter();
    let batches = batches.into_iter().map(move |names| {
        let tasks: Vec<(ContentTask, bool)> = tasks.by_ref().take(names.len()).collect();
        (names, tasks)
    });
    stream::iter(batches)
        .then(move |(names, tasks)| async move { (client.content_access(&names).await, tasks) })
        .flat_map(|(access, tasks)| stream::iter(tasks.into_iter().map(move |task| (access.clone(), task))))
        .map(move |(access, (task, is_first))| {
            let permits = Arc::clone(&permits);
            async move {
                let known = match access {
                    _ if !is_first => Ok(Known::default()),
                    Ok(access) => {
                        let source = Source {
                            client,
                            access: &access,
                            permits: &permits,
                        };
                        read_repository(work, source, &task.repository).await
                    }
                    Err(failure) => Err(failure.into()),
                };
                let known = match known {
                    Err(CollectError::Service(failure)) if failure.is_transient() => Ok(Known {
                        stopped: Some(failure),
                        ..Known::default()
                    }),
                    // No token, or a document that cannot be read: it is not known, and not forgotten.
                    Err(CollectError::Document { .. } | CollectError::Service(_)) => {
                        unknown(work, &task.repository).await
                    }
                    known => known,
                };
                (task, known)
            }
        })
        .buffered(work.concurrency)
}

/// Tasks that are done and not yet in the checkpoint.
#[derive(Debug)]
struct Batch {
    begun: Instant,
    done: u64,
    refused: u64,
    later: Vec<ContentTask>,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            done: 0,
            refused: 0,
            later: Vec::new(),
        }
    }
}

impl Batch {
    fn take(&mut self, task: ContentTask, known: Known) {
        self.done += 1;
        self.refused += known.refused;
        let is_another = known.content_hash.as_ref().is_some_and(|now| *now != task.content_hash);
        if known.refused > 0 || is_another {
            self.later.push(ContentTask {
                content_hash: known.content_hash.unwrap_or(task.content_hash),
                ..task
            });
        }
    }

    /// False: somebody else moved the checkpoint; a newer generation, most likely.
    async fn save(
        self,
        work: &RegistryWork<'_>,
        client: &RegistryClient,
        checkpoint: &mut Checkpoint,
    ) -> Result<bool, CollectError> {
        self.enter(work, client, &mut checkpoint.document).await?;
        checkpoint.save(work.store, work.mover).await
    }

    async fn enter(
        self,
        work: &RegistryWork<'_>,
        client: &RegistryClient,
        document: &mut RefreshDocument,
    ) -> Result<(), CollectError> {
        let later = write_list(work.store, work.login_server, &self.later).await?;
        document.content.later.extend(later);
        document.content.done += self.done;
        document.content.refused += self.refused;
        document.requests += client.take_sent();
        Ok(())
    }
}

/// A passing failure, or no time left: the tasks that are done are saved, the others are left to the next invocation;
/// after several fruitless ones to the next generation.
async fn stop(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
    batch: Batch,
    failure: &Failure,
    progressed: bool,
) -> Result<Option<Progress>, CollectError> {
    let gives_up = !progressed && batch.done == 0 && work.attempt >= SKIP_AFTER_ATTEMPTS;
    let progressed = progressed || batch.done > 0;
    if gives_up {
        checkpoint.document.phase = retention::next_phase(work, &checkpoint.document);
    }
    if !batch.save(work, client, checkpoint).await? {
        return Ok(Some(Progress::Superseded));
    }
    if gives_up {
        return Ok(None);
    }
    let generation = checkpoint.document.generation.clone();
    Ok(Some(match work.deadline.is_soft_over() {
        true => Progress::Continue {
            generation,
            pause: Duration::ZERO,
            progressed,
            reason: None,
        },
        false => Progress::reschedule(generation, failure, progressed),
    }))
}

/// Everything that was due is done.
async fn end(
    work: &RegistryWork<'_>,
    client: &RegistryClient,
    checkpoint: &mut Checkpoint,
    batch: Batch,
) -> Result<Option<Progress>, CollectError> {
    batch.enter(work, client, &mut checkpoint.document).await?;
    let content = &mut checkpoint.document.content;
    let done = std::mem::take(&mut content.lists);
    (content.done, content.done_before) = (0, 0);
    let coverage = ContentCoverage {
        known: content.indexes.saturating_sub(content.refused),
        of: content.indexes,
        refused: content.refused,
    };
    // Where there was nothing to do, the close has said so.
    if !done.is_empty() {
        publish(work, &checkpoint.document, coverage).await?;
    }
    checkpoint.document.phase = retention::next_phase(work, &checkpoint.document);
    if !checkpoint.save(work.store, work.mover).await? {
        return Ok(Some(Progress::Superseded));
    }
    discard(work.store, work.login_server, &done).await;
    Ok(None)
}

/// Puts the coverage into the registry document, if that is still this generation's and does not say so yet.
async fn publish(
    work: &RegistryWork<'_>,
    document: &RefreshDocument,
    coverage: ContentCoverage,
) -> Result<(), CollectError> {
    let key = BlobKey::Registry(work.login_server.clone());
    for _ in 0..ROUNDS {
        let read = commit::read::<RegistryDocument>(work.store, &key).await;
        let Some((before, etag)) = (match read {
            Err(CollectError::Document { .. }) => None,
            read => read?,
        }) else {
            return Ok(());
        };
        if before.generation != document.generation || before.content == Some(coverage) {
            return Ok(());
        }
        let after = RegistryDocument {
            version: before.version + 1,
            commit_id: crate::random::uuid(),
            previous_commit_id: Some(before.commit_id),
            content: Some(coverage),
            ..before
        };
        let written = commit::write(work.store, &key, encode(&after), after.commit_id, Some(etag)).await?;
        if written != commit::Committed::Theirs {
            return Ok(());
        }
    }
    Err(CollectError::Contended { what: key.to_string() })
}
