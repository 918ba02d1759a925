//! The documents of a registry in the catalog's order, each with its version.

use std::collections::VecDeque;

use crate::names::{LoginServer, RepositoryName};
use crate::store::{BlobKey, Store, StoreError};

/// A listing, read a page at a time.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    store: &'a Store,
    login_server: LoginServer,
    page: VecDeque<(RepositoryName, String)>,
    next: Option<String>,
    is_begun: bool,
}

impl<'a> Listing<'a> {
    pub(super) fn new(store: &'a Store, login_server: &LoginServer) -> Self {
        Self {
            store,
            login_server: login_server.clone(),
            page: VecDeque::new(),
            next: None,
            is_begun: false,
        }
    }

    /// The next document without taking it: its repository and its ETag without quotes.
    pub(super) async fn peek(&mut self) -> Result<Option<&(RepositoryName, String)>, StoreError> {
        let prefix = BlobKey::repositories_prefix(&self.login_server);
        while self.page.is_empty() && (!self.is_begun || self.next.is_some()) {
            let page = self.store.list_page(&prefix, self.next.as_deref()).await?;
            (self.is_begun, self.next) = (true, page.next);
            let named = |name: &str| BlobKey::repository_of(&self.login_server, name);
            let documents = page.blobs.into_iter();
            self.page = documents
                .filter_map(|blob| Some((named(&blob.name)?, blob.etag)))
                .collect();
        }
        Ok(self.page.front())
    }

    pub(super) fn take(&mut self) -> Option<(RepositoryName, String)> {
        self.page.pop_front()
    }
}
