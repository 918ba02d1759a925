//! One change of a registry's content: made now, visible when the replica has caught up.

use time::OffsetDateTime;

use super::{Attributes, Manifest, Registry, Repository, Tag};
use crate::clock::timestamp;

/// What can happen to the content of a registry.
#[derive(Debug, Clone)]
pub enum Change {
    /// Adds manifests (children before their index) and, if named, moves a tag to `digest`.
    Push {
        repository: String,
        manifests: Vec<(String, Manifest)>,
        tag: Option<String>,
        digest: String,
        at: OffsetDateTime,
    },
    DeleteTag {
        repository: String,
        tag: String,
        at: OffsetDateTime,
    },
    /// Removes a manifest and every tag that points at it.
    DeleteManifest {
        repository: String,
        digest: String,
        at: OffsetDateTime,
    },
    DeleteRepository {
        repository: String,
    },
    /// Sets the switches of the repository (`item` none), a tag or a manifest (by digest). No `lastUpdateTime` moves
    /// (seen in recorded traffic), so a lock cannot be found by time.
    Attributes {
        repository: String,
        item: Option<String>,
        attributes: Attributes,
    },
}

impl Change {
    fn repository(&self) -> &str {
        match self {
            Self::Push { repository, .. }
            | Self::DeleteTag { repository, .. }
            | Self::DeleteManifest { repository, .. }
            | Self::DeleteRepository { repository }
            | Self::Attributes { repository, .. } => repository,
        }
    }
}

impl Registry {
    /// Makes a change at `now`: visible at once, or after [`Registry::replica_lag_seconds`].
    pub fn change(&mut self, change: Change, now: OffsetDateTime) {
        self.settle(now);
        if self.replica_lag_seconds == 0 {
            self.apply(change);
        } else {
            let due = now + time::Duration::seconds(i64::from(self.replica_lag_seconds));
            self.pending.push_back((due, change));
        }
    }

    /// Makes visible what is due at `now`. Every view calls this before it reads.
    pub fn settle(&mut self, now: OffsetDateTime) {
        while self.pending.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, change)) = self.pending.pop_front() {
                self.apply(change);
            }
        }
    }

    fn apply(&mut self, change: Change) {
        let generated = |name: &str| {
            self.repositories
                .get(name)
                .is_some_and(|found| found.generated.is_some())
        };
        assert!(!generated(change.repository()), "generated content cannot be changed");
        match change {
            Change::DeleteRepository { repository } => {
                self.repositories.remove(&repository);
            }
            Change::Push {
                repository,
                manifests,
                tag,
                digest,
                at,
            } => {
                let at = timestamp(at);
                let repository = self.repositories.entry(repository).or_insert_with(|| Repository {
                    created: at.clone(),
                    ..Repository::default()
                });
                for (digest, manifest) in manifests {
                    repository.manifests.entry(digest).or_insert(manifest);
                }
                if let Some(tag) = tag {
                    let tag = repository.tags.entry(tag).or_insert_with(|| Tag {
                        created: at.clone(),
                        ..Tag::default()
                    });
                    tag.digest = digest;
                    tag.last_update = at.clone();
                }
                repository.last_update = at;
            }
            Change::DeleteTag { repository, tag, at } => {
                if let Some(repository) = self.repositories.get_mut(&repository) {
                    repository.tags.remove(&tag);
                    repository.last_update = timestamp(at);
                }
            }
            Change::DeleteManifest { repository, digest, at } => {
                if let Some(repository) = self.repositories.get_mut(&repository) {
                    repository.manifests.remove(&digest);
                    repository.tags.retain(|_, tag| tag.digest != digest);
                    repository.last_update = timestamp(at);
                }
            }
            Change::Attributes {
                repository,
                item,
                attributes,
            } => {
                if let Some(repository) = self.repositories.get_mut(&repository) {
                    repository.set_attributes(item.as_deref(), attributes);
                }
            }
        }
    }
}

impl Repository {
    fn set_attributes(&mut self, item: Option<&str>, attributes: Attributes) {
        let Some(item) = item else {
            self.attributes = attributes;
            return;
        };
        if let Some(manifest) = self.manifests.get_mut(item) {
            manifest.attributes = attributes;
        } else if let Some(tag) = self.tags.get_mut(item) {
            tag.attributes = attributes;
        }
    }
}
