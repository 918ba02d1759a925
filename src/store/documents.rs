//! The repository documents of a registry in the catalog's order, each with its version.

use std::collections::VecDeque;

use super::{BlobKey, Store, StoreError};
use crate::names::{LoginServer, RepositoryName};

/// A listing, read a page at a time. Nothing is read before it is asked for something.
#[derive(Debug)]
pub struct Documents<'a> {
    store: &'a Store,
    login_server: LoginServer,
    /// Names up to this one are passed over.
    after: Option<RepositoryName>,
    page: VecDeque<(RepositoryName, String)>,
    /// Where the listing goes on.
    next: Option<String>,
    is_begun: bool,
}

impl<'a> Documents<'a> {
    /// Those behind `after`.
    pub fn new(store: &'a Store, login_server: &LoginServer, after: Option<&RepositoryName>) -> Self {
        Self {
            store,
            login_server: login_server.clone(),
            after: after.cloned(),
            page: VecDeque::new(),
            next: None,
            is_begun: false,
        }
    }

    /// The next document without taking it: its repository and its ETag without quotes.
    pub async fn peek(&mut self) -> Result<Option<&(RepositoryName, String)>, StoreError> {
        let prefix = BlobKey::repositories_prefix(&self.login_server);
        while self.page.is_empty() && (!self.is_begun || self.next.is_some()) {
            let page = self.store.list_page(&prefix, self.next.as_deref()).await?;
            (self.is_begun, self.next) = (true, page.next);
            let ours = page.blobs.into_iter().filter_map(|blob| {
                let name = BlobKey::repository_of(&self.login_server, &blob.name)?;
                let is_meant = self.after.as_ref().is_none_or(|after| name > *after);
                is_meant.then_some((name, blob.etag))
            });
            self.page = ours.collect();
        }
        Ok(self.page.front())
    }

    /// Takes what `peek` showed, if it is of this repository: its ETag.
    pub fn take_if(&mut self, repository: &RepositoryName) -> Option<String> {
        let next = self.page.pop_front_if(|(name, _)| name == repository);
        next.map(|(_, etag)| etag)
    }
}
