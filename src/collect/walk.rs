//! The catalog as a stream of repositories to read, in order, with the access to read them.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream::{self, Stream};

use crate::azure::Failure;
use crate::azure::acr::{Access, Page, RegistryClient};
use crate::deadline::Deadline;
use crate::inventory::problem::Problem;
use crate::names::RepositoryName;

/// One thing that the catalog says.
#[derive(Debug)]
pub(super) enum Listed {
    Repository(RepositoryName, Arc<Access>),
    /// A name that cannot be read.
    Problem(Problem),
    /// The catalog cannot be read on; nothing follows.
    Failed(Failure),
    /// The end of the catalog; nothing follows. A stream without it was stopped by the deadline.
    End,
}

struct Walk<'a> {
    client: &'a RegistryClient,
    access: Option<Arc<Access>>,
    deadline: Deadline,
    last: Option<String>,
    ahead: VecDeque<Listed>,
    over: bool,
}

/// Lists the catalog after `cursor`. Pages are read as the stream is drawn on; after the soft deadline it ends.
pub(super) fn list<'a>(
    client: &'a RegistryClient,
    cursor: Option<&RepositoryName>,
    deadline: Deadline,
) -> impl Stream<Item = Listed> + 'a {
    let walk = Walk {
        client,
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
            if let Some(listed) = self.ahead.pop_front() {
                return Some(listed);
            }
            if self.over {
                return None;
            }
            self.read_page().await;
        }
    }

    async fn read_page(&mut self) {
        let page = match self.catalog_page().await {
            Ok(page) => page,
            Err(failure) => return self.fail(failure),
        };
        self.ahead.extend(page.problems.first.into_iter().map(Listed::Problem));
        for batch in RegistryClient::batches(&page.items) {
            match self.client.access(batch).await {
                Ok(access) => {
                    let listed = batch
                        .iter()
                        .map(|name| Listed::Repository(name.clone(), Arc::clone(&access)));
                    self.ahead.extend(listed);
                }
                Err(failure) => return self.fail(failure),
            }
        }
        self.last = page.next;
        if self.last.is_none() {
            self.over = true;
            self.ahead.push_back(Listed::End);
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
        self.ahead.push_back(Listed::Failed(failure));
    }
}
