//! The stored content document of a repository: read in the order of digests, written anew over the version that was read.

use std::cmp::Ordering;

use azure_core::http::Etag;
use uuid::Uuid;

use crate::collect::CollectError;
use crate::collect::commit::{self, Committed};
use crate::collect::stored::unreadable;
use crate::hash::Sha256Hex;
use crate::inventory::content::{ContentEnd, ContentHeader, ContentRecord};
use crate::inventory::{DocumentError, SCHEMA_VERSION, encode_line};
use crate::names::{Digest, LoginServer, RepositoryName};
use crate::store::{BlobKey, Condition, LineReader, StagedWriter, Store};

/// A content document being read; an empty one where there is none yet.
#[derive(Debug)]
pub(super) struct ContentReader {
    key: String,
    pub(super) header: Option<ContentHeader>,
    pub(super) etag: Option<Etag>,
    lines: Option<LineReader>,
    ahead: Option<ContentRecord>,
    /// The end line was read.
    is_over: bool,
}

impl ContentReader {
    pub(super) async fn open(
        store: &Store,
        login_server: &LoginServer,
        repository: &RepositoryName,
    ) -> Result<Self, CollectError> {
        let key = BlobKey::Content(login_server.clone(), repository.clone());
        let mut reader = Self {
            key: key.to_string(),
            header: None,
            etag: None,
            lines: None,
            ahead: None,
            is_over: false,
        };
        let Some((etag, mut lines)) = store.open(&key).await? else {
            return Ok(reader);
        };
        reader.etag = Some(etag);
        let first = lines.next_line().await?.unwrap_or_default();
        let header: ContentHeader = serde_json::from_slice(&first).map_err(|error| unreadable(&reader.key, error))?;
        if header.schema_version > SCHEMA_VERSION {
            let source = DocumentError::NewerVersion(header.schema_version);
            let key = reader.key;
            return Err(CollectError::Document { key, source });
        }
        if header.repository != *repository || header.login_server != *login_server {
            return Err(unreadable(&reader.key, "it is the document of another repository"));
        }
        reader.header = Some(header);
        reader.lines = Some(lines);
        Ok(reader)
    }

    /// What is stored of this digest; digests have to be asked for in order.
    pub(super) async fn record(&mut self, digest: &Digest) -> Result<Option<ContentRecord>, CollectError> {
        loop {
            if self.ahead.is_none() {
                self.ahead = self.next().await?;
            }
            let Some(ahead) = &self.ahead else { return Ok(None) };
            match ahead.digest().cmp(digest) {
                Ordering::Less => self.ahead = None,
                Ordering::Equal => return Ok(self.ahead.take()),
                Ordering::Greater => return Ok(None),
            }
        }
    }

    /// From its first record again; the version that is there now, where it is too large to be held.
    pub(super) async fn rewound(mut self, store: &Store) -> Result<Self, CollectError> {
        let (Some(header), Some(lines)) = (&self.header, &mut self.lines) else {
            return Ok(self);
        };
        if !lines.rewind() {
            return Self::open(store, &header.login_server, &header.repository).await;
        }
        lines.next_line().await?;
        (self.ahead, self.is_over) = (None, false);
        Ok(self)
    }

    async fn next(&mut self) -> Result<Option<ContentRecord>, CollectError> {
        let Some(lines) = self.lines.as_mut().filter(|_| !self.is_over) else {
            return Ok(None);
        };
        let Some(line) = lines.next_line().await? else {
            return Err(unreadable(&self.key, "it has no end line"));
        };
        if serde_json::from_slice::<ContentEnd>(&line).is_ok() {
            self.is_over = true;
            return Ok(None);
        }
        let record = serde_json::from_slice(&line);
        record.map(Some).map_err(|error| unreadable(&self.key, error))
    }
}

/// A content document in the making.
#[derive(Debug)]
pub(super) struct ContentWriter<'a> {
    store: &'a Store,
    key: BlobKey,
    writer: StagedWriter<'a>,
    commit_id: Uuid,
    hash: Sha256Hex,
    known: u64,
    unknown: u64,
}

impl<'a> ContentWriter<'a> {
    /// Begins the document that follows `before`.
    pub(super) async fn begin(
        store: &'a Store,
        login_server: &LoginServer,
        repository: &RepositoryName,
        before: Option<&ContentHeader>,
    ) -> Result<Self, CollectError> {
        let key = BlobKey::Content(login_server.clone(), repository.clone());
        let header = ContentHeader {
            schema_version: SCHEMA_VERSION,
            login_server: login_server.clone(),
            repository: repository.clone(),
            version: before.map_or(0, |before| before.version) + 1,
            commit_id: crate::random::uuid(),
        };
        let mut writer = store.writer(&key);
        let mut line = Vec::new();
        encode_line(&header, &mut line);
        writer.write(&line).await?;
        Ok(Self {
            store,
            key,
            writer,
            commit_id: header.commit_id,
            hash: Sha256Hex::default(),
            known: 0,
            unknown: 0,
        })
    }

    pub(super) async fn add(&mut self, record: &ContentRecord) -> Result<(), CollectError> {
        match record {
            ContentRecord::Index { .. } => self.known += 1,
            ContentRecord::Unknown { .. } => self.unknown += 1,
        }
        let mut line = Vec::new();
        encode_line(record, &mut line);
        self.hash.update(&line);
        Ok(self.writer.write(&line).await?)
    }

    /// Writes it over the version `read`. False: somebody else has written meanwhile.
    pub(super) async fn commit(mut self, read: Option<Etag>) -> Result<bool, CollectError> {
        let mut line = Vec::new();
        let end = ContentEnd {
            known: self.known,
            unknown: self.unknown,
            content_hash: self.hash.finish(),
        };
        encode_line(&end, &mut line);
        self.writer.write(&line).await?;
        let written = self.writer.commit(Condition::unchanged_since(read.clone())).await;
        let committed = commit::conclude(self.store, &self.key, written, self.commit_id, read).await?;
        Ok(committed != Committed::Theirs)
    }
}
