//! The core: what to read, in which order, and when a fact may be written or removed.
//!
//! ```text
//!  discover ─► run (opens a generation) ─► registry: one loop over the checkpoint's phase
//!                                            ├ list       catalog and what is stored, merged; two lists of each repository
//!                                            │            ─► repository (merges, commits) ─► the writer of the snapshot
//!                                            ├ close      the snapshot's manifest: the run ends here
//!                                            ├ audit      put in by `app`
//!                                            ├ content    what only manifests say, one request per digest, once for ever
//!                                            └ retention  once a day: what is not to be kept
//! ```
//! Commit rules, kept by `commit` and [`repository`]: 1. read the document and remember its version; 2. *then* observe;
//! 3. same content: write nothing; 4. write only over the version of step 1, with a fresh commit id; 5. after a conflict
//! read back: ours → done, else observe again, never re-send the old observation; 6. follow-up messages; 7. only then
//! report success. Only a complete observation removes a fact.
//!
//! Architecture invariant: nothing here knows an HTTP server, a command line or the Functions protocol.

mod carry;
mod changes;
mod checkpoint;
mod close;
mod commit;
mod content;
pub mod discover;
mod draft;
mod merged_lines;
pub mod registry;
pub mod repository;
pub mod retention;
pub mod room;
pub mod run;
mod scan;
pub mod selection;
pub(crate) mod stored;
mod stored_names;
mod unreadable;
mod walk;
#[doc(hidden)]
pub mod wire;

use crate::azure::Failure;
use crate::chain::chain;
use crate::inventory::DocumentError;
use crate::inventory::problem::Problem;
use crate::inventory::problem_code::ProblemCode;
use crate::snapshot::SnapshotError;
use crate::store::StoreError;
pub(crate) use changes::write_changes;
pub(crate) use commit::{Committed, read as read_document, write as write_document};

/// Why a piece of work did not get done.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error(transparent)]
    Service(#[from] Failure),
    #[error("the inventory cannot be read or written")]
    Store(#[source] StoreError),
    #[error("{key} cannot be read")]
    Document {
        key: String,
        #[source]
        source: DocumentError,
    },
    /// Others kept changing what we were about to write; trying again later helps.
    #[error("{what} kept changing while it was read")]
    Contended { what: String },
    /// For an event: its lists are long and were read a moment ago.
    #[error("{what} is long and was read a moment ago; it is read again in {} s", wait.as_secs())]
    TooSoon { what: String, wait: std::time::Duration },
}

impl From<StoreError> for CollectError {
    fn from(error: StoreError) -> Self {
        match error {
            // No fault of the store: what lies there is not one of ours.
            StoreError::TooLarge { key, cap } => Self::Document {
                key,
                source: DocumentError::TooLarge(cap),
            },
            error => Self::Store(error),
        }
    }
}

impl From<SnapshotError> for CollectError {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::Store(error) => error.into(),
            SnapshotError::Document { blob, source } => Self::Document { key: blob, source },
            error => {
                let key = error.blob().unwrap_or("the snapshot").to_owned();
                let source = DocumentError::Malformed(error.to_string());
                Self::Document { key, source }
            }
        }
    }
}

impl CollectError {
    /// Whether the same work may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Service(failure) => failure.is_transient(),
            Self::Store(error) => matches!(error, StoreError::Failed { .. } | StoreError::Conflict { .. }),
            Self::Document { .. } => false,
            Self::Contended { .. } | Self::TooSoon { .. } => true,
        }
    }

    /// The error as a value for a document.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Service(failure) => failure.problem(),
            Self::Store(_) => Problem::new(ProblemCode::Store, chain(self)),
            Self::Document { .. } => Problem::new(ProblemCode::StoredDocumentUnreadable, chain(self)),
            Self::Contended { .. } | Self::TooSoon { .. } => Problem::new(ProblemCode::Contended, self),
        }
    }
}

/// Now, as the documents write it: RFC 3339, UTC, whole seconds.
pub(crate) fn timestamp(now: time::OffsetDateTime) -> String {
    let now = now.replace_nanosecond(0).unwrap_or(now);
    now.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

/// How long ago something was that a document dates, by our own clock; negative where that is slow. None: it is no time.
pub(crate) fn age(dated: &str) -> Option<time::Duration> {
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    let dated = time::OffsetDateTime::parse(dated, rfc3339).ok()?;
    Some(crate::clock::now() - dated)
}

/// The registry document as stored, if there is one.
pub async fn stored_registry(
    store: &crate::store::Store,
    login_server: &crate::names::LoginServer,
) -> Result<Option<crate::inventory::registry::RegistryDocument>, CollectError> {
    let key = crate::store::BlobKey::Registry(login_server.clone());
    Ok(commit::read(store, &key).await?.map(|(document, _)| document))
}

/// The run of a generation, if there is one.
pub(crate) async fn run_document(
    store: &crate::store::Store,
    generation: &crate::inventory::generation::Generation,
) -> Result<Option<crate::inventory::run::RunDocument>, CollectError> {
    let key = crate::store::BlobKey::Run(generation.clone());
    Ok(commit::read(store, &key).await?.map(|(run, _)| run))
}

/// The registries of the newest run of everything that was asked for, in order; none when there was no run.
pub async fn stored_registries(store: &crate::store::Store) -> Result<Vec<crate::names::LoginServer>, CollectError> {
    use std::collections::BTreeSet;

    use crate::inventory::run::CurrentRun;
    let Some((current, _)) = commit::read::<CurrentRun>(store, &crate::store::BlobKey::CurrentRun).await? else {
        return Ok(Vec::new());
    };
    let of_selections = current.selections.iter().map(|selected| &selected.generation);
    let generations: BTreeSet<_> = of_selections.chain([&current.generation]).collect();
    let mut servers = BTreeSet::new();
    for generation in generations {
        let run = run_document(store, generation).await?;
        let registries = run.map(|run| run.registries).unwrap_or_default();
        servers.extend(registries.into_iter().map(|registry| registry.login_server));
    }
    Ok(servers.into_iter().collect())
}

/// Every registry that was ever refreshed.
pub async fn refreshed_registries(
    store: &crate::store::Store,
) -> Result<std::collections::BTreeSet<crate::names::LoginServer>, CollectError> {
    use crate::store::BlobKey;
    let names = store.list(BlobKey::states_prefix()).await?;
    Ok(names.iter().filter_map(|name| BlobKey::state_of(name)).collect())
}

/// The checkpoint as stored, if there is one.
pub async fn stored_refresh(
    store: &crate::store::Store,
    login_server: &crate::names::LoginServer,
) -> Result<Option<crate::inventory::refresh::RefreshDocument>, CollectError> {
    let key = crate::store::BlobKey::Refresh(login_server.clone());
    Ok(commit::read(store, &key).await?.map(|(document, _)| document))
}
