//! `list changes`: what was recorded in a period, in order of time. Read a day at a time, many records at once.
//!
//! A record lies in the folder of the day on which it was written. Its observation began before that, on the same day or
//! on the one before: so the changes of a day are told once the next day was read.

use futures_util::stream::{self, StreamExt as _};
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

use super::difference::{Difference, Recorded, Wanted, What};
use super::rivals::Rivals;
use super::row::{Columns, Field, Row};
use crate::collect::CollectError;
use crate::collect::stored::unreadable;
use crate::inventory::change::{Change, Commit};
use crate::names::LoginServer;
use crate::store::{BlobKey, Store};

/// Records read at the same time.
const READ_AT_ONCE: usize = 64;

/// Its columns; see [`super::difference::COLUMNS`].
pub const COLUMNS: Columns = &["observedAt", "registry", "repository", "kind", "subject", "from", "to"];

/// The row of a recorded change.
pub fn row(difference: &Difference) -> Row {
    let at = difference
        .recorded
        .as_ref()
        .map(|recorded| recorded.observed_at.as_str());
    std::iter::once(Field::maybe(at)).chain(difference.row()).collect()
}

/// What is asked for.
#[derive(Debug)]
pub struct Period {
    pub since: OffsetDateTime,
    pub until: OffsetDateTime,
}

/// How far the reading is.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// So many records more are to be read.
    Found(u64),
    /// One was read.
    Read,
}

/// The changes of a period, day after day.
#[derive(Debug)]
pub struct Changes<'a> {
    store: &'a Store,
    servers: &'a [LoginServer],
    wanted: &'a Wanted,
    period: Period,
    /// The next folder; none after the last.
    day: Option<Date>,
    last: Date,
    /// What was read and not told.
    held: Vec<Record>,
    rivals: Rivals,
    /// Blobs that are no records of ours, and why.
    pub unreadable: Vec<String>,
    /// Records of which it cannot be told whether their commit took place.
    pub unsettled: u64,
}

/// A record with what is wanted of it.
#[derive(Debug)]
struct Record {
    commit: Commit,
    at: OffsetDateTime,
    changes: Vec<What>,
}

impl<'a> Changes<'a> {
    /// Those of these registries.
    pub fn new(store: &'a Store, servers: &'a [LoginServer], wanted: &'a Wanted, period: Period) -> Self {
        // A commit may follow its observation on the next day.
        let last = period.until.date().next_day().unwrap_or(Date::MAX);
        Self {
            store,
            servers,
            wanted,
            day: Some(period.since.date()),
            last: last.min(crate::clock::now().date()),
            period,
            held: Vec::new(),
            rivals: Rivals::default(),
            unreadable: Vec::new(),
            unsettled: 0,
        }
    }

    /// The changes of a day more, in order of time; none after the last day.
    pub async fn next(&mut self, on: &(dyn Fn(Step) + Sync)) -> Result<Option<Vec<Difference>>, CollectError> {
        let Some(day) = self.day.take() else { return Ok(None) };
        self.read(day, on).await?;
        let next = day.next_day().filter(|next| *next <= self.last);
        self.day = next;
        let (mut told, held) = std::mem::take(&mut self.held)
            .into_iter()
            .partition::<Vec<Record>, _>(|record| next.is_none() || record.at.date() < day);
        self.held = held;
        told.sort_by(|a, b| a.order().cmp(&b.order()));
        let kept = self
            .rivals
            .settle(self.store, told.iter().map(|record| &record.commit))
            .await?;
        self.unsettled += kept.unsettled;
        let told = told
            .into_iter()
            .filter(|record| !kept.never.contains(&record.commit.commit_id));
        Ok(Some(told.flat_map(Record::differences).collect()))
    }

    /// Reads the folders of a day.
    async fn read(&mut self, day: Date, on: &(dyn Fn(Step) + Sync)) -> Result<(), CollectError> {
        self.rivals.begin_day();
        let (store, wanted) = (self.store, self.wanted);
        let mut listed = stream::iter(self.servers.to_vec())
            .map(|server| async move { (store.list(&BlobKey::changes_prefix(&server, day)).await, server) })
            .buffer_unordered(READ_AT_ONCE);
        let mut keys = Vec::new();
        while let Some((names, server)) = listed.next().await {
            keys.extend(names?.iter().filter_map(|name| BlobKey::changes_of(&server, name)));
        }
        on(Step::Found(keys.len() as u64));
        let mut read = stream::iter(keys)
            .map(|key| async move { (record(store, &key, wanted).await, key) })
            .buffer_unordered(READ_AT_ONCE);
        while let Some((record, key)) = read.next().await {
            on(Step::Read);
            match record {
                // Retention was faster.
                Ok(None) => {}
                Ok(Some(record)) => {
                    self.rivals.add(&record.commit);
                    let is_meant = (self.period.since..=self.period.until).contains(&record.at);
                    if is_meant && !record.changes.is_empty() {
                        self.held.push(record);
                    }
                }
                Err(CollectError::Document { source, .. }) => self.unreadable.push(format!("{key}: {source}")),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Record {
    fn order(&self) -> impl Ord {
        let commit = &self.commit;
        (self.at, &commit.login_server, &commit.repository, commit.version)
    }

    fn differences(self) -> impl Iterator<Item = Difference> {
        let Commit {
            login_server,
            repository,
            version,
            commit_id,
            observed_at,
            ..
        } = self.commit;
        self.changes.into_iter().map(move |what| Difference {
            what,
            login_server: login_server.clone(),
            repository: repository.clone(),
            recorded: Some(Recorded {
                observed_at: observed_at.clone(),
                version,
                commit_id,
            }),
        })
    }
}

/// Reads a record; none if it is gone.
async fn record(store: &Store, key: &BlobKey, wanted: &Wanted) -> Result<Option<Record>, CollectError> {
    let name = || key.to_string();
    let Some((_, mut lines)) = store.open(key).await? else {
        return Ok(None);
    };
    let first = lines.next_line().await?.unwrap_or_default();
    let commit: Commit = serde_json::from_slice(&first).map_err(|error| unreadable(&name(), error))?;
    if commit.schema_version > crate::inventory::SCHEMA_VERSION {
        return Err(unreadable(
            &name(),
            format!("its schema {} is newer than this build", commit.schema_version),
        ));
    }
    let at = OffsetDateTime::parse(&commit.observed_at, &Rfc3339).map_err(|error| unreadable(&name(), error))?;
    let mut changes = Vec::new();
    if wanted.repository(commit.repository.as_ref().map(|name| name.as_str())) {
        while let Some(line) = lines.next_line().await? {
            let change: Change = serde_json::from_slice(&line).map_err(|error| unreadable(&name(), error))?;
            changes.extend(Some(What::Change(change)).filter(|what| wanted.change(what)));
        }
    }
    Ok(Some(Record { commit, at, changes }))
}
