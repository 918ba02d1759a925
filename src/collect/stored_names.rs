//! What is stored of a registry, in the catalog's order: the listing of its documents merged with the index of the base
//! snapshot, both as streams.

use super::CollectError;
use crate::chain::chain;
use crate::inventory::manifest::SnapshotManifest;
use crate::names::{LoginServer, RepositoryName};
use crate::snapshot::{BaseLine, IndexReader, SnapshotError};
use crate::store::{Documents, Store};

/// What is known of a repository before it is observed (commit rule 1).
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// As the base snapshot has it.
    pub(super) base: Option<BaseLine>,
    /// Version of its document, as the listing shows it; none: it has no document.
    pub(super) listed: Option<String>,
}

impl Known {
    /// The base's line, where the document that is there is the one that it vouches for: nothing has to be read to know
    /// what that says.
    pub(super) fn vouched(&self) -> Option<&BaseLine> {
        let base = self.base.as_ref()?;
        (self.listed.is_some() && base.line.etag == self.listed).then_some(base)
    }
}

/// Stored names, each asked for once.
#[derive(Debug)]
pub(super) struct StoredNames<'a> {
    login_server: &'a LoginServer,
    /// Names up to this one are passed over.
    after: Option<RepositoryName>,
    documents: Documents<'a>,
    index: Option<IndexReader<'a>>,
}

impl<'a> StoredNames<'a> {
    /// Names behind `after`. Nothing is read before it is asked for something.
    pub(super) fn new(
        store: &'a Store,
        login_server: &'a LoginServer,
        base: Option<&SnapshotManifest>,
        after: Option<&RepositoryName>,
    ) -> Self {
        let mut index = base.map(|base| IndexReader::new(store, base));
        if let (Some(index), Some(after)) = (&mut index, after) {
            index.seek(after);
        }
        Self {
            login_server,
            after: after.cloned(),
            documents: Documents::new(store, login_server, after),
            index,
        }
    }

    /// What is known of this repository; asked for in order.
    pub(super) async fn take(&mut self, name: &RepositoryName) -> Result<Known, CollectError> {
        self.documents.peek().await?;
        let listed = self.documents.take_if(name);
        let is_in_base = self.next_line().await?.is_some_and(|base| base == name);
        let base = match (is_in_base, &mut self.index) {
            (true, Some(index)) => index.next().await?,
            _ => None,
        };
        Ok(Known { base, listed })
    }

    /// The next name, if it comes before this one (of all, where none is given).
    pub(super) async fn next_before(
        &mut self,
        before: Option<&RepositoryName>,
    ) -> Result<Option<RepositoryName>, CollectError> {
        let listed = self.documents.peek().await?.map(|(name, _)| name.clone());
        let in_base = self.next_line().await?.cloned();
        let first = listed.into_iter().chain(in_base).min();
        Ok(first.filter(|first| before.is_none_or(|before| first < before)))
    }

    async fn next_line(&mut self) -> Result<Option<&RepositoryName>, CollectError> {
        let Some(index) = &mut self.index else { return Ok(None) };
        loop {
            match index.peek().await {
                Err(SnapshotError::Store(error)) => return Err(error.into()),
                // That costs reads, not the run: each is told once.
                Err(error) => {
                    tracing::warn!(login_server = %self.login_server, error = %chain(&error), "part of the last snapshot's index is left out");
                    continue;
                }
                Ok(None) => return Ok(None),
                Ok(Some(base)) if self.after.as_ref().is_none_or(|after| base.line.repository > *after) => break,
                Ok(Some(_)) => {}
            }
            index.next().await?;
        }
        Ok(index.peek().await?.map(|base| &base.line.repository))
    }
}
