//! The work lists of the content phase: which repositories have indexes to ask for, in blobs that are written once.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;

use crate::collect::CollectError;
use crate::collect::stored::unreadable;
use crate::inventory::content::ContentTask;
use crate::inventory::encode_line;
use crate::inventory::refresh::{ContentWork, Segment};
use crate::names::{LoginServer, RepositoryName};
use crate::store::{BlobKey, Condition, LineReader, Store};

/// Writes a list; none if there is nothing in it.
pub(in crate::collect) async fn write_list(
    store: &Store,
    login_server: &LoginServer,
    tasks: &[ContentTask],
) -> Result<Option<Segment>, CollectError> {
    if tasks.is_empty() {
        return Ok(None);
    }
    let mut lines = Vec::new();
    for task in tasks {
        encode_line(task, &mut lines);
    }
    let (id, bytes) = (crate::random::uuid(), lines.len() as u64);
    let key = BlobKey::Lines(login_server.clone(), id);
    let etag = store.write(&key, lines, Condition::Always).await?;
    let version = etag.to_string();
    Ok(Some(Segment { id, version, bytes }))
}

/// Reads lists one after the other.
#[derive(Debug)]
pub(super) struct TaskReader<'a> {
    store: &'a Store,
    login_server: &'a LoginServer,
    lists: VecDeque<Segment>,
    current: Option<(String, LineReader)>,
    /// Repositories that this generation has done or is about to: what an older one rescheduled and what has changed since may
    /// name the same. Names in memory, some 100 bytes each.
    seen: BTreeSet<RepositoryName>,
}

impl<'a> TaskReader<'a> {
    /// Begins with the first task that is not done.
    pub(super) async fn begin(
        store: &'a Store,
        login_server: &'a LoginServer,
        work: &ContentWork,
    ) -> Result<Self, CollectError> {
        let mut reader = Self {
            store,
            login_server,
            lists: work.lists.iter().cloned().collect(),
            current: None,
            seen: BTreeSet::new(),
        };
        for number in 0..work.done {
            let Some(task) = reader.task().await? else { break };
            if number >= work.done_before {
                reader.seen.insert(task.repository);
            }
        }
        Ok(reader)
    }

    /// The next few tasks, each with whether it is the first about its repository; none at the end.
    pub(super) async fn next(&mut self, most: usize) -> Result<Vec<(ContentTask, bool)>, CollectError> {
        let mut tasks = Vec::new();
        while tasks.len() < most {
            let Some(task) = self.task().await? else { break };
            let is_first = self.seen.insert(task.repository.clone());
            tasks.push((task, is_first));
        }
        Ok(tasks)
    }

    async fn task(&mut self) -> Result<Option<ContentTask>, CollectError> {
        let Some((key, line)) = self.line().await? else {
            return Ok(None);
        };
        let task = serde_json::from_slice(&line);
        task.map(Some).map_err(|error| unreadable(&key, error))
    }

    async fn line(&mut self) -> Result<Option<(String, Bytes)>, CollectError> {
        loop {
            if let Some((key, lines)) = &mut self.current {
                if let Some(line) = lines.next_line().await? {
                    return Ok(Some((key.clone(), line)));
                }
                self.current = None;
            }
            let Some(list) = self.lists.pop_front() else {
                return Ok(None);
            };
            let key = BlobKey::Lines(self.login_server.clone(), list.id);
            let Some((_, lines)) = self.store.open(&key).await? else {
                // Whoever took the checkpoint over has done them, and deleted the list.
                return Err(CollectError::Contended { what: key.to_string() });
            };
            self.current = Some((key.to_string(), lines));
        }
    }
}
