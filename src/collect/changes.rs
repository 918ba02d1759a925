//! The change record of one commit, written line by line beside the document.

use super::CollectError;
use crate::inventory::change::{Change, Commit};
use crate::inventory::encode_line;
use crate::inventory::repository::Header;
use crate::store::{BlobKey, Condition, StagedWriter, Store};

/// A change record in the making; without a writer nothing is recorded.
#[derive(Debug)]
pub(super) struct ChangeLog<'a> {
    writer: Option<StagedWriter<'a>>,
    any: bool,
}

impl<'a> ChangeLog<'a> {
    /// The record of the commit that `header` begins.
    pub(super) async fn begin(store: &'a Store, header: &Header) -> Result<Self, CollectError> {
        let commit = Commit {
            schema_version: header.schema_version,
            login_server: header.login_server.clone(),
            repository: header.repository.clone(),
            version: header.version,
            commit_id: header.commit_id,
            previous_commit_id: header.previous_commit_id,
            observed_at: header.observed_at.clone(),
        };
        let day = time::OffsetDateTime::now_utc().date();
        let key = BlobKey::Changes(header.login_server.clone(), day, header.commit_id);
        let mut writer = store.writer(&key);
        let mut line = Vec::new();
        encode_line(&commit, &mut line);
        writer.write(&line).await?;
        Ok(Self {
            writer: Some(writer),
            any: false,
        })
    }

    /// Records nothing: the first inventory of a registry would only say that everything is new.
    pub(super) fn off() -> Self {
        Self {
            writer: None,
            any: false,
        }
    }

    /// Whether anything is recorded at all.
    pub(super) fn is_on(&self) -> bool {
        self.writer.is_some()
    }

    /// Adds a change.
    pub(super) async fn add(&mut self, change: &Change) -> Result<(), CollectError> {
        if let Some(writer) = &mut self.writer {
            self.any = true;
            let mut line = Vec::new();
            encode_line(change, &mut line);
            writer.write(&line).await?;
        }
        Ok(())
    }

    /// Writes the record, if there is a change in it. Just before its commit: see [`crate::inventory::change`].
    pub(super) async fn commit(self) -> Result<(), CollectError> {
        if let Some(writer) = self.writer.filter(|_| self.any) {
            writer.commit(Condition::Always).await?;
        }
        Ok(())
    }
}
