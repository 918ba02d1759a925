//! Records of commits that never took place: a record is written before its commit, which may then lose against another
//! one, or die. Of the records that follow the same commit of a document one at most tells what took place.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use uuid::Uuid;

use crate::collect::CollectError;
use crate::collect::stored::StoredDocument;
use crate::inventory::change::Commit;
use crate::names::{LoginServer, RepositoryName};
use crate::store::Store;

/// The commits that records of one repository (or of the registry as a whole) name.
type Document = (LoginServer, Option<RepositoryName>);

/// What the records of the last days say of each other.
#[derive(Debug, Default)]
pub(super) struct Rivals {
    /// The newest comes last.
    days: VecDeque<Day>,
}

/// So many days are kept: that on which a record was written, and those around it.
const DAYS: usize = 3;

#[derive(Debug, Default)]
struct Day {
    /// By the commit that they follow.
    following: BTreeMap<(Document, Option<Uuid>), Vec<Uuid>>,
    /// Commits that another one follows: they took place.
    followed: BTreeSet<Uuid>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// Commits that never took place.
    pub(super) never: BTreeSet<Uuid>,
    /// Commits of which it cannot be told.
    pub(super) unsettled: u64,
}

impl Rivals {
    /// What comes now is of another day.
    pub(super) fn begin_day(&mut self) {
        if self.days.len() == DAYS {
            self.days.pop_front();
        }
        self.days.push_back(Day::default());
    }

    /// Takes the first line of a record.
    pub(super) fn add(&mut self, commit: &Commit) {
        let Some(day) = self.days.back_mut() else { return };
        let document = (commit.login_server.clone(), commit.repository.clone());
        let following = day.following.entry((document, commit.previous_commit_id)).or_default();
        following.push(commit.commit_id);
        day.followed.extend(commit.previous_commit_id);
    }

    /// Which of these never took place. Asked for is the document of those that have a rival, and of no others.
    pub(super) async fn settle(
        &self,
        store: &Store,
        commits: impl Iterator<Item = &Commit>,
    ) -> Result<Settled, CollectError> {
        let mut settled = Settled::default();
        let asked: BTreeSet<(Document, Option<Uuid>)> = commits
            .map(|commit| {
                (
                    (commit.login_server.clone(), commit.repository.clone()),
                    commit.previous_commit_id,
                )
            })
            .collect();
        for key in asked {
            // Documents of a registry each have their own first commit.
            let of_days = self.days.iter().filter_map(|day| day.following.get(&key)).flatten();
            let rivals: Vec<Uuid> = of_days.copied().collect();
            if rivals.len() < 2 {
                continue;
            }
            let ((server, repository), previous) = &key;
            if repository.is_none() && previous.is_none() {
                continue;
            }
            let mut real: Option<Uuid> = rivals.iter().copied().find(|rival| self.is_followed(rival));
            if let (None, Some(repository)) = (real, repository)
                && let Some(stored) = StoredDocument::open(store, server, repository).await?
            {
                let known = [Some(stored.header.commit_id), stored.header.previous_commit_id];
                real = rivals.iter().copied().find(|rival| known.contains(&Some(*rival)));
            }
            match real {
                Some(real) => settled
                    .never
                    .extend(rivals.iter().copied().filter(|rival| *rival != real)),
                None => settled.unsettled += rivals.len() as u64,
            }
        }
        Ok(settled)
    }

    fn is_followed(&self, commit: &Uuid) -> bool {
        self.days.iter().any(|day| day.followed.contains(commit))
    }
}
