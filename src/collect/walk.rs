//! Catalog and stored names, merged into a stream of repositories to read, in order, with the access to read them.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream::{self, Stream};

use super::CollectError;
use super::stored_names::{Known, StoredNames};
use crate::azure::Failure;
use crate::azure::acr::{Access, Page, RegistryClient};
use crate::deadline::Deadline;
use crate::inventory::problem::Problem;
use crate::names::RepositoryName;

/// One thing that catalog and store say.
#[derive(Debug)]
pub(super) enum Listed {
    Repository(RepositoryName, Arc<Access>, Box<Known>),
    /// It is stored, and the catalog does not list it.
    Unlisted(RepositoryName, Box<Known>),
    /// A name that cannot be read.
    Problem(Problem),
    /// The catalog cannot be read on; nothing follows.
    Failed(Failure),
    /// What is stored cannot be read on; nothing follows.
    Broken(CollectError),
    /// The end of both; nothing follows. A stream without it was stopped by the deadline.
    End,
}

/// One thing that the catalog says.
enum Entry {
    Repository(RepositoryName, Arc<Access>),
    Problem(Problem),
    Failed(Failure),
    End,
}

struct Walk<'a> {
    client: &'a RegistryClient,
    stored: StoredNames<'a>,
    access: Option<Arc<Access>>,
    deadline: Deadline,
    last: Option<String>,
    ahead: VecDeque<Entry>,
    over: bool,
}

/// Lists what comes after `cursor`. Pages are read as the stream is drawn on; after the soft deadline it ends.
pub(super) fn list<'a>(
    client: &'a RegistryClient,
    stored: StoredNames<'a>,
    cursor: Option<&RepositoryName>,
    deadline: Deadline,
) -> impl Stream<Item = Listed> + 'a {
    let walk = Walk {
        client,
        stored,
        access: None,
        deadline,
        last: cursor.map(ToString::to_string),
        ahead: VecDeque::new(),
        over: false,
    };
    stream::unfold(walk, |mut walk| async move {
        let next = walk.next().await?;
        Some((next, walk))
    })
}

impl Walk<'_> {
    async fn next(&mut self) -> Option<Listed> {
        loop {
            if self.deadline.is_soft_over() {
                return None;
            }
            if !self.ahead.is_empty() {
                return match self.merged().await {
                    Ok(next) => next,
                    Err(error) => {
                        self.ahead.clear();
                        Some(Listed::Broken(error))
                    }
                };
            }
            if self.over {
                return None;
            }
            self.read_page().await;
        }
    }

    /// The next name of both, or what else the catalog says; the catalog has something ahead.
    async fn merged(&mut self) -> Result<Option<Listed>, CollectError> {
        let before = match self.ahead.front() {
            Some(Entry::Repository(name, _)) => Some(Some(name)),
            // Everything stored that is left is not in the catalog.
            Some(Entry::End) => Some(None),
            _ => None,
        };
        if let Some(before) = before
            && let Some(name) = self.stored.next_before(before).await?
        {
            let known = self.stored.take(&name).await?;
            return Ok(Some(Listed::Unlisted(name, Box::new(known))));
        }
        Ok(match self.ahead.pop_front() {
            Some(Entry::Repository(name, access)) => {
                let known = self.stored.take(&name).await?;
                Some(Listed::Repository(name, access, Box::new(known)))
            }
            Some(Entry::Problem(problem)) => Some(Listed::Problem(problem)),
            Some(Entry::Failed(failure)) => Some(Listed::Failed(failure)),
            Some(Entry::End) => Some(Listed::End),
            None => None,
        })
    }

    async fn read_page(&mut self) {
        let page = match self.catalog_page().await {
            Ok(page) => page,
            Err(failure) => return self.fail(failure),
        };
        self.ahead.extend(page.problems.first.into_iter().map(Entry::Problem));
        for batch in RegistryClient::batches(&page.items) {
            match self.client.access(batch).await {
                Ok(access) => {
                    let listed = batch
                        .iter()
                        .map(|name| Entry::Repository(name.clone(), Arc::clone(&access)));
                    self.ahead.extend(listed);
                }
                Err(failure) => return self.fail(failure),
            }
        }
        self.last = page.next;
        if self.last.is_none() {
            self.over = true;
            self.ahead.push_back(Entry::End);
        }
    }

    async fn catalog_page(&mut self) -> Result<Page<RepositoryName>, Failure> {
        let access = match &self.access {
            Some(access) => Arc::clone(access),
            None => Arc::clone(self.access.insert(self.client.catalog_access().await?)),
        };
        self.client.catalog_page(&access, self.last.as_deref()).await
    }

    fn fail(&mut self, failure: Failure) {
        self.over = true;
        self.ahead.push_back(Entry::Failed(failure));
    }
}
