//! The indexes of one repository beside what is known of each: its document and its content document, read together.

use azure_core::http::Etag;
use futures_util::stream::{self, Stream};

use super::document::ContentReader;
use crate::collect::registry::RegistryWork;
use crate::collect::stored::StoredDocument;
use crate::collect::{CollectError, commit, timestamp};
use crate::inventory::content::{ContentHeader, ContentRecord};
use crate::inventory::registry::RegistryDocument;
use crate::inventory::repository::{LineKind, ManifestRecord};
use crate::names::{Digest, RepositoryName};
use crate::snapshot::Snapshot;
use crate::store::BlobKey;

/// One index of a repository.
pub(super) struct Index {
    pub(super) digest: Digest,
    pub(super) known: Option<ContentRecord>,
    /// Not known, and its time has come.
    pub(super) is_due: bool,
}

/// What a pass over them comes to.
pub(super) enum Found {
    Index(Index),
    /// All of them were read.
    End {
        /// Content hash of the repository's document.
        content_hash: Option<String>,
    },
}

/// Both documents of a repository that is there.
#[derive(Debug)]
pub(super) struct Indexes<'a> {
    stored: StoredDocument<'a>,
    content: ContentReader,
    now: String,
}

impl<'a> Indexes<'a> {
    /// None if the repository is gone.
    pub(super) async fn open(
        work: &RegistryWork<'a>,
        repository: &RepositoryName,
    ) -> Result<Option<Self>, CollectError> {
        let stored = StoredDocument::open(work.store, work.login_server, repository).await?;
        let Some(stored) = stored.filter(|stored| stored.header.removed_at.is_none()) else {
            return Ok(None);
        };
        let stored = match stored.header.lines_in_snapshot {
            true => with_lines(work, stored).await?,
            false => stored,
        };
        let content = ContentReader::open(work.store, work.login_server, repository).await?;
        let now = timestamp(crate::clock::now());
        Ok(Some(Self { stored, content, now }))
    }

    /// From the first one again; none if the repository's document is another version by now.
    pub(super) async fn rewound(self, work: &RegistryWork<'a>) -> Result<Option<Self>, CollectError> {
        let content = self.content.rewound(work.store).await?;
        let Some(stored) = self.stored.rewound(work.store).await? else {
            return Ok(None);
        };
        let now = self.now;
        Ok(Some(Self { stored, content, now }))
    }

    /// The next one, in the order of digests.
    pub(super) async fn next(&mut self) -> Result<Option<Index>, CollectError> {
        while let Some(line) = self.stored.next().await? {
            if line.kind != LineKind::Manifest {
                continue;
            }
            let manifest: ManifestRecord = self.stored.record(&line)?;
            if !manifest.is_index() {
                continue;
            }
            let digest = manifest.digest;
            let known = self.content.record(&digest).await?;
            let is_due = match &known {
                Some(ContentRecord::Index { .. }) => false,
                Some(ContentRecord::Unknown { retry_after, .. }) => *retry_after <= self.now,
                None => true,
            };
            return Ok(Some(Index { digest, known, is_due }));
        }
        Ok(None)
    }

    /// One after the other, and the end.
    pub(super) fn stream(self) -> impl Stream<Item = Result<Found, CollectError>> {
        stream::unfold(Some(self), |indexes| async {
            let mut indexes = indexes?;
            Some(match indexes.next().await {
                Ok(Some(index)) => (Ok(Found::Index(index)), Some(indexes)),
                Ok(None) => {
                    let content_hash = indexes.content_hash();
                    (Ok(Found::End { content_hash }), None)
                }
                Err(error) => (Err(error), None),
            })
        })
    }

    /// Content hash of the repository's document, once all of it was read.
    pub(super) fn content_hash(&self) -> Option<String> {
        self.stored.end().map(|end| end.content_hash.clone())
    }

    /// Header and version of the content document; none where there is none yet.
    pub(super) fn content_version(&self) -> (Option<ContentHeader>, Option<Etag>) {
        (self.content.header.clone(), self.content.etag.clone())
    }
}

/// The same with the lines of the current snapshot.
async fn with_lines<'a>(
    work: &RegistryWork<'a>,
    stored: StoredDocument<'a>,
) -> Result<StoredDocument<'a>, CollectError> {
    let key = BlobKey::Registry(work.login_server.clone());
    let registry = commit::read::<RegistryDocument>(work.store, &key).await?;
    let Some(pointer) = registry.and_then(|(registry, _)| registry.snapshot) else {
        return Ok(stored);
    };
    let snapshot = Snapshot::open(work.store, work.login_server, (&pointer).into()).await?;
    let base = snapshot.repository(&stored.header.repository).await?;
    Ok(match base {
        Some(base) => stored.with_lines_of(&snapshot, &base),
        None => stored,
    })
}
