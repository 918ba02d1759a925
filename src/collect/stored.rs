//! The stored document of a repository, read line by line beside the registry's lists.

use std::cmp::Ordering;

use azure_core::http::Etag;
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::CollectError;
use crate::inventory::repository::{End, Header, LineKind};
use crate::inventory::{DocumentError, SCHEMA_VERSION};
use crate::names::{LoginServer, RepositoryName};
use crate::snapshot::{BaseLine, RepositoryReader, Snapshot};
use crate::store::{BlobKey, LineReader, Store};

/// A document being read from its first content line on.
#[derive(Debug)]
pub(crate) struct StoredDocument<'a> {
    pub(crate) header: Header,
    pub(crate) etag: Etag,
    key: String,
    lines: LineReader,
    /// What the last snapshot has of a repository whose lines only snapshots hold.
    snapshot: Option<Box<SnapshotLines<'a>>>,
    /// The next content line, if it has been looked at already.
    ahead: Option<ContentLine>,
    end: Option<End>,
    /// Whether anything but the header was read.
    is_begun: bool,
}

/// One content line.
#[derive(Debug)]
pub(crate) struct ContentLine {
    pub(crate) kind: LineKind,
    /// Digest of a manifest, name of a tag; a part of the line.
    pub(crate) key: Bytes,
    pub(crate) bytes: Bytes,
}

impl ContentLine {
    /// Reads the kind and the key of a line; none if it is not a content line of ours.
    pub(crate) fn parse(bytes: Bytes) -> Option<Self> {
        let kind = LineKind::of(&bytes)?;
        let key = match kind {
            LineKind::Manifest => field(&bytes, b"{\"kind\":\"manifest\",\"digest\":\"")?,
            LineKind::Tag => field(&bytes, b"{\"kind\":\"tag\",\"name\":\"")?,
            LineKind::Header | LineKind::End => return None,
        };
        Some(Self { kind, key, bytes })
    }

    /// Takes the next one of some lines, each with its newline; none where there are no more. `of`: what they are of.
    pub(crate) fn next_of(lines: &mut Bytes, of: &str) -> Result<Option<Self>, CollectError> {
        if lines.is_empty() {
            return Ok(None);
        }
        let end = memchr::memchr(b'\n', lines).map_or(lines.len(), |end| end + 1);
        let mut line = lines.split_to(end);
        line.truncate(line.strip_suffix(b"\n").map_or(line.len(), <[u8]>::len));
        Self::known(Self::parse(line), of)
    }

    fn known(line: Option<Self>, of: &str) -> Result<Option<Self>, CollectError> {
        line.map(Some)
            .ok_or_else(|| unreadable(of, "it has a line of an unknown form"))
    }

    /// Where this line stands relative to a line of `kind` with `key`: manifests by digest, then tags by name.
    pub(crate) fn order(&self, kind: LineKind, key: &[u8]) -> Ordering {
        let rank = |kind| match kind {
            LineKind::Header => 0,
            LineKind::Manifest => 1,
            LineKind::Tag => 2,
            LineKind::End => 3,
        };
        rank(self.kind)
            .cmp(&rank(kind))
            .then_with(|| self.key.as_ref().cmp(key))
    }
}

/// The lines of a repository in a snapshot.
#[derive(Debug)]
struct SnapshotLines<'a> {
    reader: RepositoryReader<'a>,
    base: BaseLine,
    ahead: Bytes,
}

impl<'a> StoredDocument<'a> {
    /// Opens the document and reads its header; none if there is no document.
    pub(crate) async fn open(
        store: &'a Store,
        login_server: &LoginServer,
        repository: &RepositoryName,
    ) -> Result<Option<Self>, CollectError> {
        let key = BlobKey::Repository(login_server.clone(), repository.clone());
        match store.open(&key).await? {
            Some((etag, lines)) => Self::begin(key.to_string(), etag, lines, login_server, repository)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    /// Reads the header of the document `key`, which has to be the one of this repository.
    pub(crate) async fn begin(
        key: String,
        etag: Etag,
        mut lines: LineReader,
        login_server: &LoginServer,
        repository: &RepositoryName,
    ) -> Result<Self, CollectError> {
        let first = lines.next_line().await?.unwrap_or_default();
        if LineKind::of(&first) != Some(LineKind::Header) {
            return Err(unreadable(&key, "it does not begin with a header line"));
        }
        let header: Header = parse(&key, &first)?;
        if header.schema_version > SCHEMA_VERSION {
            let source = DocumentError::NewerVersion(header.schema_version);
            return Err(CollectError::Document { key, source });
        }
        if header.repository != *repository || header.login_server != *login_server {
            return Err(unreadable(&key, "it is the document of another repository"));
        }
        Ok(Self {
            header,
            etag,
            key,
            lines,
            snapshot: None,
            ahead: None,
            end: None,
            is_begun: false,
        })
    }

    /// The same with the lines that a snapshot has of it, where it has none itself.
    pub(crate) fn with_lines_of(mut self, snapshot: &Snapshot<'a>, base: &BaseLine) -> Self {
        if self.header.lines_in_snapshot {
            self.snapshot = Some(Box::new(SnapshotLines {
                reader: snapshot.lines(base),
                base: base.clone(),
                ahead: Bytes::new(),
            }));
        }
        self
    }

    /// Whether it is known what its lines were.
    pub(crate) fn has_lines(&self) -> bool {
        !self.header.lines_in_snapshot || self.snapshot.is_some()
    }

    /// The same version from its first content line on; none if it is another version by now.
    pub(crate) async fn rewound(mut self, store: &'a Store) -> Result<Option<Self>, CollectError> {
        if !self.is_begun {
            return Ok(Some(self));
        }
        if self.lines.rewind() {
            self.lines.next_line().await?;
            (self.ahead, self.end, self.is_begun) = (None, None, false);
            if let Some(SnapshotLines { reader, base, ahead }) = self.snapshot.as_deref_mut() {
                reader.restart(base);
                ahead.clear();
            }
            return Ok(Some(self));
        }
        let again = Self::open(store, &self.header.login_server, &self.header.repository).await?;
        Ok(again.filter(|again| again.etag == self.etag))
    }

    /// The next content line without taking it.
    pub(crate) async fn peek(&mut self) -> Result<Option<&ContentLine>, CollectError> {
        if self.ahead.is_none() && self.end.is_none() {
            self.ahead = self.read().await?;
        }
        Ok(self.ahead.as_ref())
    }

    /// Takes the line that `peek` showed.
    pub(crate) fn take(&mut self) -> Option<ContentLine> {
        self.ahead.take()
    }

    /// The next content line; none after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<ContentLine>, CollectError> {
        self.peek().await?;
        Ok(self.take())
    }

    /// The end line; there once `peek` has returned none.
    pub(crate) fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Reads a content line as the record it holds.
    pub(crate) fn record<T: DeserializeOwned>(&self, line: &ContentLine) -> Result<T, CollectError> {
        parse(&self.key, &line.bytes)
    }

    async fn read(&mut self) -> Result<Option<ContentLine>, CollectError> {
        self.is_begun = true;
        if let Some(line) = self.read_snapshot().await? {
            return Ok(Some(line));
        }
        let Some(bytes) = self.lines.next_line().await? else {
            return Err(unreadable(&self.key, "it has no end line"));
        };
        if LineKind::of(&bytes) == Some(LineKind::End) {
            self.end = Some(parse(&self.key, &bytes)?);
            return Ok(None);
        }
        ContentLine::known(ContentLine::parse(bytes), &self.key)
    }

    async fn read_snapshot(&mut self) -> Result<Option<ContentLine>, CollectError> {
        let Some(SnapshotLines { reader, ahead, .. }) = self.snapshot.as_deref_mut() else {
            return Ok(None);
        };
        while ahead.is_empty() {
            let Some(lines) = reader.next_lines().await? else {
                return Ok(None);
            };
            *ahead = lines;
        }
        ContentLine::next_of(ahead, &self.key)
    }
}

/// The text that follows `prefix` up to the next quote: digests and tags hold nothing that JSON escapes.
fn field(line: &Bytes, prefix: &[u8]) -> Option<Bytes> {
    let rest = line.strip_prefix(prefix)?;
    let end = rest.iter().position(|b| *b == b'"')?;
    std::str::from_utf8(rest.get(..end)?).ok()?;
    Some(line.slice(prefix.len()..prefix.len() + end))
}

fn parse<T: DeserializeOwned>(key: &str, line: &[u8]) -> Result<T, CollectError> {
    serde_json::from_slice(line).map_err(|error| unreadable(key, error))
}

pub(crate) fn unreadable(key: &str, detail: impl std::fmt::Display) -> CollectError {
    CollectError::Document {
        key: key.to_owned(),
        source: DocumentError::Malformed(detail.to_string()),
    }
}
