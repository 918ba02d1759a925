//! One repository of the walk: read, and merged where it is long; once more without the last snapshot where that turns out to
//! be unreadable.

use super::RegistryWork;
use super::base::Base;
use crate::azure::acr::{Access, RegistryClient};
use crate::chain::chain;
use crate::collect::CollectError;
use crate::collect::repository::{ForSnapshot, Lane, Refreshed, RepositoryWork, commit_long, refresh_repository};
use crate::collect::scan::RepositoryScan;
use crate::collect::stored_names::Known;
use crate::inventory::refresh::ScanState;
use crate::names::RepositoryName;
use crate::snapshot::{BaseLine, KnownChunks, Snapshot, SnapshotWriter};
use crate::store::BlobKey;

impl RegistryWork<'_> {
    /// Reads one of its repositories, once there is a place. `baseline`: no change records are made of what is new.
    pub(super) async fn read_repository(
        &self,
        client: &RegistryClient,
        access: &Access,
        (base, baseline): (&Base<'_>, bool),
        (name, known): (&RepositoryName, &Known),
        resumed: Option<ScanState>,
    ) -> Result<Refreshed, CollectError> {
        let chunks = base.chunks(known).await?;
        let repository = self.repository(client, access, baseline, (&chunks, base.of(known)));
        let _place = self.room.place().await;
        let refreshed = Box::pin(refresh_repository(&repository, name, known, resumed)).await;
        let Some(known) = self.without_base(&refreshed, known) else {
            return refreshed;
        };
        let nothing = KnownChunks::default();
        let repository = self.repository(client, access, baseline, (&nothing, None));
        Box::pin(refresh_repository(&repository, name, &known, None)).await
    }

    /// Merges a long one that was read.
    pub(super) async fn commit_long(
        &self,
        client: &RegistryClient,
        (base, baseline): (&Base<'_>, bool),
        (name, known): (&RepositoryName, &Known),
        observed: RepositoryScan,
        writer: &mut SnapshotWriter<'_>,
    ) -> Result<Refreshed, CollectError> {
        let access = match client.access(std::slice::from_ref(name)).await {
            // The merge of a long list takes its time.
            Ok(access) if observed.fresh == 0 || !self.deadline.is_half_over() => access,
            Err(failure) if !failure.is_transient() => return Err(failure.into()),
            _ => return Refreshed::suspend(self.store, self.login_server, observed).await,
        };
        let chunks = base.chunks(known).await?;
        let repository = self.repository(client, &access, baseline, (&chunks, base.of(known)));
        let refreshed = Box::pin(commit_long(&repository, observed, writer)).await;
        let Some(known) = self.without_base(&refreshed, known) else {
            return refreshed;
        };
        let nothing = KnownChunks::default();
        let repository = self.repository(client, &access, baseline, (&nothing, None));
        match Box::pin(refresh_repository(&repository, name, &known, None)).await? {
            Refreshed::Long(observed) => Box::pin(commit_long(&repository, *observed, writer)).await,
            refreshed => Ok(refreshed),
        }
    }

    /// What is known of a repository without the base, where a blob of that turned out to be unreadable: all its lines are
    /// written anew then, which mends it.
    fn without_base(&self, refreshed: &Result<Refreshed, CollectError>, known: &Known) -> Option<Known> {
        let Err(error @ CollectError::Document { key, .. }) = refreshed else {
            return None;
        };
        match BlobKey::used_once_of(self.login_server, key) {
            Some(BlobKey::Pack(..) | BlobKey::Index(..)) => {
                tracing::warn!(login_server = %self.login_server, error = %chain(error), "it is read without the last snapshot");
                Some(Known {
                    base: None,
                    listed: known.listed.clone(),
                })
            }
            _ => None,
        }
    }

    fn repository<'r>(
        &'r self,
        client: &'r RegistryClient,
        access: &'r Access,
        baseline: bool,
        (known, base): (&'r KnownChunks, Option<(&'r Snapshot<'r>, &'r BaseLine)>),
    ) -> RepositoryWork<'r> {
        RepositoryWork {
            client,
            store: self.store,
            login_server: self.login_server,
            access,
            deadline: self.deadline,
            record_changes: !baseline,
            read_attributes: self.read_attributes,
            room: self.room,
            document_lines: self.document_lines,
            lane: Lane::Walk,
            snapshot: Some(ForSnapshot {
                patterns: self.patterns,
                known,
                base,
            }),
        }
    }
}
