//! The change record of one commit, written line by line beside the document.

use super::CollectError;
use crate::inventory::change::{Change, Commit};
use crate::inventory::encode_line;
use crate::inventory::repository::Header;
use crate::store::{BlobKey, Condition, StagedWriter, Store};

/// A change record in the making; nothing of it is there before its first change.
#[derive(Debug)]
pub(super) struct ChangeLog<'a> {
    store: &'a Store,
    is_on: bool,
    writer: Option<StagedWriter<'a>>,
}

impl<'a> ChangeLog<'a> {
    /// A record that takes changes if `is_on`: the first inventory of a registry would only say that everything is new.
    pub(super) fn new(store: &'a Store, is_on: bool) -> Self {
        Self {
            store,
            is_on,
            writer: None,
        }
    }

    /// Whether anything is recorded at all.
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Adds a change of the commit that `header` begins.
    pub(super) async fn add(&mut self, header: &Header, change: &Change) -> Result<(), CollectError> {
        self.add_of(|| first_line(header), change).await
    }

    /// Adds a change of a commit.
    pub(super) async fn add_of(
        &mut self,
        commit: impl FnOnce() -> Commit,
        change: &Change,
    ) -> Result<(), CollectError> {
        if !self.is_on {
            return Ok(());
        }
        let mut lines = Vec::new();
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let commit = commit();
                encode_line(&commit, &mut lines);
                let day = crate::clock::now().date();
                let key = BlobKey::Changes(commit.login_server, day, commit.commit_id);
                self.writer.insert(self.store.writer(&key))
            }
        };
        encode_line(change, &mut lines);
        Ok(writer.write(&lines).await?)
    }

    /// Writes the record, if there is a change in it. Just before its commit: see [`crate::inventory::change`].
    pub(super) async fn commit(self) -> Result<(), CollectError> {
        if let Some(writer) = self.writer {
            writer.commit(Condition::Always).await?;
        }
        Ok(())
    }
}

/// Writes the record of a commit that was made in one go, if it changes anything that is recorded.
pub(crate) async fn write_changes(
    store: &Store,
    commit: impl Fn() -> Commit,
    changes: &[Change],
) -> Result<(), CollectError> {
    let mut log = ChangeLog::new(store, true);
    for change in changes {
        log.add_of(&commit, change).await?;
    }
    log.commit().await
}

fn first_line(header: &Header) -> Commit {
    Commit {
        schema_version: header.schema_version,
        login_server: header.login_server.clone(),
        repository: Some(header.repository.clone()),
        version: header.version,
        commit_id: header.commit_id,
        previous_commit_id: header.previous_commit_id,
        observed_at: header.observed_at.clone(),
    }
}
